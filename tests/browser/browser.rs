//! Starts and ends a Chromium without a window.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

use crate::support::program::free_port;
use crate::support::servers::scratch_dir;
use crate::support::wait_for;

/// Under which names systems have the browser and its driver, the best first.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const DRIVERS: [&str; 2] = ["chromedriver", "chromium.chromedriver"];

/// How long a page may take to load; one that waits for a connection waits for minutes.
const LONGEST_LOADING: Duration = Duration::from_secs(20);

/// A driver that listens, and ends with this value or with the test's thread.
pub struct Driver {
    process: Child,
    url: String,
}

impl Driver {
    /// Starts the driver.
    pub async fn start() -> Self {
        let program = installed(&DRIVERS);
        let port = free_port();
        // The helper execs the driver, so that it dies with the thread of the test.
        let process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program)
            .args([&format!("--port={port}"), "--allowed-ips=127.0.0.1", "--log-level=OFF"])
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let driver = Self { process, url: format!("http://127.0.0.1:{port}") };
        let status = format!("{}/status", driver.url);
        wait_for("the browser's driver answers", async || reqwest::get(&status).await.is_ok()).await;
        driver
    }

    /// Opens a browser with nothing in its memory.
    pub async fn open(&self) -> WebDriver {
        let mut wishes = DesiredCapabilities::chrome();
        wishes.set_binary(installed(&BROWSERS).to_str().unwrap()).unwrap();
        let profile = format!("--user-data-dir={}", scratch_dir("profile").display());
        let mut arguments = vec![
            "--headless=new",
            // The browser ends when the driver does, however that ends: what it listens to breaks off.
            "--remote-debugging-pipe",
            &profile,
            "--lang=en-GB",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            "--font-render-hinting=none",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--no-proxy-server",
        ];
        if rustix::process::geteuid().is_root() {
            // Its sandbox refuses to run as root, which is who runs tests in containers.
            arguments.push("--no-sandbox");
        }
        for argument in arguments {
            wishes.add_arg(argument).unwrap();
        }
        wishes.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let opened = WebDriver::new(&self.url, wishes).await;
        let browser = opened.unwrap_or_else(|error| panic!("no browser could be opened: {error}"));
        browser.set_page_load_timeout(LONGEST_LOADING).await.unwrap();
        browser
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Finds a program by one of its names; without it nothing here can be tested.
#[expect(clippy::disallowed_methods, reason = "programs are found on the search path")]
fn installed(names: &[&str]) -> PathBuf {
    let folders: Vec<PathBuf> =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin".into())).collect();
    let candidates = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|path| path.is_file()).unwrap_or_else(|| {
        panic!("none of {names:?} is installed, and the dashboard is tested in a real browser: run scripts/install-packages browser")
    })
}
