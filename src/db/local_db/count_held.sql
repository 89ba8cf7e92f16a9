-- Counts the PENDING entries that wait for another record, or for their table to be mended.
-- From what holds to what is held, in this order: the other way round costs the square of either.
select (select count(*)
          from sync_failures f
          straight_join sync_queue q force index (sync_queue_record)
            on q.table_name = f.table_name and q.record_id = f.record_id
         where f.state = 'HELD' and q.sync_status = 'PENDING' and f.record_hash = unhex(sha2(q.record_id, 256))
           and f.table_name not in (select table_name from sync_held_tables))
       + (select count(*)
            from sync_held_tables t
            straight_join sync_queue q force index (sync_queue_status) on q.table_name = t.table_name
           where q.sync_status = 'PENDING')
