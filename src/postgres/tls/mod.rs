//! TLS, with rustls.

mod certificate;
mod connector;
mod end_point;
mod failure;
#[cfg(fuzzing)]
pub(super) mod fuzzing;
mod material;
mod verifier;

pub(super) use connector::{Connector, Stream};
pub(super) use failure::{not_supported, of_session};
pub(super) use material::check;
