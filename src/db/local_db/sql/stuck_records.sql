-- Groups the records that were set back by table and cause, the largest groups first, each with the message of one of them.
select g.table_name, g.state, g.records, g.first_records, f.message, f.remedy,
       date_format(g.since, '%Y-%m-%dT%H:%i:%s.%fZ'), date_format(g.next_attempt_at, '%Y-%m-%dT%H:%i:%s.%fZ')
from (select table_name, state, count(*) as records, min(record_hash) as example,
             substring_index(group_concat(record_id order by first_failed_at, record_id separator '\n'), '\n', 3) as first_records,
             min(first_failed_at) as since, min(next_attempt_at) as next_attempt_at
      from sync_failures
      group by table_name, state, class, code, if(state = 'HELD', waits_for_table, remedy)
      order by records desc, table_name, state
      limit ?) g
join sync_failures f on f.table_name = g.table_name and f.record_hash = g.example
order by g.records desc, g.table_name, g.state
