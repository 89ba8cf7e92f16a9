//! `backhaul demo`.

use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::{exit, install, output};
use crate::app::serve::{listen, serve_on};
use crate::config::Settings;
use crate::db::local_db::LocalDb;
use crate::demo::Demo;
use crate::services::install as service;

/// The arguments of `demo`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the two servers keep their data
    #[arg(long, value_name = "DIR", default_value = ".data")]
    data_dir: PathBuf,
}

/// Starts two servers, installs, loads the sample data on first use, and serves until it is told to stop.
pub async fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<u8> {
    // Asked first: a taken port is said before anything is started.
    let placeholder = |side| format!("mysql://demo@127.0.0.1/{side}");
    let settings = context.settings_with(urls(placeholder("local"), placeholder("central")))?;
    let listener = listen(&settings).await?;
    let (stop, _watch) = Context::watch_signals()?;
    output::say(format_args!("Starting two database servers below {} …", arguments.data_dir.display()));
    // The servers change their working directory, so a relative path would mean another place to them.
    let data_dir = std::path::absolute(&arguments.data_dir)?;
    let demo = tokio::task::spawn_blocking(move || Demo::start(&data_dir)).await??;
    let settings = context.settings_with(urls(
        demo.local().url_of(&demo.local().database_url().database),
        demo.central().url_of(&demo.central().database_url().database),
    ))?;
    let report = service::run(&settings).await?;
    if demo.is_first_use() {
        load_sample_data(&settings).await?;
        demo.finish_first_use()?;
    }
    output::print(format_args!("{}\n{}", install::text(&report), what_to_try(&demo, &settings)))?;
    let served = serve_on(listener, settings, context.environment.clone(), stop).await;
    tokio::task::spawn_blocking(move || demo.stop()).await?;
    served?;
    Ok(exit::DONE)
}

fn urls(local: String, central: String) -> [(String, String); 2] {
    [("LOCAL_DATABASE_URL".to_owned(), local), ("CENTRAL_DATABASE_URL".to_owned(), central)]
}

async fn load_sample_data(settings: &Settings) -> anyhow::Result<()> {
    let mut local = LocalDb::connect(settings).await?;
    local.load_sample_data().await?;
    local.close().await;
    Ok(())
}

fn what_to_try(demo: &Demo, settings: &Settings) -> String {
    let base = format!("http://{}:{}", settings.host, settings.port);
    format!(
        "
Backhaul is running. Look at:
    {base}/              the dashboard: what has arrived, what has not, and why
    {base}/docs          the API, to try in a browser
    {base}/sync/status   the same for programs, as JSON

Try next:
    curl -s -X POST {base}/users -H 'content-type: application/json' -d '{{\"name\":\"Nina New\",\"email\":\"nina@shop.example\"}}'
    curl -s -X POST {base}/sync/run
An SQL prompt on DB_A (the site):
    {}
An SQL prompt on DB_B (the centre):
    {}
To use these databases from another terminal:
    export LOCAL_DATABASE_URL='{}'
    export CENTRAL_DATABASE_URL='{}'
Ctrl-C stops everything; the next start finds its data again.
",
        demo.local().sql_prompt(),
        demo.central().sql_prompt(),
        demo.local().url_of(&demo.local().database_url().database),
        demo.central().url_of(&demo.central().database_url().database),
    )
}
