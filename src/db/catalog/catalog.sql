-- Reads the whole catalogue of the current database in one packet: tables, columns, keys, foreign keys, triggers.
select table_name, engine
  from information_schema.tables
 where table_schema = database() and table_type = 'BASE TABLE';
select table_name, column_name, data_type, column_type, is_nullable = 'YES', extra, character_set_name,
       character_maximum_length, numeric_precision, numeric_scale, datetime_precision
  from information_schema.columns
 where table_schema = database()
 order by table_name, ordinal_position;
select table_name, index_name, column_name
  from information_schema.statistics
 where table_schema = database() and non_unique = 0
 order by table_name, index_name, seq_in_index;
select k.table_name, k.constraint_name, k.column_name, k.referenced_table_name, k.referenced_column_name,
       r.delete_rule, r.update_rule
  from information_schema.key_column_usage k
  join information_schema.referential_constraints r
    on r.constraint_schema = k.constraint_schema and r.constraint_name = k.constraint_name
   and r.table_name = k.table_name
 where k.table_schema = database() and k.referenced_table_name is not null
 order by k.table_name, k.constraint_name, k.ordinal_position;
select event_object_table, trigger_name, action_timing
  from information_schema.triggers
 where trigger_schema = database();
