//! The calls that an emitter and a choice of sockets share.
//!
//! Longer than 300 lines: each call has an example here, too.

use std::time::Duration;

use super::{
    Broadcast, BroadcastOptions, Call, Emitter, Event, Publishing, RemoteSocket, Requesting,
};
use crate::error::Error;
use crate::transport::Statement;
use crate::wire::{Namespace, Response, Rooms};

/// The calls, each by the call of [`Broadcast`] that does it: once for the trait, and once for the emitter
/// itself, so that calling them takes no import.
macro_rules! calls {
    ($($visibility:tt)*) => {
        /// Chooses the sockets in these rooms. See [`Broadcast::to`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// io.to("room1").emit("news").await?;
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn to(&self, rooms: impl Into<Rooms>) -> Broadcast {
            self.broadcast().to(rooms)
        }

        /// Chooses the sockets in these rooms. See [`Broadcast::within`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// io.within(["room1", "room2"]).emit("news").await?;
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn within(&self, rooms: impl Into<Rooms>) -> Broadcast {
            self.broadcast().within(rooms)
        }

        /// Leaves out the sockets in these rooms. See [`Broadcast::except`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// io.except("muted").emit("news").await?;
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn except(&self, rooms: impl Into<Rooms>) -> Broadcast {
            self.broadcast().except(rooms)
        }

        /// The same sockets, with events that a client may miss. See [`Broadcast::volatile`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// io.volatile().emit("tick").await?;
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn volatile(&self) -> Broadcast {
            self.broadcast().volatile()
        }

        /// The same sockets, with events that are compressed, or are not. See [`Broadcast::compress`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// io.compress(false).emit("tick").await?;
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn compress(&self, compress: bool) -> Broadcast {
            self.broadcast().compress(compress)
        }

        /// Sets how long the answers to a request are waited for. See [`Broadcast::timeout`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// let soon = io.timeout(std::time::Duration::from_secs(1));
        /// println!("{} answers", soon.emit_with_ack("ready?").await?.len());
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn timeout(&self, timeout: Duration) -> Broadcast {
            self.broadcast().timeout(timeout)
        }

        /// Sends an event. See [`Broadcast::emit`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// io.emit("news").await?;
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn emit(&self, event: impl Into<Event>) -> Publishing {
            self.broadcast().emit(event)
        }

        /// Makes the sockets join rooms. See [`Broadcast::sockets_join`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// io.sockets_join("room1").await?;
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn sockets_join(&self, rooms: impl Into<Rooms>) -> Publishing {
            self.broadcast().sockets_join(rooms)
        }

        /// Makes the sockets leave rooms. See [`Broadcast::sockets_leave`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// io.sockets_leave(["room1", "room2"]).await?;
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn sockets_leave(&self, rooms: impl Into<Rooms>) -> Publishing {
            self.broadcast().sockets_leave(rooms)
        }

        /// Disconnects the sockets. See [`Broadcast::disconnect_sockets`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// io.disconnect_sockets(true).await?;
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn disconnect_sockets(&self, close: bool) -> Publishing {
            self.broadcast().disconnect_sockets(close)
        }

        /// Sends an event to the servers themselves. See [`Broadcast::server_side_emit`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// io.server_side_emit("reload").await?;
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn server_side_emit(&self, event: impl Into<Event>) -> Publishing {
            self.broadcast().server_side_emit(event)
        }

        /// Sends an event, and collects the clients' acknowledgements. See [`Broadcast::emit_with_ack`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// println!("{} answers", io.emit_with_ack("ready?").await?.len());
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn emit_with_ack(&self, event: impl Into<Event>) -> Requesting<Response> {
            self.broadcast().emit_with_ack(event)
        }

        /// Fetches the sockets, on all servers. See [`Broadcast::fetch_sockets`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// println!("{} sockets", io.fetch_sockets().await?.len());
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn fetch_sockets(&self) -> Requesting<RemoteSocket> {
            self.broadcast().fetch_sockets()
        }

        /// Sends an event to the servers themselves, and collects the answer of each. See
        /// [`Broadcast::server_side_emit_with_ack`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// println!("{} servers", io.server_side_emit_with_ack("load").await?.len());
        /// # Ok(())
        /// # }
        /// ```
        $($visibility)* fn server_side_emit_with_ack(
            &self,
            event: impl Into<Event>,
        ) -> Requesting<Response> {
            self.broadcast().server_side_emit_with_ack(event)
        }

        /// The SQL statement of a call, for a transaction of the caller's. See
        /// [`Broadcast::statement`].
        ///
        /// ```
        /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
        /// let statement = io.statement("news")?;
        /// # Ok(())
        /// # }
        /// ```
        ///
        /// # Errors
        /// As [`Broadcast::statement`].
        $($visibility)* fn statement(&self, call: impl Into<Call>) -> Result<Statement, Error> {
            self.broadcast().statement(call)
        }
    };
}

/// The calls that [`Emitter`] and [`Broadcast`] share, for code that takes either. Both have the calls
/// themselves, so this need not be imported to call them.
///
/// Its calls are generic, so there is no `dyn Broadcaster`: take `&impl Broadcaster`.
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
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Broadcast, Broadcaster};
    /// fn quietly(whom: &impl Broadcaster) -> Broadcast {
    ///     whom.broadcast().volatile()
    /// }
    /// ```
    fn broadcast(&self) -> Broadcast;

    /// The namespace of those sockets.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Broadcaster;
    /// fn is_main(whom: &impl Broadcaster) -> bool {
    ///     whom.namespace().name() == "/"
    /// }
    /// ```
    fn namespace(&self) -> &Namespace;

    /// The channel, table and threshold of their messages.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Broadcaster;
    /// fn channel(whom: &impl Broadcaster) -> &str {
    ///     whom.broadcast_options().channel
    /// }
    /// ```
    fn broadcast_options(&self) -> BroadcastOptions<'_>;

    calls!();
}

impl Broadcaster for Emitter {
    fn broadcast(&self) -> Broadcast {
        self.broadcast()
    }

    fn namespace(&self) -> &Namespace {
        self.namespace()
    }

    fn broadcast_options(&self) -> BroadcastOptions<'_> {
        self.broadcast_options()
    }
}

impl Emitter {
    /// Everyone in the namespace, to be narrowed down.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter, room: Option<&str>) -> Result<(), socketio_postgres_emitter::Error> {
    /// let mut whom = io.broadcast();
    /// if let Some(room) = room {
    ///     whom = whom.to(room);
    /// }
    /// whom.emit("news").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn broadcast(&self) -> Broadcast {
        Broadcast::new(self.clone())
    }

    calls!(pub);
}

impl Broadcaster for Broadcast {
    fn broadcast(&self) -> Broadcast {
        self.clone()
    }

    fn namespace(&self) -> &Namespace {
        self.namespace()
    }

    fn broadcast_options(&self) -> BroadcastOptions<'_> {
        self.broadcast_options()
    }
}

#[cfg(test)]
mod tests;
