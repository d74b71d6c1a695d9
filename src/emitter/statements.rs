//! Statements without an emitter.

use super::target::Target;
use super::writer::Writer;
use super::{BroadcastOptions, Call, Options};
use crate::error::Error;
use crate::transport::Statement;
use crate::wire::{Namespace, Rooms};

/// Makes the statements of calls, for connections of the caller's: needs neither a connection of its own nor
/// a runtime. A choice of sockets, as a [`Broadcast`](super::Broadcast) is: each call gives a new one.
///
/// ```
/// use socketio_postgres_emitter::{Event, Options, Statements, Value};
///
/// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
/// let statements = Statements::new(Options::default())?;
/// let paid = Event::new("paid").arg(17);
/// // Notifies when the transaction commits in which it is run.
/// let notify = statements.to("order:17").statement(paid.clone())?;
/// assert!(notify.text().contains("pg_notify"));
/// // Writes a row of the outbox, which a relay publishes once it is committed.
/// let row = statements.outbox().to("order:17").statement(paid)?;
/// assert!(row.text().starts_with("INSERT INTO \"socket_io_outbox\""));
/// assert_eq!(row.values()[0], Value::Text("socket.io#/".to_owned()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Statements {
    writer: Writer,
    target: Target,
}

impl Statements {
    /// Statements for everyone in the main namespace, `/`.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Options, Statements};
    /// let statements = Statements::new(Options::builder().channel_prefix("app").build());
    /// assert!(statements.is_ok());
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a channel prefix that PostgreSQL cannot carry, or an `attachment_ttl` of
    /// more than 2⁵³ - 1 ms.
    pub fn new(options: Options) -> Result<Self, Error> {
        Ok(Self { writer: Writer::new(options)?, target: Target::default() })
    }

    /// The same for another namespace, and everyone in it. A missing leading `/` is added.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Options, Statements};
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let admins = Statements::new(Options::default())?.of("admin")?;
    /// assert_eq!(admins.namespace().name(), "/admin");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a name that holds U+0000, which PostgreSQL cannot carry.
    pub fn of(&self, namespace: &str) -> Result<Self, Error> {
        Ok(Self { writer: self.writer.of(namespace)?, target: Target::default() })
    }

