-- Counts the entries of a condition and computes their digest, as the claim did when it read them.
select count(*),
       coalesce(bit_xor(cast(conv(left(sha2(concat_ws('|', id, table_name, record_id, last_updated_at), 256), 16),
                                  16, 10) as unsigned)), 0)
  from sync_queue
 where {condition}
