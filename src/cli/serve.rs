//! `backhaul serve`.

use super::context::Context;
use super::exit;
use crate::app::serve::serve;

/// Serves until it is told to stop.
pub async fn run(context: &Context) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    context.warn_of_doubts()?;
    serve(settings, context.environment.clone()).await?;
    Ok(exit::DONE)
}
