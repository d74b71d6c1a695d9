//! The sockets that a message is for, and the calls for them.

use std::time::Duration;

use super::target::Target;
use super::{BroadcastOptions, Call, Emitter, Event, Publishing};
use crate::cluster::DEFAULT_REQUEST_TIMEOUT;
use crate::error::Error;
use crate::transport::Statement;
use crate::wire::{Namespace, Rooms};

/// A choice of sockets, and the calls for them. What chooses more takes this choice and gives the next: one
/// that is still needed is cloned first. What sends only borrows it.
///
/// ```
/// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
/// let staff = io.to(["tellers", "managers"]).except("on leave");
/// staff.emit("opening").await?;
/// staff.clone().volatile().emit("ping").await?;
/// staff.to("guests").emit("closing").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Broadcast {
    pub(super) emitter: Emitter,
    pub(super) target: Target,
    pub(super) timeout: Duration,
}

impl Broadcast {
    pub(super) fn new(emitter: Emitter) -> Self {
        Self { emitter, target: Target::default(), timeout: DEFAULT_REQUEST_TIMEOUT }
    }

    /// Chooses the sockets in these rooms, beside those already chosen. While no room is named, everyone is
    /// chosen.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.to("room1").to(["room2", "room3"]).emit("news").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn to(mut self, rooms: impl Into<Rooms>) -> Self {
        self.target.rooms.add(rooms.into());
        self
    }

    /// The same as [`Broadcast::to`]: Socket.IO's `in`, which is a word of Rust's.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.within("room1").disconnect_sockets(false).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn within(self, rooms: impl Into<Rooms>) -> Self {
        self.to(rooms)
    }

    /// Leaves out the sockets in these rooms.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.to("room1").except("muted").emit("news").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn except(mut self, rooms: impl Into<Rooms>) -> Self {
        self.target.except.add(rooms.into());
        self
    }

    /// Lets the servers drop the event for a client that is not ready to receive it.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Emitter, Event};
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.volatile().emit(Event::new("position").arg([4, 2])).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn volatile(mut self) -> Self {
        self.target.volatile = true;
        self
    }

    /// Says whether the servers compress the event. Without it they decide by their own settings.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.compress(false).emit("tick").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn compress(mut self, compress: bool) -> Self {
        self.target.compress = Some(compress);
        self
    }

    /// Sends an event. It is queued by the call itself; the future resolves when PostgreSQL has
    /// committed it.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Emitter, Event};
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.to("order:17").emit(Event::new("paid").arg(17)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_RESERVED_EVENT`; `ERR_NOT_SERIALIZABLE`, also when the options have a
    /// [`Parser`](super::Parser) that fails, or the event is nested deeper than 1,000 levels, which none is
    /// given; `ERR_CLOSED`; the server's SQLSTATE (`42P01`: the attachment table is missing); the network's
    /// name (`ECONNREFUSED`); `ERR_OUTCOME_UNKNOWN`.
    pub fn emit(&self, event: impl Into<Event>) -> Publishing {
        self.send(Call::Emit(event.into()))
    }

    /// Makes the sockets join rooms. Resolves and fails as [`Broadcast::emit`] does.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.to("tellers").sockets_join("staff").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn sockets_join(&self, rooms: impl Into<Rooms>) -> Publishing {
        self.send(Call::SocketsJoin(rooms.into()))
    }

    /// Makes the sockets leave rooms. Resolves and fails as [`Broadcast::emit`] does.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.to("tellers").sockets_leave(["staff", "on duty"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn sockets_leave(&self, rooms: impl Into<Rooms>) -> Publishing {
        self.send(Call::SocketsLeave(rooms.into()))
    }

    /// Disconnects the sockets; with `close`, their connections too. Resolves and fails as
    /// [`Broadcast::emit`] does.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.to("user:17").disconnect_sockets(true).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn disconnect_sockets(&self, close: bool) -> Publishing {
        self.send(Call::DisconnectSockets { close })
    }

    /// Sends an event to the servers of the cluster themselves, all of the namespace: rooms do not matter.
    /// They receive it with `io.on(event)`. Resolves and fails as [`Broadcast::emit`] does; the reserved
    /// names are [`RESERVED_SERVER_EVENTS`](crate::RESERVED_SERVER_EVENTS).
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Emitter, Event};
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.server_side_emit(Event::new("reload").arg("prices")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn server_side_emit(&self, event: impl Into<Event>) -> Publishing {
        self.send(Call::ServerSideEmit(event.into()))
    }

    /// The SQL statement of a call, to be run in a transaction of the caller's: clients hear of it
    /// if and when that commits. Sends nothing by itself, and needs no connection of the emitter's.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Emitter, Event};
    /// # async fn pay(
    /// #     io: &Emitter,
    /// #     client: &mut tokio_postgres::Client,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let transaction = client.transaction().await?;
    /// transaction.execute("UPDATE orders SET state = 'paid' WHERE id = $1", &[&17]).await?;
    /// io.to("order:17").statement(Event::new("paid").arg(17))?.run(&transaction).await?;
    /// transaction.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// An attachment is written with a time that keeps it for
    /// [`Options::attachment_ttl`](super::Options::attachment_ttl). In a database that is not UTF8,
    /// PostgreSQL refuses a character that it lacks, with `22P05`.
    ///
    /// # Errors
    /// `ERR_RESERVED_EVENT`, `ERR_NOT_SERIALIZABLE`, as [`Broadcast::emit`].
    pub fn statement(&self, call: impl Into<Call>) -> Result<Statement, Error> {
        self.emitter.writer.statement(call.into(), &self.target)
    }

    /// The namespace of the chosen sockets.
    ///
    /// ```
    /// # fn run(io: &socketio_postgres_emitter::Emitter) {
    /// assert_eq!(io.to("room1").namespace().name(), "/");
    /// # }
    /// ```
    pub fn namespace(&self) -> &Namespace {
        self.emitter.namespace()
    }

    /// The channel, table and threshold of the messages.
    ///
    /// ```
    /// # fn run(io: &socketio_postgres_emitter::Emitter) {
    /// assert_eq!(io.to("room1").broadcast_options().channel, "socket.io#/");
    /// # }
    /// ```
    pub fn broadcast_options(&self) -> BroadcastOptions<'_> {
        self.emitter.writer.broadcast_options()
    }

    fn send(&self, call: Call) -> Publishing {
        let observation = self.emitter.observe(call.name(), call.event());
        self.emitter.publish(call.into_parts(), &self.target, observation)
    }
}
