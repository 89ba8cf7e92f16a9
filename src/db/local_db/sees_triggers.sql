-- Tells whether this account is shown triggers: it has the privilege `trigger`, or sees one (through a role, say).
-- The tables of privileges print an account as 'name'@'host'; `current_user()` prints it without quotes.
select exists (select 1 from information_schema.triggers where event_object_schema = {schema})
       or exists (select 1
                    from (select grantee, null as table_schema, privilege_type
                            from information_schema.user_privileges
                           union all
                          select grantee, table_schema, privilege_type from information_schema.schema_privileges
                           union all
                          select grantee, table_schema, privilege_type from information_schema.table_privileges) p
                   where p.privilege_type = 'TRIGGER'
                     and replace(p.grantee, '''', '') = current_user()
                     and (p.table_schema is null or {schema} like p.table_schema))
