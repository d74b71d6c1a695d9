//! What an emitter and a choice of sockets share.

use std::time::Duration;

use super::{Broadcast, Call, Emitter, Event, Publishing, RemoteSocket, Requesting};
use crate::error::Error;
use crate::transport::Statement;
use crate::wire::{Response, Rooms};

/// The calls, each by what it does of [`Broadcast`]: once for the trait, and once for the emitter itself,
/// so that to call them takes no import.
macro_rules! calls {
    ($($visibility:tt)*) => {
        /// Those in these rooms. See [`Broadcast::to`].
        $($visibility)* fn to(&self, rooms: impl Into<Rooms>) -> Broadcast {
            self.broadcast().to(rooms)
        }

        /// Those in these rooms. See [`Broadcast::within`].
        $($visibility)* fn within(&self, rooms: impl Into<Rooms>) -> Broadcast {
            self.broadcast().within(rooms)
        }

        /// Not those in these rooms. See [`Broadcast::except`].
        $($visibility)* fn except(&self, rooms: impl Into<Rooms>) -> Broadcast {
            self.broadcast().except(rooms)
        }

        /// With events that a client may miss. See [`Broadcast::volatile`].
        $($visibility)* fn volatile(&self) -> Broadcast {
            self.broadcast().volatile()
        }

        /// With events that are compressed, or are not. See [`Broadcast::compress`].
        $($visibility)* fn compress(&self, compress: bool) -> Broadcast {
            self.broadcast().compress(compress)
        }

        /// How long the answers to a request are waited for. See [`Broadcast::timeout`].
        $($visibility)* fn timeout(&self, timeout: Duration) -> Broadcast {
            self.broadcast().timeout(timeout)
        }

        /// Sends an event. See [`Broadcast::emit`].
        $($visibility)* fn emit(&self, event: impl Into<Event>) -> Publishing {
            self.broadcast().emit(event)
        }

        /// Makes the sockets join rooms. See [`Broadcast::sockets_join`].
        $($visibility)* fn sockets_join(&self, rooms: impl Into<Rooms>) -> Publishing {
            self.broadcast().sockets_join(rooms)
        }

        /// Makes the sockets leave rooms. See [`Broadcast::sockets_leave`].
        $($visibility)* fn sockets_leave(&self, rooms: impl Into<Rooms>) -> Publishing {
            self.broadcast().sockets_leave(rooms)
        }

        /// Disconnects the sockets. See [`Broadcast::disconnect_sockets`].
        $($visibility)* fn disconnect_sockets(&self, close: bool) -> Publishing {
            self.broadcast().disconnect_sockets(close)
        }

        /// Sends an event to the servers themselves. See [`Broadcast::server_side_emit`].
        $($visibility)* fn server_side_emit(&self, event: impl Into<Event>) -> Publishing {
            self.broadcast().server_side_emit(event)
        }

        /// Sends an event, and gives what the clients acknowledge it with. See
        /// [`Broadcast::emit_with_ack`].
        $($visibility)* fn emit_with_ack(&self, event: impl Into<Event>) -> Requesting<Response> {
            self.broadcast().emit_with_ack(event)
        }

        /// The sockets, on all servers. See [`Broadcast::fetch_sockets`].
        $($visibility)* fn fetch_sockets(&self) -> Requesting<RemoteSocket> {
            self.broadcast().fetch_sockets()
        }

        /// Sends an event to the servers themselves, and gives what each answers. See
        /// [`Broadcast::server_side_emit_with_ack`].
        $($visibility)* fn server_side_emit_with_ack(
            &self,
            event: impl Into<Event>,
        ) -> Requesting<Response> {
            self.broadcast().server_side_emit_with_ack(event)
        }

        /// The SQL statement of a call, for a transaction of the caller's. See
        /// [`Broadcast::statement`].
        ///
        /// # Errors
        /// As [`Broadcast::statement`].
        $($visibility)* fn statement(&self, call: impl Into<Call>) -> Result<Statement, Error> {
            self.broadcast().statement(call)
        }
    };
}

