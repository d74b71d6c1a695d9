//! Whom a message is for.

use super::{Call, Emitter, Event, Publishing, Rooms};
use crate::error::Error;
use crate::postgres::Statement;
use crate::protocol::Kind;

/// A choice of sockets. Immutable: each call gives a new one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Broadcast {
    emitter: Emitter,
    rooms: Rooms,
    except: Rooms,
    volatile: bool,
    compress: Option<bool>,
}

impl Broadcast {
    pub(super) fn new(emitter: Emitter) -> Self {
        Self {
            emitter,
            rooms: Rooms::default(),
            except: Rooms::default(),
            volatile: false,
            compress: None,
        }
    }

    /// Also those in these rooms; with no room at all, everyone.
    pub fn to(mut self, rooms: impl Into<Rooms>) -> Self {
        self.rooms.add(rooms.into());
        self
    }

    /// But not those in these rooms.
    pub fn except(mut self, rooms: impl Into<Rooms>) -> Self {
        self.except.add(rooms.into());
        self
    }

    /// The servers may drop the event for a client that is not ready to receive it.
    pub fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    /// Whether the servers compress the event. Without it they decide by their own settings.
    pub fn compress(mut self, compress: bool) -> Self {
        self.compress = Some(compress);
        self
    }

    /// Sends an event. It is queued by the call itself; the future resolves when PostgreSQL has
    /// committed it.
    ///
    /// # Errors
    /// `ERR_RESERVED_EVENT`, `ERR_NOT_SERIALIZABLE`, `ERR_CLOSED`; the server's SQLSTATE (`42P01`:
    /// the attachment table is missing); the network's name (`ECONNREFUSED`);
    /// `ERR_OUTCOME_UNKNOWN`.
    pub fn emit(&self, event: impl Into<Event>) -> Publishing {
        Publishing::of(event.into().into_packet().and_then(|(body, bytes)| {
            self.emitter.publish(Kind::Broadcast, self.opts(Some(&self.flags())), body, bytes)
        }))
    }

    /// Makes the sockets join rooms. Resolves and fails as [`Broadcast::emit`] does.
    pub fn sockets_join(&self, rooms: impl Into<Rooms>) -> Publishing {
        self.send(Kind::SocketsJoin, rooms.into().json())
    }

    /// Makes the sockets leave rooms. Resolves and fails as [`Broadcast::emit`] does.
    pub fn sockets_leave(&self, rooms: impl Into<Rooms>) -> Publishing {
        self.send(Kind::SocketsLeave, rooms.into().json())
    }

    /// Disconnects the sockets; with `close`, their connections too. Resolves and fails as
    /// [`Broadcast::emit`] does.
    pub fn disconnect_sockets(&self, close: bool) -> Publishing {
        self.send(Kind::DisconnectSockets, close.to_string())
    }

    /// The SQL statement of a call, to be run in a transaction of the caller's: clients hear of it
    /// if and when that commits. Sends nothing by itself, and needs no connection of the emitter's.
    ///
    /// ```no_run
    /// # use socketio_postgres_emitter::{Emitter, Event};
    /// # async fn pay(
    /// #     io: &Emitter,
    /// #     client: &mut tokio_postgres::Client,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let transaction = client.transaction().await?;
    /// transaction.execute("UPDATE orders SET state = 'paid' WHERE id = $1", &[&17]).await?;
    /// io.to("order:17").statement(Event::new("paid").arg(&17))?.run(&transaction).await?;
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
    /// `ERR_RESERVED_EVENT`, `ERR_NOT_SERIALIZABLE`.
    pub fn statement(&self, call: impl Into<Call>) -> Result<Statement, Error> {
        let (kind, body, bytes) = call.into().into_parts()?;
        let opts = match kind {
            Kind::ServerSideEmit => String::new(),
            Kind::Broadcast => self.opts(Some(&self.flags())),
            _ => self.opts(None),
        };
        self.emitter.prepare(kind, opts, body, bytes)
    }

    fn send(&self, kind: Kind, body: String) -> Publishing {
        Publishing::of(self.emitter.publish(kind, self.opts(None), body, Vec::new()))
    }

    fn flags(&self) -> String {
        let volatile = self.volatile.then(|| r#""volatile":true"#.to_owned());
        let compress = self.compress.map(|compress| format!(r#""compress":{compress}"#));
        let flags: Vec<String> = volatile.into_iter().chain(compress).collect();
        format!("{{{}}}", flags.join(","))
    }

    fn opts(&self, flags: Option<&str>) -> String {
        let (rooms, except) = (self.rooms.json(), self.except.json());
        match flags {
            Some(flags) => format!(r#"{{"rooms":{rooms},"except":{except},"flags":{flags}}}"#),
            None => format!(r#"{{"rooms":{rooms},"except":{except}}}"#),
        }
    }
}
