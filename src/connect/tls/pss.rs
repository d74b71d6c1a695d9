//! RSASSA-PSS as certificates are signed by it: the salt may be of any length, which is part of the
//! algorithm's identifier. ring verifies only salts as long as the hash.
//! <https://www.rfc-editor.org/rfc/rfc4055#section-3.1>

use std::sync::{Mutex, PoisonError};

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode, Sequence};
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::traits::PublicKeyParts;
use rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

use super::certificate::contents;

const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// The length of the salt where the identifier gives none, in bytes.
const DEFAULT_SALT: u16 = 20;

/// The longest salt: a signature of 8192 bits has room for no longer one, and longer keys are not taken.
const MAX_SALT: u16 = 1024;

/// The shortest key, in bytes, as in ring.
const MIN_KEY: usize = 256;

/// The structure RSASSA-PSS-params.
#[derive(Sequence)]
struct PssParameters<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// The hash function of a signature; `None` if it is no RSASSA-PSS.
pub(super) fn hash_of(signature: &AlgorithmIdentifierOwned) -> Option<ObjectIdentifier> {
    let der = parameters_of(signature)?;
    let parameters = PssParameters::from_der(&der).ok()?;
    Some(parameters.hash.map_or(SHA1, |hash| hash.oid))
}

fn parameters_of(signature: &AlgorithmIdentifierOwned) -> Option<Vec<u8>> {
    if signature.oid != RSASSA_PSS {
        return None;
    }
    signature.parameters.as_ref()?.to_der().ok()
}

/// RSASSA-PSS with one hash, and a salt of this number of bytes.
#[derive(Debug)]
pub(super) struct Pss {
    id: AlgorithmIdentifier,
    hash: Hash,
    salt: usize,
}

#[derive(Clone, Copy, Debug)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of(identifier: &AlgorithmIdentifierRef<'_>) -> Option<Self> {
        // Both ways of writing that there are no parameters are allowed.
        if identifier.parameters.is_some_and(|parameters| !parameters.is_null()) {
            return None;
        }
        match identifier.oid {
            SHA256 => Some(Self::Sha256),
            SHA384 => Some(Self::Sha384),
            SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }
}

/// The algorithms that were met, since rustls wants them to last. There are few: of hashes, salts and the
/// ways to write them.
static MET: Mutex<Vec<&Pss>> = Mutex::new(Vec::new());

impl Pss {
    /// The algorithm of a signature; `None` for any other than RSASSA-PSS, and for unusable parameters.
    pub(super) fn of(signature: &AlgorithmIdentifierOwned) -> Option<&'static Self> {
        let der = parameters_of(signature)?;
        let PssParameters { hash, mask, salt, trailer } = PssParameters::from_der(&der).ok()?;
        let (hash, mask) = (hash?, mask?);
        let of_mask: AlgorithmIdentifierRef<'_> = mask.parameters?.decode_as().ok()?;
        let salt = salt.unwrap_or(DEFAULT_SALT);
        let is_usable = mask.oid == MGF1
            && Hash::of(&of_mask).is_some()
            && of_mask.oid == hash.oid
            && salt <= MAX_SALT
            && trailer.is_none();
        let hash = Hash::of(&hash).filter(|_| is_usable)?;
        let id = contents(signature)?;
        // A thread that panicked left the list as it was, or longer by one: both are sound.
        let mut met = MET.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = met.iter().find(|pss| pss.id.as_ref() == id) {
            return Some(known);
        }
        let id = AlgorithmIdentifier::from_slice(id.leak());
        let new: &'static Self = Box::leak(Box::new(Self { id, hash, salt: salt.into() }));
        met.push(new);
        Some(new)
    }
}

impl SignatureVerificationAlgorithm for Pss {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = rsa::PublicKey::from_pkcs1_der(key).map_err(|_| InvalidSignature)?;
        if key.size() < MIN_KEY {
            return Err(InvalidSignature);
        }
        let verified = match self.hash {
            Hash::Sha256 => {
                let scheme = rsa::Pss::<Sha256>::new_with_salt(self.salt);
                key.verify(scheme, Sha256::digest(message).as_slice(), signature)
            }
            Hash::Sha384 => {
                let scheme = rsa::Pss::<Sha384>::new_with_salt(self.salt);
                key.verify(scheme, Sha384::digest(message).as_slice(), signature)
            }
            Hash::Sha512 => {
                let scheme = rsa::Pss::<Sha512>::new_with_salt(self.salt);
                key.verify(scheme, Sha512::digest(message).as_slice(), signature)
            }
        };
        verified.map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use der::asn1::Any;

    use super::*;

    fn of(contents: &[u8]) -> Option<&'static Pss> {
        let der = Any::new(der::Tag::Sequence, contents).and_then(|any| any.to_der()).ok()?;
        Pss::of(&AlgorithmIdentifierOwned::from_der(&der).ok()?)
    }

    #[test]
    fn identifiers_are_read_as_others_write_them() {
        for (id, salt) in [
            (alg_id::RSA_PSS_SHA256, 32),
            (alg_id::RSA_PSS_SHA384, 48),
            (alg_id::RSA_PSS_SHA512, 64),
        ] {
            let pss = of(id.as_ref());
            assert_eq!(pss.map(|pss| (pss.id, pss.salt)), Some((id, salt)));
            assert!(pss.zip(of(id.as_ref())).is_some_and(|(one, other)| std::ptr::eq(one, other)));
        }
    }

    #[test]
    fn what_is_no_use() {
        let id = alg_id::RSA_PSS_SHA256;
        let with = |place: usize, byte: u8| {
            let mut bytes = id.as_ref().to_vec();
            let place = bytes.len() - place;
            bytes[place] = byte;
            bytes
        };
        // The last byte is the salt's length; before come the mask's hash, and the mask.
        assert_eq!(of(&with(1, 21)).map(|pss| pss.salt), Some(21));
        let of_mask = with(8, 2);
        assert_ne!(of_mask, id.as_ref());
        assert!(of(&of_mask).is_none(), "another hash for the mask");
        assert!(of(alg_id::RSA_PKCS1_SHA256.as_ref()).is_none());
        assert!(of(&id.as_ref()[..11]).is_none(), "SHA-1, by default");
    }
}
