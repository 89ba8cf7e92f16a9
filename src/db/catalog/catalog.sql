-- Reads the catalogue of one database in one packet. Each statement names the schema as a literal in the very column
-- by which the server looks tables up, and joins nothing: a join makes MariaDB open every table of every schema.
select table_name, engine, version()
  from information_schema.tables
 where table_schema = {schema} and table_type in ('BASE TABLE', 'SYSTEM VERSIONED');
select table_name, column_name, data_type, column_type, is_nullable = 'YES', extra, character_set_name,
       character_maximum_length, numeric_precision, numeric_scale, datetime_precision, collation_name,
       character_octet_length, column_default, generation_expression
  from information_schema.columns
 where table_schema = {schema}
 order by table_name, ordinal_position;
select table_name, index_name, column_name, sub_part
  from information_schema.statistics
 where table_schema = {schema} and non_unique = 0
 order by table_name, index_name, seq_in_index;
select table_name, constraint_name, column_name, referenced_table_name, referenced_column_name,
       nullif(referenced_table_schema, {schema})
  from information_schema.key_column_usage
 where table_schema = {schema} and referenced_table_name is not null
 order by table_name, constraint_name, ordinal_position;
select table_name, constraint_name, delete_rule, update_rule
  from information_schema.referential_constraints
 where constraint_schema = {schema};
select event_object_table, trigger_name, action_timing, event_manipulation,
       if(trigger_name like 'sync\\_capture\\_%', null, action_statement)
  from information_schema.triggers
 where event_object_schema = {schema}
 order by event_object_table, event_manipulation, action_timing, action_order
