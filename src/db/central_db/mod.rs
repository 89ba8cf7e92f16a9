//! DB_B: the central database, its ledger, and the application of batches.

mod apply;
mod circle;
mod compare;
mod connection;
mod each;
mod epoch;
mod install;
mod ledger;
mod obstacles;
mod rows;
mod script;
mod site_status;
mod survey;
mod unit;

pub use apply::{Applied, Tried};
pub use circle::Circle;
pub use connection::{CentralDb, SLOW_ROUND_TRIP};
pub use epoch::Beginning;
pub use obstacles::{MissingParent, Obstacle};
pub use script::Script;
pub use unit::Unit;
