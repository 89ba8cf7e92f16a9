-- How many pending entries wait for another record or for their table; found from the few that hold, not from the queue.
select count(*)
from (select q.id
      from sync_held_tables h
      join sync_queue q on q.table_name = h.table_name
      where q.sync_status = 'PENDING'
      union
      select q.id
      from sync_failures f
      join sync_queue q on q.table_name = f.table_name and q.record_id = f.record_id
      where f.state = 'HELD' and q.sync_status = 'PENDING' and f.record_hash = unhex(sha2(q.record_id, 256))) held
