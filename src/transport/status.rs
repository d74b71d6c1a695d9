//! The state of a connection.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::Error;

/// The state of an emitter's connection.
///
/// ```
/// # use socketio_postgres_emitter::{ConnectionState, Emitter};
/// # fn run(io: &Emitter) {
/// let is_closed = io.state() == ConnectionState::Closed;
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum ConnectionState {
    /// No connection is there, and none is needed.
    Idle,
    /// The connection is being opened; when that fails, again and again while something waits for it.
    Connecting,
    /// The connection is open.
    Connected,
    /// The emitter was closed.
    Closed,
}

impl ConnectionState {
    const ALL: [Self; 4] = [Self::Idle, Self::Connecting, Self::Connected, Self::Closed];

    /// The state's name: `idle`, `connecting`, `connected` or `closed`.
    ///
    /// ```
    /// # use socketio_postgres_emitter::ConnectionState;
    /// assert_eq!(ConnectionState::Idle.name(), "idle");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A function that is called for each change, with the error that caused it, if one did.
pub(crate) type OnStateChange = Box<dyn FnMut(ConnectionState, Option<&Error>) + Send>;

/// The state as others may read it.
#[derive(Clone, Debug, Default)]
pub(super) struct Status(Arc<AtomicU8>);

impl Status {
    pub(super) fn get(&self) -> ConnectionState {
        ConnectionState::ALL[usize::from(self.0.load(Ordering::Acquire))]
    }

    /// Sets the state; returns whether that changed it.
    pub(super) fn set(&self, state: ConnectionState) -> bool {
        self.0.swap(state as u8, Ordering::AcqRel) != state as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_read_as_it_was_set() {
        let status = Status::default();
        assert_eq!(status.get(), ConnectionState::Idle);
        for state in ConnectionState::ALL {
            status.set(state);
            assert_eq!(status.get(), state);
            assert!(!status.set(state));
        }
    }
}
