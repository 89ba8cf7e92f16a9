-- DB_A, the site's own database: the sample tables, the queue, and Backhaul's side tables.
-- Loads with the stock client and may be loaded again. `backhaul install` creates the same tables
-- and, which this file cannot do, the triggers that capture every change.

create table if not exists users (
    id         bigint unsigned not null auto_increment,
    name       varchar(255)    not null,
    email      varchar(254)    not null,
    updated_at timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
    primary key (id),
    unique key users_email (email)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_520_ci;

create table if not exists orders (
    id         bigint unsigned not null auto_increment,
    user_id    bigint unsigned not null,
    amount     decimal(12, 2)  not null,
    status     varchar(20)     not null default 'pending',
    updated_at timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
    primary key (id),
    key orders_user (user_id),
    constraint orders_user foreign key (user_id) references users (id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_520_ci;

-- The outbox. An entry says that a record changed; what it looks like now is read from its own table.
create table if not exists sync_queue (
    id              bigint unsigned not null auto_increment,
    table_name      varchar(64)     not null,
    record_id       text            not null,
    operation       enum ('INSERT', 'UPDATE', 'DELETE')   not null,
    last_updated_at datetime(6)     not null,
    sync_status     enum ('PENDING', 'SYNCED', 'FAILED')  not null default 'PENDING',
    retry_count     int unsigned    not null default 0,
    primary key (id),
    key sync_queue_status (sync_status, id),
    key sync_queue_record (table_name, record_id (32))
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Who this site is: one row.
create table if not exists sync_state (
    only_row       tinyint unsigned not null default 1,
    site_id        char(36)         not null,
    epoch          char(36)         not null,
    schema_version int unsigned     not null,
    installed_at   datetime(6)      not null,
    primary key (only_row)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- What DB_A noted before each batch was applied. Numbers are for people, tokens decide.
-- `entries` lists the ids as ranges, `1-5,7`, that hold no id outside the batch; NULL once pruned.
create table if not exists sync_intents (
    number               bigint unsigned not null,
    token                char(36)        not null,
    previous_token       char(36)        null,
    state                enum ('OPEN', 'ACKNOWLEDGED', 'DROPPED') not null,
    entries              longtext        null,
    entry_count          bigint unsigned not null,
    digest               bigint unsigned not null,
    central_connection   bigint unsigned null,
    central_started_at   bigint          null,
    created_at           datetime(6)     not null,
    settled_at           datetime(6)     null,
    primary key (number),
    unique key sync_intents_token (token),
    key sync_intents_state (state, number)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Why records are not in DB_B: rejected (WAITING for the next attempt, or FAILED) or HELD by another record.
create table if not exists sync_failures (
    table_name       varchar(64)     not null,
    record_hash      binary(32)      not null,
    record_id        text            not null,
    state            enum ('WAITING', 'FAILED', 'HELD') not null,
    class            varchar(20)     not null,
    code             int unsigned    null,
    message          text            not null,
    remedy           text            not null,
    attempts         int unsigned    not null default 0,
    last_entry_id    bigint unsigned not null,
    next_attempt_at  datetime(6)     null,
    waits_for_table  varchar(64)     null,
    waits_for_hash   binary(32)      null,
    waits_for_record text            null,
    first_failed_at  datetime(6)     not null,
    last_failed_at   datetime(6)     not null,
    primary key (table_name, record_hash)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Tables that cannot be synchronised at present, each with the reason and the statement that mends it.
create table if not exists sync_held_tables (
    table_name varchar(64)  not null,
    class      varchar(20)  not null,
    code       int unsigned null,
    message    text         not null,
    remedy     text         not null,
    held_since datetime(6)  not null,
    primary key (table_name)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Past cycles, for people.
create table if not exists sync_runs (
    id             bigint unsigned not null auto_increment,
    run_trigger    varchar(10)     not null,
    started_at     datetime(6)     not null,
    finished_at    datetime(6)     null,
    outcome        varchar(20)     null,
    entries_synced bigint unsigned not null default 0,
    entries_failed bigint unsigned not null default 0,
    entries_held   bigint unsigned not null default 0,
    batches        bigint unsigned not null default 0,
    duration_ms    bigint unsigned not null default 0,
    message        text            null,
    primary key (id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- What had not arrived when a cycle ended. A table of its own, since an installation of before may not be altered.
create table if not exists sync_run_counts (
    run_id         bigint unsigned not null,
    pending_after  bigint unsigned not null,
    failed_after   bigint unsigned not null,
    held_after     bigint unsigned not null,
    primary key (run_id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- First answers to requests of the API that carried an Idempotency-Key, for a day: who repeats one gets its answer again.
create table if not exists sync_idempotency (
    idempotency_key varchar(255)      character set ascii collate ascii_bin not null,
    operation       varchar(64)       not null,
    request_digest  binary(32)        not null,
    status          smallint unsigned not null,
    location        varchar(255)      not null,
    answer          text              not null,
    created_at      datetime(6)       not null,
    primary key (idempotency_key),
    key sync_idempotency_age (created_at)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;
