//! The dashboard as people meet it: in a real browser, before the real program on real servers.
//! See `docs/decisions/0021-a-page-without-a-framework.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod accessibility;
mod browser;
mod explaining;
mod flow;
mod keyboard;
mod live;
mod past;
mod pictures;
mod safety;
mod signing_in;
mod situations;
mod stage;
#[path = "../it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the page needs a part of what tests/it needs")]
mod support;
mod visit;
mod widths;
mod wording;
