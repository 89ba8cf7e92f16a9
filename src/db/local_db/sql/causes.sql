-- Groups the records of one table that are not in DB_B by cause, the worst first. No text of any record is kept while that
-- is done: of each group three rows are named, and read afterwards. Rows are read in the order of their hashes, which is
-- none: where there are more than are read, the groups are those of a fair sample. Of a held table the table itself tells.
select {cause}, f.state, g.records, date_format(g.oldest_at, '%Y-%m-%dT%H:%i:%s.%fZ'),
       date_format(g.next_attempt_at, '%Y-%m-%dT%H:%i:%s.%fZ'), f.class, f.code, f.message, f.remedy,
       f.waits_for_table, f.waits_for_record, f.record_id, l.record_id, h.record_id
  from (select state, count(*) as records, min(first_failed_at) as oldest_at, min(next_attempt_at) as next_attempt_at,
               substring(max(concat(last_failed_at, hex(record_hash))), 27) as newest,
               min(record_hash) as lowest, max(record_hash) as highest
          from (select state, class, code, crc32(remedy) as remedy, waits_for_table, waits_for_hash, {rule} as rule_sum,
                       first_failed_at, last_failed_at, next_attempt_at, record_hash
                  from sync_failures f
                 where table_name = {table}
                 limit {rows}) some
         where state = 'FAILED' or {table} not in (select table_name from sync_held_tables)
         group by state, class, code, remedy, waits_for_table, waits_for_hash, rule_sum
         order by field(state, 'FAILED', 'HELD', 'WAITING'), records desc
         limit {limit}) g
  join sync_failures f on f.table_name = {table} and f.record_hash = unhex(g.newest)
  join sync_failures l on l.table_name = {table} and l.record_hash = g.lowest
  join sync_failures h on h.table_name = {table} and h.record_hash = g.highest
