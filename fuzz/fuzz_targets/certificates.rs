//! A server's certificates: whatever is changed in one that a root has signed, it is trusted no more.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use socketio_postgres_emitter::fuzzing::{Certificates, end_point};

const ROOTS: &str = include_str!("../seeds/certificates/roots.pem");

/// Those that come from the roots, with the host that they name.
const ISSUED: [(&[u8], Option<&str>); 7] = [
    (include_bytes!("../seeds/certificates/authority.der"), Some(HOST)),
    (include_bytes!("../seeds/certificates/chain.der"), Some(HOST)),
    (include_bytes!("../seeds/certificates/common.der"), Some(HOST)),
    (include_bytes!("../seeds/certificates/first.der"), Some(HOST)),
    (include_bytes!("../seeds/certificates/given.der"), Some(HOST)),
    (include_bytes!("../seeds/certificates/intermediate.der"), None),
    (include_bytes!("../seeds/certificates/named.der"), Some(HOST)),
];

const HOST: &str = "db.example.com";
const OTHER_HOST: &str = "example.com";

/// In seconds after 1970: the certificates are valid now, and are no more.
const NOW: u64 = 2_000_000_000;
const LATER: u64 = 10_000_000_000;

static CHAIN: LazyLock<Certificates> = LazyLock::new(|| verifier(false));
static FULL: LazyLock<Certificates> = LazyLock::new(|| verifier(true));

fn verifier(checks_name: bool) -> Certificates {
    match Certificates::new(ROOTS, checks_name) {
        Ok(verifier) => verifier,
        Err(error) => panic!("{error}"),
    }
}

fuzz_target!(init: {
    // Without a change they are trusted: else nothing below would say anything.
    for (issued, name) in ISSUED {
        let shown = split(issued);
        assert!(CHAIN.are_trusted(&shown, HOST, NOW), "{name:?}");
        assert_eq!(FULL.are_trusted(&shown, HOST, NOW), name.is_some());
    }
}, |input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        drop(Certificates::new(text, true));
    }
    let shown = split(input);
    let Some(leaf) = shown.first() else { return };
    if let Some(hash) = end_point(leaf) {
        assert!([32, 48, 64].contains(&hash.len()));
    }
    let is_trusted = CHAIN.are_trusted(&shown, HOST, NOW);
    let is_named = FULL.are_trusted(&shown, HOST, NOW);
    if is_trusted {
        let issued = ISSUED.iter().find(|(issued, _)| signed_part(leaf) == signed_part(issued));
        let (_, name) = issued.expect("no root has signed this");
        assert_eq!(is_named, name.is_some());
    }
    assert!(is_trusted || !is_named);
    assert!(!CHAIN.are_trusted(&shown, HOST, LATER));
    assert!(!FULL.are_trusted(&shown, OTHER_HOST, NOW));
});

/// One certificate after the other; what follows the last belongs to it.
fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while let Some((first, rest)) = split_first(bytes) {
        all.push(first);
        bytes = rest;
    }
    if !bytes.is_empty() {
        all.push(bytes);
    }
    all
}

/// The first sequence whose length is said in two bytes, and what follows it.
fn split_first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let &[0x30, 0x82, high, low, ..] = bytes else { return None };
    bytes.split_at_checked(4 + usize::from(u16::from_be_bytes([high, low])))
}

/// What the signature of a certificate is over: the first of its parts.
fn signed_part(certificate: &[u8]) -> Option<&[u8]> {
    split_first(certificate.get(4..)?)
        .or_else(|| {
            // A short one.
            let &[0x30, 0x81, len, ..] = certificate.get(4..)? else { return None };
            certificate.get(4..)?.split_at_checked(3 + usize::from(len))
        })
        .map(|(part, _)| part)
}
