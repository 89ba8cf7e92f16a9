-- Shuts out every batch sent before, and reads what was applied.
rollback;
update sync_sites set generation = {generation} where site_id = {site_id};
select epoch, last_token from sync_sites where site_id = {site_id};
commit
