//! Random work on users and orders, carried in random batches: equal after each drain. A failure names its seed.

use rstest::rstest;

use crate::support::dice::Dice;
use crate::support::shop::{entries, installed};
use crate::support::{Pair, assert_equal_on_both_sides};

/// Writes one statement; those that the foreign or unique keys of DB_A refuse are part of the work.
fn statement(dice: &mut Dice) -> String {
    let (user, other, order) = (dice.roll(12) + 1, dice.roll(12) + 1, dice.roll(20) + 1);
    let (number, mail) = (dice.roll(1_000_000), dice.roll(30));
    match dice.roll(10) {
        0 | 1 => format!("insert into users (id, name, email) values ({user}, 'n{number}', 'm{mail}@x')"),
        2 => format!("update users set name = 'n{number}' where id <= {user}"),
        3 => format!("update users set email = 'fresh{number}@x' where id = {user}"),
        4 => format!("delete from users where id = {user}"),
        5 | 6 => format!(
            "insert into orders (id, user_id, amount) values ({order}, {user}, {number} / 100) \
             on duplicate key update amount = values(amount), user_id = values(user_id)"
        ),
        7 => format!("update orders set user_id = {user} where user_id = {other}"),
        8 => format!("delete from orders where id = {order} or user_id = {other}"),
        _ => format!("update users set id = {user} + 100 where id = {user}"),
    }
}

/// Carries everything; each cycle must bring the two sides closer until nothing is left.
async fn drain(pair: &mut Pair, dice: &mut Dice, seed: u64) {
    for _ in 0..6 {
        pair.set("SYNC_BATCH_SIZE", dice.pick(&[1, 2, 3, 5, 8, 1000]));
        let ended = pair.backhaul(&["sync", "--json"]).await;
        match ended.code {
            Some(0) => return,
            Some(3) => {}
            _ => panic!("seed {seed}: {}{}", ended.stdout, ended.stderr),
        }
    }
    let stuck = pair.local.rows("select table_name, record_id, state, message from sync_failures").await;
    panic!("seed {seed}: not drained after six cycles: {stuck:?}");
}

#[rstest]
#[tokio::test]
async fn random_work_arrives_in_random_batches(
    #[values(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)] seed: u64,
) {
    let mut pair = installed().await;
    let mut dice = Dice::new(seed);
    for _ in 0..5 {
        for _ in 0..=dice.roll(6) {
            let work: Vec<String> = (0..=dice.roll(5)).map(|_| statement(&mut dice)).collect();
            // What is refused is rolled back whole, as a shop's program would.
            let _ = pair.local.try_execute(&format!("start transaction; {}; commit", work.join("; "))).await;
            let _ = pair.local.try_execute(&statement(&mut dice)).await;
        }
        drain(&mut pair, &mut dice, seed).await;
        assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
        assert_eq!(entries(&pair, "PENDING").await, 0, "seed {seed}");
    }
}
