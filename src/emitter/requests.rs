//! The calls of [`Broadcast`] that are answered.

use std::time::Duration;

use super::call::Parts;
use super::observation::Observation;
use super::requesting::Read;
use super::{Broadcast, Call, Event, RemoteSocket, Requesting};
use crate::error::Error;
use crate::wire::Response;

impl Broadcast {
    /// How long the answers to a request are waited for, once PostgreSQL has committed it: 5 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// let answers = io.timeout(Duration::from_secs(1)).emit_with_ack("ready?").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends an event, and collects the clients' acknowledgements, in the order in which they come.
    ///
    /// ```
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
        self.ask("emit_with_ack", Call::Emit(event.into()))
    }

    /// Fetches the sockets that match, on all servers, with their `data`, which may hold bytes and times.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// for socket in io.to("tellers").fetch_sockets().await? {
    ///     println!("{}: {}", socket.id, socket.data);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Broadcast::emit_with_ack`]; `ERR_INVALID_RESPONSE`, with the other sockets, when one cannot be read.
    pub fn fetch_sockets(&self) -> Requesting<RemoteSocket> {
        let observation = self.emitter.observe("fetch_sockets", None);
        self.request(Ok(Parts::fetch()), observation, |response, namespace| {
            RemoteSocket::read(&response, namespace)
        })
    }

    /// Sends an event to the servers themselves, all of the namespace: rooms do not matter. Collects the
    /// value that the listener of each gave its callback.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// for load in io.server_side_emit_with_ack("load").await? {
    ///     println!("{}", load.parse::<f64>()?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Broadcast::emit_with_ack`].
    pub fn server_side_emit_with_ack(&self, event: impl Into<Event>) -> Requesting<Response> {
        self.ask("server_side_emit_with_ack", Call::ServerSideEmit(event.into()))
    }

    fn ask(&self, name: &'static str, call: Call) -> Requesting<Response> {
        let observation = self.emitter.observe(name, call.event());
        self.request(call.into_parts(), observation, |response, _| Ok(response))
    }

    fn request<R>(
        &self,
        parts: Result<Parts, Error>,
        observation: Option<Observation>,
        read: Read<R>,
    ) -> Requesting<R> {
        let namespace = &self.emitter.writer.namespace;
        match self.emitter.ask(parts, &self.target, self.timeout, observation) {
            Ok(outcome) => Requesting::new(outcome, namespace, read),
            Err(error) => Requesting::refused(error, namespace, read),
        }
    }
}
