//! The emitter: the core of both faces (`core.rs`), and the face for Rust.

mod broadcast;
mod broadcast_options;
mod broadcaster;
mod call;
mod choice;
mod core;
#[allow(clippy::module_inception, reason = "the type that the module is named after")]
mod emitter;
mod event;
mod handlers;
#[cfg(test)]
mod message_tests;
mod monitoring;
mod observation;
mod options;
mod outbox;
mod parser;
mod publishing;
mod remote_socket;
mod requesting;
mod requests;
#[cfg(test)]
mod runtime_tests;
mod sending;
mod statements;
mod target;
#[cfg(test)]
mod tests;
#[cfg(feature = "tracing")]
mod tracing;
#[cfg(test)]
mod trait_tests;
mod waiter;
mod writer;

pub(crate) use self::core::Core;
#[cfg(feature = "napi")]
pub(crate) use self::core::Face;
pub use broadcast::Broadcast;
pub use broadcast_options::BroadcastOptions;
pub use broadcaster::Broadcaster;
pub use call::Call;
pub use emitter::Emitter;
pub use event::Event;
pub use handlers::{ErrorHandler, FailedCall, StateHandler};
pub use options::{DEFAULT_MAX_QUEUE_BYTES, DEFAULT_PUBLISH_TIMEOUT, Options, OptionsBuilder};
pub use parser::Parser;
pub use publishing::Publishing;
pub use remote_socket::RemoteSocket;
pub use requesting::{RequestError, Requesting};
pub use statements::Statements;
