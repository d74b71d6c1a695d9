//! Certificates and keys.

use std::fmt;
use std::path::PathBuf;

use super::file;
use crate::error::Error;

/// Certificates or a key in PEM: the text itself, or a file, which is read at every connection.
/// `Debug` does not show the text.
///
/// ```
/// use socketio_postgres_emitter::{Pem, SslMode, Tls};
///
/// let mut tls = Tls::new(SslMode::VerifyFull);
/// tls.ca = Some("-----BEGIN CERTIFICATE-----…".into());
/// tls.key = Some(Pem::file("/etc/app/client.key"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Pem(PemSource);

#[derive(Clone, PartialEq, Eq)]
enum PemSource {
    Text(Vec<u8>),
    File(PathBuf),
}

impl Pem {
    /// A file, read at every connection.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Pem;
    /// assert_eq!(format!("{:?}", Pem::file("ca.crt")), "Pem(ca.crt)");
    /// ```
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(PemSource::File(path.into()))
    }

    /// The text itself; none for a file.
    pub(in crate::connect) fn text(&self) -> Option<&[u8]> {
        match &self.0 {
            PemSource::Text(text) => Some(text),
            PemSource::File(_) => None,
        }
    }

    /// Reads it. `name` is what an error calls it.
    pub(in crate::connect) fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        match &self.0 {
            PemSource::Text(text) => Ok(text.clone()),
            PemSource::File(path) => file::read(path).map_err(|error| {
                let path = path.display();
                Error::invalid_value(format!("{name} {path} cannot be read: {error}"))
            }),
        }
    }
}

impl From<Vec<u8>> for Pem {
    fn from(text: Vec<u8>) -> Self {
        Self(PemSource::Text(text))
    }
}

impl From<String> for Pem {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl From<&str> for Pem {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes().to_vec())
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            PemSource::Text(_) => f.write_str("Pem(…)"),
            PemSource::File(path) => write!(f, "Pem({})", path.display()),
        }
    }
}
