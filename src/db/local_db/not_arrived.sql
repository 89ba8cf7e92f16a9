-- Counts the entries that are PENDING, FAILED, and PENDING up to an id.
select coalesce(sum(sync_status = 'PENDING'), 0), coalesce(sum(sync_status = 'FAILED'), 0),
       coalesce(sum(sync_status = 'PENDING' and id <= {up_to}), 0)
  from sync_queue force index (sync_queue_status)
 where sync_status in ('PENDING', 'FAILED')
