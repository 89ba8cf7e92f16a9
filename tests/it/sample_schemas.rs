//! Schemas in the manner of those that databases and applications come with, their keys acting as published.

use crate::support::schema::{installed_with, with_tables};
use crate::support::shop::sync;
use crate::support::{Pair, assert_equal_on_both_sides};

/// Does each of these things in DB_A, and carries it.
async fn carry_each(pair: &Pair, tables: &[&str], statements: &[&str]) {
    for statement in statements {
        pair.local.execute(statement).await;
        for _ in 0..3 {
            if pair.backhaul(&["sync"]).await.code == Some(0) {
                break;
            }
        }
        let stuck = pair.local.rows("select table_name, record_id, message from sync_failures").await;
        assert!(stuck.is_empty(), "after {statement}: {stuck:?}");
        assert_equal_on_both_sides(pair, tables).await;
    }
    assert_eq!(
        pair.local.one::<u32>("select count(*) from sync_queue where sync_status <> 'SYNCED'").await,
        0
    );
}

#[tokio::test]
async fn a_film_rental_that_follows_every_new_key_with_staff_and_shops_that_refer_to_each_other() {
    let schema = "
        create table film (film_id smallint unsigned auto_increment primary key, title varchar(128) not null);
        create table actor (actor_id smallint unsigned auto_increment primary key, last_name varchar(45) not null);
        create table film_actor (
            actor_id smallint unsigned not null, film_id smallint unsigned not null, primary key (actor_id, film_id),
            constraint fk_actor foreign key (actor_id) references actor (actor_id) on delete restrict on update cascade,
            constraint fk_film foreign key (film_id) references film (film_id) on delete restrict on update cascade);
        create table staff (staff_id tinyint unsigned auto_increment primary key, store_id tinyint unsigned);
        create table store (
            store_id tinyint unsigned auto_increment primary key, manager tinyint unsigned,
            constraint fk_manager foreign key (manager) references staff (staff_id) on delete restrict on update cascade);
        alter table staff add foreign key (store_id) references store (store_id) on update cascade; -- DB_A only
        create table inventory (
            inventory_id mediumint unsigned auto_increment primary key, film_id smallint unsigned not null,
            store_id tinyint unsigned not null,
            constraint fk_inv_store foreign key (store_id) references store (store_id) on delete restrict on update cascade,
            constraint fk_inv_film foreign key (film_id) references film (film_id) on delete restrict on update cascade);
        create table rental (
            rental_id int auto_increment primary key, rental_date datetime not null,
            inventory_id mediumint unsigned not null, staff_id tinyint unsigned not null,
            constraint fk_rental_inv foreign key (inventory_id) references inventory (inventory_id) on delete restrict on update cascade,
            constraint fk_rental_staff foreign key (staff_id) references staff (staff_id) on delete restrict on update cascade);
        create table payment (
            payment_id smallint unsigned auto_increment primary key, rental_id int, amount decimal(5, 2) not null,
            constraint fk_payment foreign key (rental_id) references rental (rental_id) on delete set null on update cascade);
        create view titles as select title from film;
        ";
    let tables = ["film", "actor", "film_actor", "staff", "store", "inventory", "rental", "payment"];
    let pair = installed_with("*", schema).await;
    carry_each(
        &pair,
        &tables,
        &[
            "insert into film values (1, 'ACADEMY'), (2, 'ACE'), (3, 'ADAPTATION'); insert into actor values (1, 'GUINESS'), (2, 'CHASE'); \
             insert into film_actor values (1, 1), (1, 2), (2, 2); \
             insert into staff values (1, null), (2, null); insert into store values (1, 1), (2, 2); \
             update staff set store_id = staff_id; insert into inventory values (1, 1, 1), (2, 2, 2), (3, 2, 1); \
             insert into rental values (1, now(), 1, 1), (2, now(), 2, 2), (3, now(), 3, 1); \
             insert into payment values (1, 1, 2.99), (2, 2, 0.99), (3, 3, 9.99)",
            "update film set film_id = film_id + 100 order by film_id desc",
            "update actor set actor_id = 7 where actor_id = 1; update store set store_id = 20 where store_id = 2",
            "update staff set staff_id = 9 where staff_id = 1",
            "update inventory set inventory_id = inventory_id + 10 where store_id = 1",
            "update rental set rental_id = 77 where rental_id = 2; delete from rental where rental_id in (1, 77)",
            "delete from film_actor where film_id = 102; delete from payment",
        ],
    )
    .await;
}

