-- DB_B, the central database: the sample tables, and the ledger of what was applied for each site.
-- Loads with the stock client and may be loaded again; `backhaul install` creates the same tables.

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

-- The ledger, one row for each site, written in the same transaction as each batch.
-- `generation` is renewed whenever a site settles, which shuts out every batch sent before.
create table if not exists sync_sites (
    site_id         char(36)        not null,
    site_name       varchar(255)    not null,
    epoch           char(36)        not null,
    generation      char(36)        not null,
    last_token      char(36)        not null,
    last_batch      bigint unsigned not null,
    last_applied_at datetime(6)     null,
    primary key (site_id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Which site feeds which table; a table has one site until sites can share one.
create table if not exists sync_site_tables (
    table_name varchar(64) not null,
    site_id    char(36)    not null,
    primary key (table_name)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- How far each site has come, for people and reports: as of `complete_as_of`, by the site's clock in UTC, everything that
-- was committed there is here. `reported_at`, by this server's clock in UTC, is when the site last said so.
create table if not exists sync_site_status (
    site_id        char(36)        not null,
    complete_as_of datetime(6)     null,
    pending        bigint unsigned not null,
    failed         bigint unsigned not null,
    held           bigint unsigned not null,
    reported_at    datetime(6)     not null,
    primary key (site_id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;
