-- Begins a block whose statements are carried out although some fail; a deadlock or a lock that was not granted ends it.
-- 1265 is an error in strict mode, but bears the state of a warning, which is no exception.
begin not atomic
declare exit handler for 1205, 1213, 1020, 1969, 1317, 1927 resignal;
declare continue handler for sqlexception, 1265
begin
    get diagnostics condition 1 @sync_code = mysql_errno, @sync_state = returned_sqlstate, @sync_message = message_text;
    select @sync_position, @sync_code, @sync_state, @sync_message;
end;
