-- Counts the PENDING entries that wait for another record, or for their table to be mended.
select (select count(*)
          from sync_failures f
          join sync_queue q force index (sync_queue_record)
            on q.table_name = f.table_name and q.record_id = f.record_id
         where f.state = 'HELD' and q.sync_status = 'PENDING'
           and f.table_name not in (select table_name from sync_held_tables))
       + (select count(*)
            from sync_held_tables t
            join sync_queue q force index (sync_queue_status) on q.table_name = t.table_name
           where q.sync_status = 'PENDING')
