//! Connecting to PostgreSQL: what the settings mean, TLS, and the opening of a session.

mod backoff;
mod driver;
pub(crate) mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod plan;
mod pooler;
mod session;
mod settings;
mod tls;

pub(crate) use backoff::Backoff;
pub(crate) use driver::{Driver, goodbye};
pub(crate) use session::{Connected, Encryption, Messages, connect, within};
pub(crate) use settings::Plan;
pub use settings::{
    BoxError, IdentityCheck, Password, PasswordTarget, PeerIdentity, Pem, Settings,
    SettingsBuilder, SslMode, Tls,
};
#[cfg(feature = "napi")]
pub(crate) use settings::{Environment, MoreRoots};
#[cfg(feature = "napi")]
pub(crate) use settings::{honoured, unsupported, without_effect};
