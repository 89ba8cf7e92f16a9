-- Asks which connection to which start of which server this is.
select connection_id(), @@max_allowed_packet, unix_timestamp();
show global status like 'uptime'
