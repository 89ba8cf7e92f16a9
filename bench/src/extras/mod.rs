//! Single figures beside the candidates: what capture costs, how long a status takes, how a bad link is used.

mod api_cost;
mod capture_cost;
mod long_queue;
mod slow_link;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use crate::bench::Bench;
use crate::scale::Scale;
use crate::stats::Spread;
use crate::writing::Base;

/// One measurement of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Extra {
    /// A bulk insert in DB_A with capture against without.
    BulkInsert,
    /// The server's CPU time for single-row writes, with capture against without.
    SingleRow,
    /// `/sync/status` and `prune` with a long queue.
    LongQueue,
    /// The drain over a long and narrow link.
    SlowLink,
    /// CPU time of the API beside that of Express.
    ApiCost,
}

/// Figures by name, and what is behind them.
#[derive(Debug, Default)]
pub struct Found {
    /// The figures.
    pub figures: Vec<(&'static str, Spread)>,
    /// What is behind them.
    pub details: Value,
}

impl Extra {
    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::BulkInsert, Self::SingleRow, Self::LongQueue, Self::SlowLink, Self::ApiCost];

    /// Its name as a part of a run.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BulkInsert => "bulk-insert",
            Self::SingleRow => "single-row",
            Self::LongQueue => "long-queue",
            Self::SlowLink => "slow-link",
            Self::ApiCost => "api-cost",
        }
    }

    /// Counts its steps.
    pub const fn steps(self, scale: &Scale) -> u64 {
        match self {
            Self::BulkInsert | Self::SingleRow | Self::ApiCost => 2 * scale.extra_rounds,
            Self::LongQueue => 6,
            Self::SlowLink => 1 + scale.extra_rounds,
        }
    }

    /// Measures.
    pub fn run(self, bench: &Bench, base: &Base) -> Result<Found> {
        match self {
            Self::BulkInsert => capture_cost::bulk_insert(bench, base),
            Self::SingleRow => capture_cost::single_row(bench, base),
            Self::LongQueue => long_queue::run(bench, base),
            Self::SlowLink => slow_link::run(bench, base),
            Self::ApiCost => api_cost::run(bench, base),
        }
    }
}
