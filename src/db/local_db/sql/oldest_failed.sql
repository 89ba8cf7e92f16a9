-- When the oldest FAILED entry was written. Ids follow time but for a few neighbours.
select date_format(last_updated_at, '%Y-%m-%dT%H:%i:%s.%fZ')
from sync_queue
where sync_status = 'FAILED'
order by id
limit 1
