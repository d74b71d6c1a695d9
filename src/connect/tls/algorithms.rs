//! Signatures that OpenSSL verifies, and ring does not: by RustCrypto.

use std::sync::LazyLock;

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rustls::SignatureScheme;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm as Algorithm, alg_id,
};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// ring's provider, which verifies more than ring does.
pub(super) fn provider() -> CryptoProvider {
    let signature_verification_algorithms =
        WebPkiSupportedAlgorithms { all: &ALL, mapping: &MAPPING };
    CryptoProvider { signature_verification_algorithms, ..ring::default_provider() }
}

static ALL: LazyLock<Vec<&dyn Algorithm>> = LazyLock::new(|| {
    let ring = ring::default_provider().signature_verification_algorithms.all;
    let more: [&dyn Algorithm; 5] =
        [&P521_SHA256, &P521_SHA384, &P521_SHA512, &P384_SHA512, &P256_SHA512];
    ring.iter().copied().chain(more).collect()
});

/// The algorithms by the handshake's schemes: TLS 1.3 takes the first, TLS 1.2 fixes no curve.
static MAPPING: LazyLock<Vec<(SignatureScheme, &[&dyn Algorithm])>> = LazyLock::new(|| {
    static SHA512: [&dyn Algorithm; 3] = [&P521_SHA512, &P384_SHA512, &P256_SHA512];

    let ring = ring::default_provider().signature_verification_algorithms.mapping;
    let more = (SignatureScheme::ECDSA_NISTP521_SHA512, SHA512.as_slice());
    ring.iter().copied().chain([more]).collect()
});

/// Verifies a message's signature by a key.
type Verify = fn(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()>;

/// ECDSA on one curve with one hash.
#[derive(Debug)]
struct Ecdsa {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    verify: Verify,
}

macro_rules! ecdsa {
    ($curve:ident, $key:ident, $hash:ident, $signature:ident) => {
        Ecdsa {
            key: alg_id::$key,
            signature: alg_id::$signature,
            verify: |key, message, signature| {
                let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
                let signature = $curve::ecdsa::DerSignature::from_bytes(signature).ok()?;
                key.verify_prehash(&number($hash::digest(message).as_slice()), &signature).ok()
            },
        }
    };
}

static P521_SHA256: Ecdsa = ecdsa!(p521, ECDSA_P521, Sha256, ECDSA_SHA256);
static P521_SHA384: Ecdsa = ecdsa!(p521, ECDSA_P521, Sha384, ECDSA_SHA384);
static P521_SHA512: Ecdsa = ecdsa!(p521, ECDSA_P521, Sha512, ECDSA_SHA512);
static P384_SHA512: Ecdsa = ecdsa!(p384, ECDSA_P384, Sha512, ECDSA_SHA512);
static P256_SHA512: Ecdsa = ecdsa!(p256, ECDSA_P256, Sha512, ECDSA_SHA512);

/// The number that is signed for a hash. It has half the length of a field's element at least, since shorter
/// ones are refused.
fn number(hash: &[u8]) -> Vec<u8> {
    const HALF: usize = 33;

    let mut number = vec![0; HALF.saturating_sub(hash.len())];
    number.extend_from_slice(hash);
    number
}

impl Algorithm for Ecdsa {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        (self.verify)(key, message, signature).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}
