//! What the settings themselves say.

use std::net::IpAddr;

use crate::config::{Doubt, Environment, Settings};
use crate::models::diagnosis::{Code, Finding, Place};

/// Tells of keys in the file of settings that are likely slips.
pub(super) fn doubtful(environment: &Environment, doubts: &[Doubt]) -> Vec<Finding> {
    let file = environment.file().display();
    let finding = |doubt: &Doubt| {
        let (code, remedy) = match doubt {
            Doubt::Unknown { key, meant: Some(meant) } => {
                (Code::SettingUnknown, format!("in {file}, call it {meant}, or remove the line of {key}"))
            }
            Doubt::Unknown { key, meant: None } => (
                Code::SettingUnknown,
                format!("in {file}, remove the line of {key}; the README lists all settings"),
            ),
            Doubt::Twice { key } => (Code::SettingTwice, format!("in {file}, keep one line of {key}")),
        };
        Finding::new(
            code,
            Place::Local,
            format!("in {file}, {doubt}").trim_end_matches('?').to_owned(),
            remedy,
        )
    };
    doubts.iter().map(finding).collect()
}

/// What goes to DB_B can be read by whoever sits in between.
pub(super) fn not_encrypted(settings: &Settings) -> Option<Finding> {
    let host = &settings.central.host;
    if settings.central_tls_ca.is_some() || stays_here(host) {
        return None;
    }
    let message = format!(
        "the line to DB_B ({host}) is not encrypted, and nobody is asked who he is: who sits in between reads, and may alter, \
         everything but the password"
    );
    let remedy = "give DB_B a certificate and set CENTRAL_TLS_CA to the file of its authority (\"TLS\" in docs/OPERATIONS.md), or \
                  nothing where the line is yours from end to end, as in a tunnel";
    Some(Finding::new(Code::CentralNotEncrypted, Place::Central, message, remedy))
}

/// Tells whether a host is this machine.
fn stays_here(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let address = host.parse::<IpAddr>();
    host == "localhost"
        || host.ends_with(".localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("localhost", true)]
    #[case("LOCALHOST.", true)]
    #[case("127.0.0.7", true)]
    #[case("::1", true)]
    #[case("::ffff:127.0.0.1", true)]
    #[case("192.168.0.7", false)]
    #[case("central.example", false)]
    fn only_loopback_needs_no_encryption(#[case] host: &str, #[case] stays: bool) {
        assert_eq!(stays_here(host), stays);
    }
}
