-- Groups the records that are not in DB_B by cause, the worst first. Reads each row of sync_failures once, and keeps no
-- text of any: of each group four rows are named, which are read afterwards. Of a held table the table itself tells.
select {cause} as cause, f.state, f.table_name, count(*) as records,
       date_format(min(f.first_failed_at), '%Y-%m-%dT%H:%i:%s.%fZ'),
       date_format(min(f.next_attempt_at), '%Y-%m-%dT%H:%i:%s.%fZ'),
       substring(max(concat(f.last_failed_at, hex(f.record_hash))), 27),
       substring(min(concat(f.last_failed_at, hex(f.record_hash))), 27),
       hex(max(f.record_hash)), hex(min(f.record_hash))
  from sync_failures f
 where f.state = 'FAILED' or f.table_name not in (select table_name from sync_held_tables)
 group by cause, f.state, f.table_name
 order by field(f.state, 'FAILED', 'HELD', 'WAITING'), records desc, cause
 limit {limit}
