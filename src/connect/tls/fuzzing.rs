//! A door to private steps, for `fuzz/`: no part of the API.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::end_point;
use super::verifier::Verifier;
use crate::connect::settings::{Pem, Roots, Verification};
use crate::error::Error;

/// The hash of a server's certificate for channel binding.
pub fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    end_point::end_point(certificate)
}

/// A verifier of a server's certificates.
pub struct Certificates(Verifier);

impl Certificates {
    /// Trusts these roots, in PEM; the certificates must name the host, if `checks_name`.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` when these are no certificates.
    pub fn new(roots: &str, checks_name: bool) -> Result<Self, Error> {
        let roots = Roots::Given(Pem::from(roots));
        let verification = match checks_name {
            true => Verification::Full(roots),
            false => Verification::Chain(roots),
        };
        let provider = Arc::new(super::algorithms::provider());
        Verifier::new(&verification, None, None, &provider).map(Self)
    }

    /// Whether a server with these certificates, its own first, is trusted as the host, this number of
    /// seconds after 1970.
    pub fn are_trusted(&self, certificates: &[&[u8]], host: &str, seconds: u64) -> bool {
        let der = |bytes: &&[u8]| CertificateDer::from(bytes.to_vec());
        let all: Vec<_> = certificates.iter().map(der).collect();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        match (all.split_first(), ServerName::try_from(host)) {
            (Some((leaf, others)), Ok(host)) => {
                self.0.verify_server_cert(leaf, others, &host, &[], now).is_ok()
            }
            _ => false,
        }
    }
}
