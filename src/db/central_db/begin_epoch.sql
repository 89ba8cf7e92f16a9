-- Begins an epoch of one site, whether the ledger knows the site or not; the caller goes on and commits.
rollback;
insert into sync_sites (site_id, site_name, epoch, generation, last_token, last_batch)
values ({site_id}, {site_name}, {epoch}, {generation}, {token}, {number})
    on duplicate key update site_name = values(site_name), epoch = values(epoch), generation = values(generation),
                            last_token = values(last_token), last_batch = values(last_batch);
delete from sync_site_tables where site_id = {site_id};
delete from sync_site_status where site_id = {site_id}
