//! Event names that belong to Socket.IO.

/// Events that clients know as Socket.IO's own; not to be emitted.
/// <https://socket.io/docs/v4/emit-cheatsheet/#reserved-events>
///
/// ```
/// # use socketio_postgres_emitter::RESERVED_EVENTS;
/// assert!(RESERVED_EVENTS.contains(&"connect"));
/// ```
pub const RESERVED_EVENTS: &[&str] =
    &["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// Events that a server-side emit would turn into a server's own: they fire its connection handlers
/// (`RESERVED_EVENTS` of `socket.io/lib/namespace.ts`).
///
/// ```
/// # use socketio_postgres_emitter::RESERVED_SERVER_EVENTS;
/// assert!(RESERVED_SERVER_EVENTS.contains(&"new_namespace"));
/// ```
pub const RESERVED_SERVER_EVENTS: &[&str] = &["connect", "connection", "new_namespace"];
