//! Certificates and keys, from PEM.

use std::sync::Arc;

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::{Document, pem::PemLabel};
use rustls::RootCertStore;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use crate::connect::settings::{Pem, Roots, TlsPlan, Verification};
use crate::error::Error;

const CA: &str = "sslrootcert (ssl.ca)";
const CERTIFICATE: &str = "sslcert (ssl.cert)";
const KEY: &str = "sslkey (ssl.key)";

/// Checks the certificates and keys that were given as text, so that a mistake shows at once. Files are read
/// at every connection.
pub(in crate::connect) fn check(plan: &TlsPlan) -> Result<(), Error> {
    if let Verification::Chain(Roots::Given(pem)) | Verification::Full(Roots::Given(pem)) =
        &plan.verification
        && pem.text().is_some()
    {
        store(&authorities(pem)?)?;
    }
    if let Some((certificate, key)) = &plan.identity
        && certificate.text().is_some()
        && key.text().is_some()
    {
        resolver(plan)?;
    }
    Ok(())
}

/// The CA's certificates.
pub(super) fn authorities(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, Error> {
    certificates(pem, CA)
}

/// The CA's certificates, as rustls looks them up.
pub(super) fn store(authorities: &[CertificateDer<'static>]) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    for authority in authorities {
        store.add(authority.clone()).map_err(|_| {
            Error::invalid_value(format!("{CA} holds a certificate that cannot be read"))
        })?;
    }
    Ok(store)
}

fn certificates(pem: &Pem, name: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let text = pem.read(name)?;
    let all = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(Error::invalid_value(format!("{name} holds no certificate in PEM"))),
    }
}

/// The answer to a server that asks for a certificate.
pub(super) fn resolver(plan: &TlsPlan) -> Result<Arc<dyn ResolvesClientCert>, Error> {
    let Some((certificate, key)) = &plan.identity else {
        return Ok(Arc::new(NoCertificate));
    };
    let chain = certificates(certificate, CERTIFICATE)?;
    let key = private_key(&key.read(KEY)?, plan.passphrase.as_deref())?;
    let provider = super::algorithms::provider();
    let certified = CertifiedKey::from_der(chain, key, &provider).map_err(|error| {
        // The error of rustls holds nothing of the key's own bytes.
        Error::invalid_value(format!("{KEY} and {CERTIFICATE} cannot be used: {error}"))
    })?;
    Ok(Arc::new(SingleCertAndKey::from(certified)))
}

#[derive(Debug)]
struct NoCertificate;

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

fn private_key(text: &[u8], passphrase: Option<&str>) -> Result<PrivateKeyDer<'static>, Error> {
    if let Ok(key) = PrivateKeyDer::from_pem_slice(text)
        && !is_encrypted_in_the_old_way(text)
    {
        return Ok(key);
    }
    let Some(encrypted) = encrypted_block(text) else {
        return Err(Error::invalid_value(match is_encrypted_in_the_old_way(text) {
            true => format!(
                "{KEY} is encrypted in a way that is not supported: openssl pkcs8 -topk8 turns it into PKCS #8"
            ),
            false => format!("{KEY} holds no key in PEM"),
        }));
    };
    let Some(passphrase) = passphrase else {
        return Err(Error::invalid_value(format!(
            "{KEY} is encrypted: give its passphrase (sslpassword, ssl.passphrase)"
        )));
    };
    let key = EncryptedPrivateKeyInfoRef::try_from(encrypted.as_bytes())
        .ok()
        .and_then(|encrypted| encrypted.decrypt(passphrase).ok())
        .ok_or_else(|| {
            Error::invalid_value(format!(
                "{KEY} cannot be decrypted: the passphrase is wrong, or the encryption is not supported"
            ))
        })?;
    Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into())
}

/// Whether a key is encrypted as in <https://www.rfc-editor.org/rfc/rfc1421#section-4.6.1.1>.
fn is_encrypted_in_the_old_way(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).contains("Proc-Type: 4,ENCRYPTED")
}

fn encrypted_block(text: &[u8]) -> Option<Document> {
    const END: &str = "-----END ENCRYPTED PRIVATE KEY-----";

    let text = std::str::from_utf8(text).ok()?;
    let start = text.find("-----BEGIN ENCRYPTED PRIVATE KEY-----")?;
    let end = start + text[start..].find(END)? + END.len();
    let (label, document) = Document::from_pem(&text[start..end]).ok()?;
    EncryptedPrivateKeyInfoRef::validate_pem_label(label).ok()?;
    Some(document)
}
