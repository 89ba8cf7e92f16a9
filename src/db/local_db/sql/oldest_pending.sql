-- Age in seconds of the oldest pending entry, and when it was written. Ids follow time but for a few neighbours, so the lowest ids suffice;
-- looking at all of a long backlog would cost seconds.
select cast(greatest(timestampdiff(microsecond, min(last_updated_at), utc_timestamp(6)), 0) / 1000000 as char),
    date_format(min(last_updated_at), '%Y-%m-%dT%H:%i:%s.%fZ')
from (select last_updated_at
      from sync_queue
      where sync_status = 'PENDING'
      order by id
      limit 1000) lowest
