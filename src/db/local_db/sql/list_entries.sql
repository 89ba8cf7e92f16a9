-- One page of the queue, newest first, with what is known of each entry's failure. The page is cut before the joins.
select q.id, q.table_name, q.record_id, q.operation,
       date_format(q.last_updated_at, '%Y-%m-%dT%H:%i:%s.%fZ'), q.sync_status, q.retry_count,
       h.class, h.code, h.message, h.remedy,
       f.state, f.last_entry_id, f.class, f.code, f.message, f.remedy, f.attempts,
       date_format(f.next_attempt_at, '%Y-%m-%dT%H:%i:%s.%fZ')
from (select id, table_name, record_id, operation, last_updated_at, sync_status, retry_count
      from sync_queue
      where sync_status = ? and id < ?
      order by id desc
      limit ?) q
left join sync_held_tables h on h.table_name = q.table_name
left join sync_failures f on f.table_name = q.table_name and f.record_hash = unhex(sha2(q.record_id, 256))
order by q.id desc
