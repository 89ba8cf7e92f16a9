//! What tells a page for people from an answer for programs.

/// Marks an answer that is a page or a part of one, so that browsers are told what it may load.
#[derive(Debug, Clone, Copy)]
pub struct IsPage;
