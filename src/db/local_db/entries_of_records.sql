-- Tells which of some records of one table have entries, and whether any is open, FAILED, or held.
-- Cast to bytes, since keys that differ in trailing blanks alone would be grouped together.
select cast(q.record_id as binary), max(q.id), max(q.sync_status <> 'SYNCED'), max(q.sync_status = 'FAILED'),
       max(f.state = 'HELD' and q.sync_status = 'PENDING')
  from sync_queue q force index (sync_queue_record)
  left join sync_failures f
    on f.table_name = q.table_name and f.record_hash = unhex(sha2(q.record_id, 256))
 where q.table_name = {table} and q.record_id in ({record_ids})
 group by cast(q.record_id as binary)
