-- Names the cause for which a row f of sync_failures is not in DB_B: what makes two of them one group. A message counts only
-- where it tells of rules and columns and never of values, such as that of a check constraint.
left(sha2(concat_ws('|', f.state, f.table_name, f.class, coalesce(f.code, '-'), crc32(f.remedy),
                    coalesce(hex(f.waits_for_hash), '-'), coalesce(f.waits_for_table, '-'),
                    case when f.code in (1048, 1264, 1364, 1406, 3819, 4025)
                         then crc32(substring_index(f.message, ' at row ', 1)) else '-' end), 256), 32)
