-- Tells of each held table why, and counts its records and entries among the oldest PENDING ones.
select {key}, h.table_name, h.class, h.code, h.message, h.remedy,
       date_format(h.held_since, '%Y-%m-%dT%H:%i:%s.%fZ'),
       count(distinct q.record_id), count(q.id), max(q.record_id), min(q.record_id)
  from sync_held_tables h
  left join (select id, table_name, record_id
               from sync_queue force index (sync_queue_status)
              where sync_status = 'PENDING'
              order by id
              limit {limit}) q on q.table_name = h.table_name
 group by h.table_name
 order by count(q.id) desc, h.table_name
 limit {most}
