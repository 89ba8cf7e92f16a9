-- Reads the ends of what a change moves, each from the end of an index: new entries, new states, batches and cycles.
select (select max(id) from sync_queue),
       (select min(id) from sync_queue where sync_status = 'PENDING'),
       (select max(id) from sync_queue where sync_status = 'PENDING'),
       (select min(id) from sync_queue where sync_status = 'FAILED'),
       (select max(id) from sync_queue where sync_status = 'FAILED'),
       (select max(id) from sync_queue where sync_status = 'SYNCED'),
       (select max(number) from sync_intents where state = 'ACKNOWLEDGED'),
       (select concat_ws(' ', id, finished_at) from sync_runs order by id desc limit 1),
       is_used_lock({lock})
