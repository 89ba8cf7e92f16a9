-- The tables of the campaign, in DB_A: keys that act, keys compared loosely, several unique keys, rows that refer to
-- their own table. DB_B has the same, except that its foreign keys restrict.
create table shops (
    code    varchar(20) collate utf8mb4_general_ci not null,
    name    varchar(40)     null,
    version bigint unsigned not null,
    primary key (code),
    unique key (name)
) engine = InnoDB;

create table people (
    id      bigint unsigned not null auto_increment,
    email   varchar(60)     not null,
    nick    varchar(40)     null,
    badge   int             null,
    shop    varchar(20) collate utf8mb4_general_ci null,
    boss    bigint unsigned null,
    version bigint unsigned not null,
    primary key (id),
    unique key (email),
    unique key (nick),
    unique key (badge),
    constraint people_shop foreign key (shop) references shops (code) on delete set null on update cascade,
    constraint people_boss foreign key (boss) references people (id) on delete set null
) engine = InnoDB;

create table sales (
    id      bigint unsigned not null auto_increment,
    person  bigint unsigned not null,
    amount  decimal(12, 2)  null,
    note    varchar(400)    null,
    version bigint unsigned not null,
    primary key (id),
    constraint sales_person foreign key (person) references people (id) on delete cascade on update cascade
) engine = InnoDB;

create table sale_lines (
    sale    bigint unsigned not null,
    pos     int             not null,
    article varchar(30)     null,
    version bigint unsigned not null,
    primary key (sale, pos),
    unique key (sale, article),
    constraint lines_sale foreign key (sale) references sales (id) on delete cascade on update cascade
) engine = InnoDB;

create table tree (
    id      int             not null,
    parent  int             null,
    place   int             null,
    version bigint unsigned not null,
    primary key (id),
    unique key (place),
    constraint tree_parent foreign key (parent) references tree (id) on delete cascade
) engine = InnoDB;

create table notes (
    id      varchar(20)     not null,
    text    varchar(4000)   null,
    version bigint unsigned not null,
    primary key (id)
) engine = InnoDB;
