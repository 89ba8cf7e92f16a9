-- Reads due entries by ascending id: never "above the last one", since ids become visible in commit order.
select q.id, q.table_name, q.record_id, q.last_updated_at, f.attempts, f.state
  from sync_queue q
  left join sync_failures f
    on f.table_name = q.table_name and f.record_hash = unhex(sha2(q.record_id, 256))
 where q.sync_status = 'PENDING' and q.id > {after} and q.id <= {up_to}
   and q.table_name in ({tables})
   and (f.state is null
        or f.state = 'FAILED'
        or q.id > f.last_entry_id
        or (f.state = 'WAITING'
            and (f.next_attempt_at <= utc_timestamp(6)
                 or f.next_attempt_at > utc_timestamp(6) + interval {longest_wait_seconds} second))
        or (f.state = 'HELD'
            and not exists (select 1 from sync_failures b
                             where b.table_name = f.waits_for_table and b.record_hash = f.waits_for_hash
                               and (b.state = 'FAILED'
                                    or (b.state = 'WAITING' and b.next_attempt_at > utc_timestamp(6))))))
 order by q.id
 limit {limit}
