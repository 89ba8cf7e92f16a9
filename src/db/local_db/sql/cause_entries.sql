-- Counts the open entries behind each cause, where there are few enough records to look at each.
select {cause} as cause, count(*)
  from sync_failures f
  straight_join sync_queue q force index (sync_queue_record)
    on q.table_name = f.table_name and q.record_id = f.record_id
 where q.sync_status = if(f.state = 'FAILED', 'FAILED', 'PENDING') and f.record_hash = unhex(sha2(q.record_id, 256))
 group by cause