    /// The same with statements that write rows of the outbox.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Options, Statements};
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let row = Statements::new(Options::default())?.outbox().statement("reload")?;
    /// assert_eq!(row.values().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn outbox(&self) -> Self {
        Self { writer: self.writer.outbox(), target: self.target.clone() }
    }

    /// Chooses the sockets in these rooms, beside those already chosen. While no room is named, everyone is
    /// chosen.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Statements;
    /// # fn run(statements: &Statements) -> Result<(), socketio_postgres_emitter::Error> {
    /// let statement = statements.to(["room1", "room2"]).statement("news")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn to(&self, rooms: impl Into<Rooms>) -> Self {
        self.changed(|target| target.rooms.add(rooms.into()))
    }

    /// The same as [`Statements::to`]: Socket.IO's `in`, which is a word of Rust's.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Call, Statements};
    /// # fn run(statements: &Statements) -> Result<(), socketio_postgres_emitter::Error> {
    /// let call = Call::DisconnectSockets { close: true };
    /// let statement = statements.within("room1").statement(call)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn within(&self, rooms: impl Into<Rooms>) -> Self {
        self.to(rooms)
    }

    /// Leaves out the sockets in these rooms.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Statements;
    /// # fn run(statements: &Statements) -> Result<(), socketio_postgres_emitter::Error> {
    /// let statement = statements.except("muted").statement("news")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn except(&self, rooms: impl Into<Rooms>) -> Self {
        self.changed(|target| target.except.add(rooms.into()))
    }

    /// Lets the servers drop the event for a client that is not ready to receive it.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Statements;
    /// # fn run(statements: &Statements) -> Result<(), socketio_postgres_emitter::Error> {
    /// let statement = statements.volatile().statement("tick")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn volatile(&self) -> Self {
        self.changed(|target| target.volatile = true)
    }

    /// Says whether the servers compress the event. Without it they decide by their own settings.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Statements;
    /// # fn run(statements: &Statements) -> Result<(), socketio_postgres_emitter::Error> {
    /// let statement = statements.compress(false).statement("tick")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn compress(&self, compress: bool) -> Self {
        self.changed(|target| target.compress = Some(compress))
    }

    /// The statement of a call. See [`Broadcast::statement`](super::Broadcast::statement).
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Call, Rooms, Statements};
    /// # async fn run(statements: &Statements, client: &tokio_postgres::Client) -> Result<(), socketio_postgres_emitter::Error> {
    /// let join = Call::SocketsJoin(Rooms::from("staff"));
    /// statements.to("tellers").statement(join)?.run(client).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_RESERVED_EVENT`, `ERR_NOT_SERIALIZABLE`.
    pub fn statement(&self, call: impl Into<Call>) -> Result<Statement, Error> {
        self.writer.statement(call.into(), &self.target)
    }

    /// The namespace of the chosen sockets.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Options, Statements};
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(Statements::new(Options::default())?.namespace().name(), "/");
    /// # Ok(())
    /// # }
    /// ```
    pub fn namespace(&self) -> &Namespace {
        &self.writer.namespace
    }

    /// The channel, table and threshold of the messages.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Options, Statements};
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let statements = Statements::new(Options::default())?;
    /// assert_eq!(statements.broadcast_options().channel, "socket.io#/");
    /// # Ok(())
    /// # }
    /// ```
    pub fn broadcast_options(&self) -> BroadcastOptions<'_> {
        self.writer.broadcast_options()
    }

    fn changed(&self, change: impl FnOnce(&mut Target)) -> Self {
        let mut changed = self.clone();
        change(&mut changed.target);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Kind;
    use crate::{Broadcaster, Emitter, Settings};
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn as_an_emitter_makes_them() {
        let options = Options::builder().channel_prefix("app").build();
        let io = Emitter::new(Settings::default(), options.clone()).unwrap().of("/a").unwrap();
        let statements = Statements::new(options).unwrap().of("a").unwrap();
        let all = [
            (statements.outbox().to("a").except("b"), io.outbox().to("a").except("b")),
            (statements.outbox().volatile(), io.outbox().volatile()),
            (statements.compress(true).within(1).outbox(), io.outbox().compress(true).within(1)),
        ];
        for (statements, io) in all {
            for call in [
                Call::from("ev"),
                Call::Emit(crate::Event::new("ev").bytes("bytes")),
                Call::SocketsLeave(Rooms::from("z")),
                Call::ServerSideEmit("ev".into()),
            ] {
                assert_eq!(
                    statements.statement(call.clone()).unwrap(),
                    io.statement(call).unwrap()
                );
            }
        }
    }

    /// Chooses many rooms, one by one, while each choice may still be used.
    fn chain<C>(first: C, to: impl Fn(&C, usize) -> C) -> C {
        (0..20_000).fold(first, |choice, number| to(&choice, number))
    }

    #[tokio::test]
    async fn rooms_that_are_chosen_one_by_one_cost_no_more_each_time() {
        let statements = Statements::new(Options::default()).unwrap();
        let io = Emitter::new(Settings::default(), Options::default()).unwrap();
        let begin = Instant::now();
        let chosen = chain(statements, |choice, number| choice.to(number).except(number));
        let broadcast = chain(io.broadcast(), |choice, number| {
            Broadcaster::except(&Broadcaster::to(choice, number), number)
        });
        let last = ",19998,19999]\t[0,1,";
        for target in [chosen.target, broadcast.target] {
            assert!(target.opts(Kind::Broadcast).contains(last));
        }
        // It was minutes when each choice copied those before.
        assert!(begin.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn without_a_runtime_and_each_unlike_the_others() {
        let statements = Statements::new(Options::default()).unwrap();
        assert_ne!(statements.statement("ev").unwrap(), statements.statement("ev").unwrap());
        assert_eq!(statements.statement("connect").unwrap_err().code(), "ERR_RESERVED_EVENT");
        assert_eq!(statements.of("\0").unwrap_err().code(), "ERR_INVALID_ARG_VALUE");
    }
}
