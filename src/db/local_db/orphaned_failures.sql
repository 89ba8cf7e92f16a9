-- Finds the failures that no PENDING or FAILED entry stands behind.
select f.table_name, hex(f.record_hash), f.last_failed_at
  from sync_failures f
  left join sync_queue q force index (sync_queue_record)
    on q.table_name = f.table_name and q.record_id = f.record_id and q.sync_status <> 'SYNCED'
 where q.id is null
