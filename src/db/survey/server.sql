-- Asks a server for its clock, the account in use, and the settings that decide whether changes can be lost or refused.
select unix_timestamp(now(6)), current_user(), version();
show global variables
 where variable_name in ('log_bin', 'binlog_format', 'sync_binlog', 'innodb_flush_log_at_trx_commit', 'read_only',
       'super_read_only', 'max_allowed_packet', 'lower_case_table_names', 'log_bin_trust_function_creators',
       'slave_run_triggers_for_rbr', 'innodb_native_foreign_keys');
show global status like 'slave_running'