#[tokio::test]
async fn employees_whose_whole_history_goes_with_them() {
    let schema = "
        create table employees (
            emp_no int primary key, birth_date date not null, first_name varchar(14) not null, gender enum ('M', 'F') not null);
        create table departments (dept_no char(4) primary key, dept_name varchar(40) not null);
        create table dept_emp (
            emp_no int not null, dept_no char(4) not null, from_date date not null, primary key (emp_no, dept_no),
            foreign key (emp_no) references employees (emp_no) on delete cascade,
            foreign key (dept_no) references departments (dept_no) on delete cascade);
        create table titles (
            emp_no int not null, title varchar(50) not null, from_date date not null, to_date date,
            primary key (emp_no, title, from_date),
            foreign key (emp_no) references employees (emp_no) on delete cascade);
        create table salaries (
            emp_no int not null, salary int not null, from_date date not null, primary key (emp_no, from_date),
            foreign key (emp_no) references employees (emp_no) on delete cascade);
        ";
    let tables = ["employees", "departments", "dept_emp", "titles", "salaries"];
    let pair = installed_with("*", schema).await;
    let mut people = Vec::new();
    for n in 1..=40 {
        people.push(format!(
            "insert into employees values ({n}, '1970-01-01' + interval {n} day, 'N{n}', if({n} % 2, 'M', 'F')); \
             insert into dept_emp values ({n}, concat('d00', {n} % 3), '1990-01-01'); \
             insert into titles values ({n}, 'Engineer', '1990-01-01', null), ({n}, 'Senior', '1995-01-01', null); \
             insert into salaries values ({n}, 1000, '1990-01-01'), ({n}, 2000, '1991-01-01')"
        ));
    }
    let hired = format!(
        "insert into departments values ('d000', 'A'), ('d001', 'B'), ('d002', 'C'); {}",
        people.join("; ")
    );
    carry_each(
        &pair,
        &tables,
        &[
            &hired,
            "delete from employees where emp_no between 5 and 15",
            "delete from departments where dept_no = 'd001'",
            "replace into employees values (20, '1980-05-05', 'Anew', 'F')",
            "delete e from employees e join salaries s on s.emp_no = e.emp_no where e.emp_no > 30",
            "delete from employees",
        ],
    )
    .await;
    assert_eq!(pair.central.one::<u32>("select count(*) from salaries").await, 0);
}

#[tokio::test]
async fn a_web_shop_with_a_tree_of_categories_and_settings_below_everything() {
    let schema = "
        create table websites (id smallint unsigned auto_increment primary key, code varchar(32) not null);
        create table shops (
            id smallint unsigned auto_increment primary key, website smallint unsigned not null,
            foreign key (website) references websites (id) on delete cascade on update cascade);
        create table categories (id int unsigned auto_increment primary key, parent int unsigned, name varchar(64));
        alter table categories add foreign key (parent) references categories (id) on delete cascade; -- DB_A only
        create table goods (
            sku varchar(64) primary key, category int unsigned, price decimal(20, 6),
            foreign key (category) references categories (id) on delete set null);
        create table goods_texts (
            sku varchar(64) not null, shop smallint unsigned not null, body text, primary key (sku, shop),
            foreign key (sku) references goods (sku) on delete cascade on update cascade,
            foreign key (shop) references shops (id) on delete cascade on update cascade);
        create table related (
            id int unsigned auto_increment primary key, sku varchar(64), other varchar(64),
            foreign key (sku) references goods (sku) on delete cascade on update cascade,
            foreign key (other) references goods (sku) on delete cascade on update cascade);
        ";
    let tables = ["websites", "shops", "categories", "goods", "goods_texts", "related"];
    let pair = installed_with(&tables.join(","), schema).await;
    carry_each(
        &pair,
        &tables,
        &[
            "insert into websites values (1, 'base'), (2, 'b2b'); insert into shops values (1, 1), (2, 1), (3, 2); \
             insert into categories values (1, null, 'root'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'aa'), (5, 4, 'aaa'); \
             insert into goods values ('A-1', 5, 1.5), ('A-2', 4, 2), ('B-1', 3, 3), ('Ž/\"1', 5, 4); \
             insert into goods_texts select sku, shops.id, 'text' from goods join shops; \
             insert into related values (1, 'A-1', 'A-2'), (2, 'A-2', 'Ž/\"1'), (3, 'B-1', 'A-1')",
            "update goods set sku = concat('x-', sku)",
            "delete from categories where id = 2",
            "update shops set id = 30 where id = 3; update websites set id = 20 where id = 2",
            "delete from goods where sku = 'x-A-2'; delete from websites where id = 1",
            "delete from websites; delete from categories; delete from goods",
        ],
    )
    .await;
}

#[tokio::test]
async fn names_that_differ_only_in_case_are_different_tables() {
    let pair = with_tables("*", "create table mixed (id int primary key)").await;
    if pair.local.one::<u32>("select @@lower_case_table_names").await != 0 {
        return;
    }
    let schema = "
        create table Mixed (id int primary key, n int, constraint k1 foreign key (n) references mixed (id) on delete cascade);
        create table MIXED (code varchar(20) primary key, n int, constraint k2 foreign key (n) references Mixed (id) on delete set null);
        ";
    pair.local.execute(schema).await;
    pair.central.execute(&schema.replace(" on delete cascade", "").replace(" on delete set null", "")).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local
        .execute("insert into mixed values (1), (2); insert into Mixed values (5, 1), (6, 2); insert into MIXED values ('x', 5), ('y', 6)")
        .await;
    sync(&pair, 0).await;
    pair.local.execute("delete from mixed where id = 1").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["mixed", "Mixed", "MIXED"]).await;
    assert_eq!(pair.central.column("select coalesce(n, 0) from MIXED order by code").await, ["0", "6"]);
}
