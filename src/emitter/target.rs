//! The sockets that a message is for, and how servers send it on.

use super::choice::Choice;
use crate::wire::{Kind, Opts};

/// A choice of sockets, and the flags of an event for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Target {
    pub(super) rooms: Choice,
    pub(super) except: Choice,
    pub(super) volatile: bool,
    pub(super) compress: Option<bool>,
}

impl Target {
    /// The target of a message of this kind, as [`Opts::parse`] reads it.
    pub(super) fn opts(&self, kind: Kind) -> String {
        if matches!(kind, Kind::ServerSideEmit | Kind::InitialHeartbeat) {
            return String::new();
        }
        let has_flags = matches!(kind, Kind::Broadcast | Kind::FetchSockets);
        let flags = if has_flags { self.flags() } else { String::new() };
        Opts { rooms: &self.rooms.json(), except: &self.except.json(), flags: &flags }.text()
    }

    /// The flags as JSON. JavaScript's operator (`JSON.stringify`) and the functions of SQL write their own, each in
    /// its own language: `sql-functions.spec.mjs` compares these two, `message_tests.rs` this with the types.
    fn flags(&self) -> String {
        let volatile = self.volatile.then(|| r#""volatile":true"#.to_owned());
        let compress = self.compress.map(|compress| format!(r#""compress":{compress}"#));
        let flags: Vec<String> = volatile.into_iter().chain(compress).collect();
        format!("{{{}}}", flags.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Rooms;

    #[test]
    fn only_what_clients_get_has_flags() {
        let target = Target {
            rooms: Rooms::from("a").into(),
            volatile: true,
            compress: Some(false),
            ..Target::default()
        };
        assert_eq!(target.opts(Kind::SocketsJoin), "[\"a\"]\t[]\t");
        assert_eq!(
            target.opts(Kind::Broadcast),
            "[\"a\"]\t[]\t{\"volatile\":true,\"compress\":false}"
        );
        assert_eq!(target.opts(Kind::ServerSideEmit), "");
    }
}
