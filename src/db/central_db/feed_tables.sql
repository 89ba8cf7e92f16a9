-- Makes one site the one that feeds some tables. A site that fed one of them before is shut out: it finds another
-- epoch than its own, and stops.
update sync_sites s join sync_site_tables t on t.site_id = s.site_id
   set s.epoch = uuid(), s.generation = uuid()
 where s.site_id <> {site_id} and (t.table_name, {site_id}) in ({tables});
insert into sync_site_tables (table_name, site_id) values {tables}
    on duplicate key update site_id = values(site_id)
