//! The file of `CENTRAL_TLS_CA`: checked at the start, as whoever connects to DB_B would only say that something is wrong.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The form shown to whoever got it wrong.
pub const EXPECTED_FORM: &str = "a readable PEM file with the certificate of an authority";

/// Looks that a file holds certificates that can be trusted, and nothing else that is called one.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn check(path: &Path) -> Result<(), String> {
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    let mut trusted = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let is_usable = certificate.is_ok_and(|certificate| trusted.add(certificate).is_ok());
        if !is_usable {
            return Err("one of its CERTIFICATE blocks is none".to_owned());
        }
    }
    if trusted.is_empty() { Err("it has no CERTIFICATE block".to_owned()) } else { Ok(()) }
}
