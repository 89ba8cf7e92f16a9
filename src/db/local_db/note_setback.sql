-- Notes why a record is not in DB_B; the newest reason stands.
insert into sync_failures
       (table_name, record_hash, record_id, state, class, code, message, remedy, attempts, last_entry_id,
        next_attempt_at, waits_for_table, waits_for_hash, waits_for_record, first_failed_at, last_failed_at)
values ({table}, {record_hash}, {record_id}, '{state}', '{class}', {code}, {message}, {remedy}, {attempts},
        {last_entry_id}, {next_attempt_at}, {waits_for_table}, {waits_for_hash}, {waits_for_record},
        utc_timestamp(6), utc_timestamp(6))
on duplicate key update
       state = values(state), class = values(class), code = values(code), message = values(message),
       remedy = values(remedy), attempts = values(attempts), last_entry_id = values(last_entry_id),
       next_attempt_at = values(next_attempt_at), waits_for_table = values(waits_for_table),
       waits_for_hash = values(waits_for_hash), waits_for_record = values(waits_for_record),
       last_failed_at = values(last_failed_at)
