-- Shuts out every batch sent before, and reads what was applied. A site of another epoch, a clone for one, changes
-- nothing: it would disturb the one that goes on.
rollback;
update sync_sites set generation = {generation} where site_id = {site_id} and epoch = {epoch};
select epoch, last_token from sync_sites where site_id = {site_id};
commit
