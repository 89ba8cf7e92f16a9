//! Raises DB_A's counters above DB_B's records, so that no id is given twice.

use super::error::ResumeError;
use crate::config::Settings;
use crate::db::catalog::Catalog;
use crate::db::mapping::Mapping;
use crate::models::resumption::RaisedCounter;
use crate::services::verify::{Failed, Sides};

/// Raises what must be raised. A counter is never lowered, though the servers would allow it.
pub(super) async fn raise(
    sides: &mut Sides<'_>,
    settings: &Settings,
    catalog: &Catalog,
    mapping: &Mapping,
) -> Result<Vec<RaisedCounter>, ResumeError> {
    let local = |source| ResumeError::of(settings, Failed::Local(source));
    let mut raised = Vec::new();
    for counter in sides.local.counters(catalog).await.map_err(local)? {
        if mapping.table(&counter.table).is_none() {
            continue;
        }
        let highest = sides.central.highest(&counter.table, &counter.column).await;
        let highest = highest.map_err(|source| ResumeError::of(settings, Failed::Central(source)))?;
        let Some(highest) = highest.filter(|highest| *highest >= counter.next) else { continue };
        let Some(statement) = counter.raise_above(highest) else {
            // A value that DB_A has itself is given to no other record.
            if sides.local.has_value(&counter.table, &counter.column, highest).await.map_err(local)? {
                continue;
            }
            let (table, column) = (counter.table, counter.column);
            return Err(ResumeError::CounterAtItsEnd { table, column, highest });
        };
        sides.local.raise_counter(&statement).await.map_err(|source| ResumeError::Counter {
            table: counter.table.clone(),
            statement,
            source,
        })?;
        raised.push(RaisedCounter { table: counter.table, column: counter.column, above: highest });
    }
    Ok(raised)
}
