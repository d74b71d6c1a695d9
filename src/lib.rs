//! Sends events to Socket.IO clients through PostgreSQL, from any process: the servers of a cluster
//! that use [`@socket.io/postgres-adapter`](https://github.com/socketio/socket.io-postgres-adapter)
//! decode its messages directly.
//!
//! ```
//! use socketio_postgres_emitter::{Emitter, Event, Options, Settings};
//!
//! # async fn run() -> Result<(), socketio_postgres_emitter::Error> {
//! let settings = Settings::from_connection_string("postgres://postgres@localhost/app");
//! let io = Emitter::new(settings, Options::default())?;
//! io.to("order:17").emit(Event::new("paid").arg(17)).await?;
//! io.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! [`Emitter`] and [`Broadcast`] have the calls, [`Options`] and [`Settings`] what they can be told.
//! [`Statements`] are for transactions of the caller's own, [`message`] has what goes over the wire.
//!
//! # Features
//!
//! - `tracing`: spans of the calls, with the semantic conventions of OpenTelemetry for messaging.
//! - `napi`: the Node.js addon; nothing that Rust can call.

#![cfg_attr(not(feature = "napi"), forbid(unsafe_code))]

/// For `cargo bench`; no part of the API.
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench {
    pub use crate::transport::bench::deduplicate;
    pub use crate::wire::bench::{Kind, Message, Namespace, Opts, envelope, to_utf8, transcode};
}
#[cfg(feature = "napi")]
mod binding;
mod builder;
mod cluster;
mod connect;
mod emitter;
mod error;
/// For `cargo fuzz`; no part of the API. Tests compile it, too, so that a change breaks no target unseen.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::connect::fuzzing::{
        Certificates, Given, end_point, password_in, read_connection_string, service, shown,
    };
    pub use crate::wire::fuzzing::{Received, receive, receive_attachment, transcode};
}
mod nearest;
mod transport;
mod wire;

pub use cluster::{
    DEFAULT_DISCOVERY, DEFAULT_HEARTBEAT_TIMEOUT, DEFAULT_LISTENER_IDLE, DEFAULT_REQUEST_TIMEOUT,
};
pub use connect::{
    BoxError, IdentityCheck, Password, PasswordTarget, PeerIdentity, Pem, Settings,
    SettingsBuilder, SslMode, Tls,
};
pub use emitter::{
    Broadcast, BroadcastOptions, Broadcaster, Call, DEFAULT_MAX_QUEUE_BYTES,
    DEFAULT_PUBLISH_TIMEOUT, Emitter, ErrorHandler, Event, FailedCall, Options, OptionsBuilder,
    Parser, Publishing, RemoteSocket, RequestError, Requesting, StateHandler, Statements,
};
pub use error::{Error, ErrorKind, MissingTable};
pub use transport::{
    ConnectionState, DEFAULT_BATCH_SIZE, DEFAULT_OUTBOX_TABLE, DEFAULT_POLL, DEFAULT_TABLE_NAME,
    FunctionsOptions, FunctionsOptionsBuilder, OutboxStatus, OutboxTable, Relay, RelayEvent,
    RelayOptions, RelayOptionsBuilder, RelayState, RelayStats, SchemaName, SetAside, Statement,
    Stats, TableName, Value, emit_functions_sql,
};
pub use wire::{
    DEFAULT_EMITTER_KEY, DEFAULT_PAYLOAD_THRESHOLD, Namespace, PayloadThreshold, RESERVED_EVENTS,
    RESERVED_SERVER_EVENTS, Response, Room, Rooms, message,
};

/// The Rust of the README, compiled by `cargo test`.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
