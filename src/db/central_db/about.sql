-- Asks which connection to which start of which server this is.
select connection_id(), @@max_allowed_packet, unix_timestamp(), version() like '%MariaDB%';
show global status like 'uptime'
