-- Reads what the catalogue leaves out: partitions and sizes of tables, check constraints, the texts of all triggers.
-- Each statement names the schema as a literal and joins nothing, for the reason told in catalog.sql. MariaDB says to
-- which table a check belongs, which MySQL need not, since its names are unique in a schema.
select table_name, coalesce(create_options, '') like '%partitioned%', coalesce(data_length, 0)
  from information_schema.tables
 where table_schema = {schema} and table_type in ('BASE TABLE', 'SYSTEM VERSIONED');
select table_name, constraint_name /*!80016 , enforced */
  from information_schema.table_constraints
 where table_schema = {schema} and constraint_type = 'CHECK';
select constraint_name, check_clause /*M!100300 , table_name */
  from information_schema.check_constraints
 where constraint_schema = {schema};
select event_object_table, trigger_name, action_timing, event_manipulation, action_statement, definer
  from information_schema.triggers
 where event_object_schema = {schema}
