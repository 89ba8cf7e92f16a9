-- Notes why records are not in DB_B; the newest reason stands.
insert into sync_failures
       (table_name, record_hash, record_id, state, class, code, message, remedy, attempts, last_entry_id,
        next_attempt_at, waits_for_table, waits_for_hash, waits_for_record, first_failed_at, last_failed_at)
values {rows}
on duplicate key update
       state = values(state), class = values(class), code = values(code), message = values(message),
       remedy = values(remedy), attempts = values(attempts), last_entry_id = values(last_entry_id),
       next_attempt_at = values(next_attempt_at), waits_for_table = values(waits_for_table),
       waits_for_hash = values(waits_for_hash), waits_for_record = values(waits_for_record),
       last_failed_at = values(last_failed_at)
