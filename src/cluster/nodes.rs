//! The live servers of a namespace.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// How long a server that said goodbye counts as gone, even if a message of it arrives: it publishes through
/// a pool, where the goodbye can overtake what was said before.
const GONE_FOR: Duration = Duration::from_secs(60);

/// The live servers of one namespace. Each is known by the uid of its adapter.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    last_received: HashMap<String, Instant>,
    closed_at: HashMap<String, Instant>,
}

impl Nodes {
    /// A message of a server was received; returns whether the server is new.
    pub(super) fn received(&mut self, uid: &str) -> bool {
        if self.closed_at.contains_key(uid) {
            return false;
        }
        self.last_received.insert(uid.to_owned(), Instant::now()).is_none()
    }

    /// A server has said goodbye.
    pub(super) fn closed(&mut self, uid: &str) {
        let now = Instant::now();
        self.gone(uid);
        self.closed_at.retain(|_, at| now.duration_since(*at) < GONE_FOR);
        self.closed_at.insert(uid.to_owned(), now);
    }

    pub(super) fn gone(&mut self, uid: &str) {
        self.last_received.remove(uid);
    }

    pub(super) fn has(&self, uid: &str) -> bool {
        self.last_received.contains_key(uid)
    }

    /// The nodes of which no message was received since.
    pub(super) fn silent_since(&self, time: Instant) -> impl Iterator<Item = &str> {
        let silent = move |at: &Instant| *at < time;
        self.last_received.iter().filter(move |(_, at)| silent(at)).map(|(uid, _)| uid.as_str())
    }

    pub(super) fn uids(&self) -> impl Iterator<Item = &str> {
        self.last_received.keys().map(String::as_str)
    }

    pub(super) fn count(&self) -> usize {
        self.last_received.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_said_goodbye_stays_away_for_a_while() {
        let mut nodes = Nodes::default();
        assert!(nodes.received("a"));
        assert!(!nodes.received("a"));
        nodes.closed("a");
        assert!(!nodes.received("a"));
        assert_eq!(nodes.count(), 0);
        tokio::time::advance(GONE_FOR).await;
        nodes.closed("b");
        assert!(nodes.received("a"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_silent_are_those_not_received_since() {
        let mut nodes = Nodes::default();
        nodes.received("a");
        tokio::time::advance(Duration::from_secs(1)).await;
        let since = Instant::now();
        nodes.received("b");
        assert_eq!(nodes.silent_since(since).collect::<Vec<_>>(), ["a"]);
        nodes.gone("a");
        assert_eq!(nodes.uids().collect::<Vec<_>>(), ["b"]);
        assert!(nodes.has("b") && !nodes.has("a"));
    }
}
