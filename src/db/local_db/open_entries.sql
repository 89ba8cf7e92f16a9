-- Reads the PENDING and FAILED entries of given records of one table.
select q.id, q.table_name, q.record_id, q.last_updated_at, f.attempts, f.state
  from sync_queue q force index (sync_queue_record)
  left join sync_failures f
    on f.table_name = q.table_name and f.record_hash = unhex(sha2(q.record_id, 256))
 where q.table_name = {table} and q.record_id in ({record_ids}) and q.sync_status <> 'SYNCED'
 limit {limit}
