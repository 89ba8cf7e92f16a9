-- Asks which connection to which start of which server this is, and what it can do. Rows are loaded on MariaDB alone, and only
-- where no statement that fills a temporary table is written to the binlog; MySQL reads neither comment.
select connection_id(), @@max_allowed_packet, unix_timestamp(), version() like '%MariaDB%',
    0 /*M!100000 or (@@local_infile and (not @@log_bin or @@binlog_format = 'ROW')) */;
show global status like 'uptime'
