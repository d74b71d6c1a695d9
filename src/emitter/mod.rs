//! The emitter as Rust users call it.

mod broadcast;
mod broadcaster;
mod call;
#[allow(clippy::module_inception, reason = "the type that the module is named after")]
mod emitter;
mod event;
mod options;
mod outbox;
mod publishing;
mod relay;
mod remote_socket;
mod requesting;
mod rooms;
mod target;
mod writer;

pub use broadcast::Broadcast;
pub use broadcaster::Broadcaster;
pub use call::Call;
pub use emitter::Emitter;
pub use event::Event;
pub use options::{DEFAULT_MAX_QUEUE_BYTES, DEFAULT_PUBLISH_TIMEOUT, Options};
pub use publishing::Publishing;
pub use relay::Relay;
pub use remote_socket::RemoteSocket;
pub use requesting::{RequestError, Requesting};
pub use rooms::{Room, Rooms};
