-- Made-up people and orders for DB_A. Load it after `backhaul install`, so that the triggers see it.

set names utf8mb4;
start transaction;

insert into users (id, name, email) values
    (1, 'Ada Sample', 'ada@shop.example'),
    (2, 'Bohumil Žížala', 'bohumil@shop.example'),
    (3, '<script>alert("not really")</script>', 'script@shop.example'),
    (4, 'Dara O''Example', 'dara@shop.example'),
    (5, 'Emi 見本 🚢', 'emi@shop.example');

insert into orders (id, user_id, amount, status) values
    (1, 1, 12.50, 'paid'),
    (2, 1, 7.99, 'pending'),
    (3, 2, 120.00, 'shipped'),
    (4, 3, 0.01, 'cancelled'),
    (5, 4, 9999999999.99, 'completed'),
    (6, 5, 64.20, 'pending');

commit;
