//! The events of a relay.

use super::state::RelayState;
use super::task::RelayTask;
use crate::connect::Backoff;
use crate::error::Error;

/// An event of a relay.
///
/// ```
/// use socketio_postgres_emitter::RelayEvent;
///
/// fn log(event: RelayEvent<'_>) {
///     match event {
///         RelayEvent::State(state, None) => println!("{}", state.name()),
///         RelayEvent::State(state, Some(cause)) => println!("{}: {cause}", state.name()),
///         RelayEvent::Error(error) => eprintln!("{error}"),
///         _ => {}
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum RelayEvent<'a> {
    /// The relay's state has changed; with the error that caused it, if one did.
    State(RelayState, Option<&'a Error>),
    /// Something failed, and the relay goes on: a row was set aside (`ERR_SET_ASIDE`), or the server cannot
    /// be reached or refuses what the relay needs, which is told once for as long as it lasts.
    Error(&'a Error),
}

/// A function that is called for each event.
pub(crate) type OnRelayEvent = Box<dyn Fn(RelayEvent<'_>) + Send + Sync>;

impl RelayTask {
    pub(super) fn change(&mut self, state: RelayState, cause: Option<&Error>) {
        if self.status.set(state) || cause.is_some() {
            (self.on_event)(RelayEvent::State(state, cause));
        }
    }

    /// Reports an error, if it is not the one that was reported last.
    pub(super) fn tell(&mut self, error: &Error) {
        let text = format!("{}: {error}", error.code());
        if self.told.as_ref() != Some(&text) {
            (self.on_event)(RelayEvent::Error(error));
            self.told = Some(text);
        }
    }

    /// Forgets the last error: the relay works again.
    pub(super) fn recovered(&mut self) {
        self.told = None;
        self.backoff = Backoff::default();
    }
}
