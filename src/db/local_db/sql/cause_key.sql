-- Names the cause for which a row f of sync_failures is not in DB_B: what makes two of them one group.
left(sha2(concat_ws('|', f.state, f.table_name, f.class, coalesce(f.code, '-'), crc32(f.remedy),
                    coalesce(hex(f.waits_for_hash), '-'), coalesce(f.waits_for_table, '-'), coalesce({rule}, '-')), 256), 32)
