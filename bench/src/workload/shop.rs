//! The small transactions of one writer of workload (a).

use super::BASE_ROWS_PER_WRITER;
use super::rows::{amount, name};
use crate::dice::Dice;

/// What one small transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A new user.
    InsertUser,
    /// A new order.
    InsertOrder,
    /// Another amount or status of an order.
    UpdateOrder,
    /// Another name of a user.
    UpdateUser,
    /// An order that goes.
    DeleteOrder,
}

impl Step {
    /// Draws a step: a tenth, 45 %, 30 %, 10 % and 5 %.
    fn draw(dice: &mut Dice) -> Self {
        match dice.below(100) {
            0..10 => Self::InsertUser,
            10..55 => Self::InsertOrder,
            55..85 => Self::UpdateOrder,
            85..95 => Self::UpdateUser,
            _ => Self::DeleteOrder,
        }
    }
}

/// One writer's own records. No two writers touch the same one, so the outcome does not depend on who is faster.
#[derive(Debug)]
pub(super) struct Shop {
    writer: u64,
    writers: u64,
    users: Vec<u64>,
    orders: Vec<u64>,
    next_user: u64,
    next_order: u64,
}

impl Shop {
    pub(super) fn new(writer: u64, writers: u64) -> Self {
        let base: Vec<u64> =
            (0..BASE_ROWS_PER_WRITER).map(|number| own_id(number, writer, writers)).collect();
        Self {
            writer,
            writers,
            users: base.clone(),
            orders: base,
            next_user: BASE_ROWS_PER_WRITER,
            next_order: BASE_ROWS_PER_WRITER,
        }
    }

    pub(super) fn transaction(&mut self, dice: &mut Dice) -> (Step, String) {
        let mut step = Step::draw(dice);
        if self.orders.is_empty() && matches!(step, Step::UpdateOrder | Step::DeleteOrder) {
            step = Step::InsertOrder;
        }
        let statement = match step {
            Step::InsertUser => {
                let id = own_id(self.next_user, self.writer, self.writers);
                self.next_user += 1;
                self.users.push(id);
                format!(
                    "insert into users (id, name, email) values ({id}, '{}', 'user{id}@site.example')",
                    name(dice)
                )
            }
            Step::InsertOrder => {
                let id = own_id(self.next_order, self.writer, self.writers);
                self.next_order += 1;
                self.orders.push(id);
                let user = self.users[dice.place(self.users.len())];
                format!(
                    "insert into orders (id, user_id, amount, status) values ({id}, {user}, {}, 'pending')",
                    amount(dice)
                )
            }
            Step::UpdateOrder => {
                let id = self.orders[dice.place(self.orders.len())];
                let status = ["paid", "shipped", "completed", "cancelled"][dice.place(4)];
                format!("update orders set amount = {}, status = '{status}' where id = {id}", amount(dice))
            }
            Step::UpdateUser => {
                let id = self.users[dice.place(self.users.len())];
                format!("update users set name = '{}' where id = {id}", name(dice))
            }
            Step::DeleteOrder => {
                let place = dice.place(self.orders.len());
                format!("delete from orders where id = {}", self.orders.swap_remove(place))
            }
        };
        (step, statement)
    }
}

/// Ids of one writer: as those of the others lie in between, neighbours in the table are written by different ones.
const fn own_id(number: u64, writer: u64, writers: u64) -> u64 {
    number * writers + writer + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::Scale;

    #[test]
    fn small_transactions_have_the_shares_that_were_asked_for() {
        let scale = Scale::full();
        let mut counts = [0_u64; 5];
        for writer in 0..scale.writers {
            let (mut shop, mut dice) = (Shop::new(writer, scale.writers), Dice::for_part(1, writer));
            for _ in 0..scale.oltp_transactions / scale.writers {
                counts[shop.transaction(&mut dice).0 as usize] += 1;
            }
        }
        for (count, percent) in counts.into_iter().zip([10, 45, 30, 10, 5]) {
            let expected = percent * scale.oltp_transactions / 100;
            assert!(count.abs_diff(expected) < scale.oltp_transactions / 200, "{counts:?}");
        }
    }
}
