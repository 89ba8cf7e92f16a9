-- Tells apart which rule a row f of sync_failures breaks, where the server's message names rules and columns and no values.
case when f.code in (1048, 1264, 1364, 1406, 3819, 4025) then crc32(substring_index(f.message, ' at row ', 1)) end
