-- Fixes what every session on DB_B relies on, whatever the server's defaults are. Dates that no calendar has are
-- taken as they come; MariaDB would turn long lists of keys into a subquery that compares by another collation.
-- MySQL alone reads its comment: beyond 8 MB it would give up the index and scan the table, locking every row;
-- a batch of 10,000 records with keys of four columns needs more. What a packet may hold bounds it.
set names utf8mb4;
set time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', autocommit = 0,
    foreign_key_checks = 1, unique_checks = 1,
    innodb_lock_wait_timeout = {lock_wait_seconds}, lock_wait_timeout = {lock_wait_seconds},
    wait_timeout = {idle_seconds} /*M!100000 , in_predicate_conversion_threshold = 0 */
    /*!80000 , range_optimizer_max_mem_size = 0 */