/// What [`Emitter`] and [`Broadcast`] share, for code that takes either. Both have the calls themselves,
/// so this need not be imported to call them.
///
/// ```
/// use socketio_postgres_emitter::{Broadcaster, Emitter, Error, Event};
///
/// async fn greet(whom: &impl Broadcaster) -> Result<(), Error> {
///     whom.except("muted").emit(Event::new("hello").arg("from Rust")).await
/// }
///
/// # async fn run(io: &Emitter) -> Result<(), Error> {
/// greet(io).await?;
/// greet(&io.to("room1")).await?;
/// # Ok(())
/// # }
/// ```
pub trait Broadcaster {
    /// The sockets that the calls are for.
    fn broadcast(&self) -> Broadcast;

    calls!();
}

impl Broadcaster for Emitter {
    fn broadcast(&self) -> Broadcast {
        self.broadcast()
    }
}

impl Emitter {
    calls!(pub);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Settings};

    fn written(statement: &Result<Statement, Error>) -> String {
        let statement = statement.as_ref().unwrap();
        format!("{:?}", statement.values()[1]).replace(r#"\""#, "\"")
    }

    /// What is written by a caller that knows only the trait.
    fn through(whom: &impl Broadcaster) -> Vec<String> {
        let all = [
            whom.to("a").statement("ev"),
            whom.within(["a", "b"]).statement("ev"),
            whom.except("a").statement("ev"),
            whom.volatile().statement("ev"),
            whom.compress(true).statement("ev"),
            whom.timeout(Duration::ZERO).statement("ev"),
            whom.statement("ev"),
        ];
        all.iter().map(written).collect()
    }

    #[tokio::test]
    async fn an_emitter_and_a_choice_have_the_same_calls() {
        let io = Emitter::new(Settings::default(), Options::default()).unwrap();
        let by_io = through(&io);
        for (text, part) in by_io.iter().zip([
            r#""rooms":["a"],"except":[],"flags":{}"#,
            r#""rooms":["a","b"]"#,
            r#""rooms":[],"except":["a"]"#,
            r#""flags":{"volatile":true}"#,
            r#""flags":{"compress":true}"#,
            r#""flags":{}"#,
            r#""rooms":[],"except":[],"flags":{}"#,
        ]) {
            assert!(text.contains(part), "{text}");
        }
        let trimmed = |all: Vec<String>| -> Vec<String> {
            all.iter().map(|text| text.replace([' ', '\\', 't', 'n', 'r'], "")).collect()
        };
        assert_eq!(trimmed(through(&io.broadcast())), trimmed(by_io));
        let chosen = through(&io.to("z"));
        assert!(chosen.iter().all(|text| text.contains(r#""rooms":["z""#)), "{chosen:?}");
    }

    #[tokio::test]
    async fn each_call_goes_out_of_both() {
        let io = Emitter::new(Settings::default(), Options::default()).unwrap();
        io.close().await;
        let of = |whom: &Broadcast| {
            [
                whom.emit("ev"),
                whom.sockets_join("a"),
                whom.sockets_leave("a"),
                whom.disconnect_sockets(true),
                whom.server_side_emit("ev"),
            ]
        };
        let mut sent: Vec<Publishing> = of(&io.broadcast()).into();
        sent.extend([
            io.emit("ev"),
            io.sockets_join("a"),
            io.sockets_leave("a"),
            io.disconnect_sockets(true),
            io.server_side_emit("ev"),
        ]);
        for sent in sent {
            assert_eq!(sent.await.unwrap_err().code(), "ERR_CLOSED");
        }
        assert_eq!(
            io.server_side_emit("connection").await.unwrap_err().code(),
            "ERR_RESERVED_EVENT"
        );
    }
}
