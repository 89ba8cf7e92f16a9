insert into sync_site_status (site_id, complete_as_of, pending, failed, held, reported_at)
select site_id, {complete_as_of}, {pending}, {failed}, {held}, utc_timestamp(6)
  from sync_sites
 where site_id = {site_id} and generation = {generation}
    on duplicate key update complete_as_of = coalesce(values(complete_as_of), sync_site_status.complete_as_of),
                            pending = values(pending), failed = values(failed), held = values(held),
                            reported_at = values(reported_at)
