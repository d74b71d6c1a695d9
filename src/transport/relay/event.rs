//! What a relay tells of.

use super::state::RelayState;
use super::task::Task;
use crate::connect::Backoff;
use crate::error::Error;

/// Something that a relay tells of.
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
    /// It does something else now, and what caused that when it is an error.
    State(RelayState, Option<&'a Error>),
    /// Something failed, and it goes on: a row was set aside (`ERR_SET_ASIDE`), or the server cannot be
    /// reached or refuses what it needs, which is told once for as long as it lasts.
    Error(&'a Error),
}

/// Told of what happens.
pub(crate) type OnEvent = Box<dyn Fn(RelayEvent<'_>) + Send + Sync>;

impl Task {
    pub(super) fn change(&mut self, state: RelayState, cause: Option<&Error>) {
        if self.shared.set(state) || cause.is_some() {
            (self.on_event)(RelayEvent::State(state, cause));
        }
    }

    /// Tells of an error, if it is not the one that was told last.
    pub(super) fn tell(&mut self, error: &Error) {
        let text = format!("{}: {error}", error.code());
        if self.told.as_ref() != Some(&text) {
            (self.on_event)(RelayEvent::Error(error));
            self.told = Some(text);
        }
    }

    /// Things go well again.
    pub(super) fn recovered(&mut self) {
        self.told = None;
        self.backoff = Backoff::default();
    }
}
