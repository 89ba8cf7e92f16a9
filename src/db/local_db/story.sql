-- Tells what DB_A knows of one record: its newest entries, its failure, whether its table is held, the latest batches.
-- Compared as bytes besides, since keys that differ in trailing blanks alone are equal to the index.
select q.id, q.operation, date_format(q.last_updated_at, '%Y-%m-%dT%H:%i:%s.%fZ'), q.sync_status, q.retry_count
  from sync_queue q force index (sync_queue_record)
 where q.table_name = {table} and q.record_id = {record_id}
   and cast(q.record_id as binary) = cast({record_id} as binary)
 order by q.id desc
 limit {limit};
select state, class, code, message, remedy, attempts, date_format(first_failed_at, '%Y-%m-%dT%H:%i:%s.%fZ'),
       date_format(last_failed_at, '%Y-%m-%dT%H:%i:%s.%fZ'), date_format(next_attempt_at, '%Y-%m-%dT%H:%i:%s.%fZ'),
       waits_for_table, waits_for_record
  from sync_failures
 where table_name = {table} and record_hash = unhex(sha2({record_id}, 256));
select class, message, remedy, date_format(held_since, '%Y-%m-%dT%H:%i:%s.%fZ')
  from sync_held_tables
 where table_name = {table};
select number, state, entries, date_format(settled_at, '%Y-%m-%dT%H:%i:%s.%fZ')
  from sync_intents
 where state <> 'DROPPED' and entry_count > 0 and entries is not null
 order by number desc
 limit 50
