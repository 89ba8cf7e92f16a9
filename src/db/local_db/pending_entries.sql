-- Reads PENDING entries by ascending id, where no record was rejected or is held; see due_entries.sql.
select id, table_name, record_id, last_updated_at, null, null
  from sync_queue force index ({index})
 where sync_status = 'PENDING' and id > {after} and id <= {up_to} and table_name in ({tables})
 order by id
 limit {limit}
