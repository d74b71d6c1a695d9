//! TLS, with rustls.

mod algorithms;
mod certificate;
mod connector;
mod end_point;
mod failure;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
mod material;
mod names;
mod path;
mod pss;
mod verifier;

pub(super) use connector::{Connector, Stream};
pub(super) use failure::{is_issuer_unknown, not_supported, of_session};
pub(super) use material::check;
