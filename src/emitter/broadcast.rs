//! Whom a message is for.

use std::time::Duration;

use super::event::Packet;
use super::{Call, Emitter, Event, Publishing, RemoteSocket, Requesting, Rooms};
use crate::cluster::DEFAULT_REQUEST_TIMEOUT;
use crate::error::Error;
use crate::postgres::Statement;
use crate::protocol::{Kind, Response};

/// A choice of sockets. Immutable: each call gives a new one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Broadcast {
    emitter: Emitter,
    rooms: Rooms,
    except: Rooms,
    volatile: bool,
    compress: Option<bool>,
    timeout: Duration,
}

impl Broadcast {
    pub(super) fn new(emitter: Emitter) -> Self {
        Self {
            emitter,
            rooms: Rooms::default(),
            except: Rooms::default(),
            volatile: false,
            compress: None,
            timeout: DEFAULT_REQUEST_TIMEOUT,
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

    /// How long the answers to a request are waited for, once PostgreSQL has committed it: 5 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
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

    /// Sends an event, and gives what the clients acknowledge it with, in the order in which that came.
    ///
    /// ```no_run
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// for answer in io.to("tellers").emit_with_ack("how many?").await? {
    ///     println!("{}", answer.parse::<u32>()?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Broadcast::emit`], with the answers that came until then: `ERR_ACK_TIMEOUT`, when not all
    /// did in [time](Broadcast::timeout); `ERR_LISTENER_LOST`, when the connection was lost that listens
    /// for them; `ERR_LISTENER_POOLED`, when that goes through a pooler in transaction mode
    /// ([`Options::listen_settings`](super::Options::listen_settings)); `ERR_TIMEOUT`, when the servers
    /// could not be found; `ERR_NOT_SUPPORTED`, where messages go through the outbox.
    pub fn emit_with_ack(&self, event: impl Into<Event>) -> Requesting<Response> {
        self.ask(Kind::Broadcast, Some(&self.flags()), event.into().into_packet(), Ok)
    }

    /// The sockets that match, on whichever server.
    ///
    /// # Errors
    /// As [`Broadcast::emit_with_ack`].
    pub fn fetch_sockets(&self) -> Requesting<RemoteSocket> {
        let packet = Ok((String::new(), Vec::new()));
        self.ask(Kind::FetchSockets, Some(&self.flags()), packet, RemoteSocket::read)
    }

    /// Sends an event to the servers themselves, all of the namespace: rooms do not matter. Gives what
    /// the listener of each gave its callback.
    ///
    /// # Errors
    /// As [`Broadcast::emit_with_ack`].
    pub fn server_side_emit_with_ack(&self, event: impl Into<Event>) -> Requesting<Response> {
        self.ask(Kind::ServerSideEmit, None, event.into().into_server_side_packet(), Ok)
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

    fn ask<R>(
        &self,
        kind: Kind,
        flags: Option<&str>,
        packet: Result<Packet, Error>,
        read: fn(Response) -> Result<R, Error>,
    ) -> Requesting<R> {
        let opts = match kind {
            Kind::ServerSideEmit => String::new(),
            _ => self.opts(flags),
        };
        match packet {
            Ok(packet) => self.emitter.ask(kind, opts, packet, self.timeout, read),
            Err(error) => Requesting::refused(error, read),
        }
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
