//! The answers to a request, and what is missing of them.

use std::collections::{HashMap, HashSet};

use crate::wire::{AnswerContent, Kind, Response};

/// The answers that came, and those that have to come of each server that was there to receive the request.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) responses: Vec<Response>,
    missing: Missing,
}

#[derive(Debug)]
enum Missing {
    Servers(Servers),
    Clients(Clients),
}

/// Requests of which each server sends one answer.
#[derive(Debug, Default)]
struct Servers {
    missing: HashSet<String>,
    answered: HashSet<String>,
}

/// Acknowledgements of clients: each server first says how many of them it has asked.
#[derive(Debug, Default)]
struct Clients {
    servers: HashMap<String, Asked>,
    gone: HashSet<String>,
}

#[derive(Debug, Default)]
struct Asked {
    /// How many clients were asked; `None` until the server has said so.
    count: Option<u64>,
    answered: u64,
}

impl Collector {
    /// A collector for a request of this kind, which these servers will receive.
    pub(super) fn new<'a>(kind: Kind, uids: impl Iterator<Item = &'a str>) -> Self {
        let missing = if kind == Kind::Broadcast {
            Missing::Clients(Clients::default())
        } else {
            Missing::Servers(Servers::default())
        };
        let mut collector = Self { responses: Vec::new(), missing };
        uids.for_each(|uid| collector.expect(uid));
        collector
    }

    /// One more server will receive the request.
    pub(super) fn expect(&mut self, uid: &str) {
        match &mut self.missing {
            Missing::Servers(Servers { missing, answered }) => {
                if !answered.contains(uid) {
                    missing.insert(uid.to_owned());
                }
            }
            Missing::Clients(clients) => {
                clients.asked_by(uid);
            }
        }
    }

    /// A server will not answer any more. Answers of its clients that still come count.
    pub(super) fn gone(&mut self, uid: &str) {
        match &mut self.missing {
            Missing::Servers(servers) => {
                servers.missing.remove(uid);
            }
            Missing::Clients(Clients { servers, gone }) => {
                servers.remove(uid);
                gone.insert(uid.to_owned());
            }
        }
    }

    /// Adds an answer, unless it answers another kind of request. A request that was sent twice
    /// (`retry_unknown`) is answered twice: of a server one answer counts, and of its clients as many as it
    /// asked.
    pub(super) fn add(&mut self, uid: &str, kind: Kind, content: AnswerContent) {
        match (&mut self.missing, content) {
            (Missing::Servers(servers), content) => {
                let responses = match (kind, content) {
                    (Kind::FetchSockets, AnswerContent::Sockets(sockets)) => sockets,
                    (Kind::ServerSideEmit, AnswerContent::OfServer(response)) => vec![response],
                    _ => return,
                };
                if servers.answered.insert(uid.to_owned()) {
                    servers.missing.remove(uid);
                    self.responses.extend(responses);
                }
            }
            (Missing::Clients(clients), AnswerContent::ClientCount(count)) => {
                if let Some(asked) = clients.asked_by(uid) {
                    asked.count = Some(count);
                }
            }
            (Missing::Clients(clients), AnswerContent::OfClient(response)) => {
                if let Some(asked) = clients.asked_by(uid) {
                    if asked.count == Some(asked.answered) {
                        return;
                    }
                    asked.answered += 1;
                }
                self.responses.push(response);
            }
            _ => {}
        }
    }

    /// How many answers are missing at least: one of a server that has not yet said how many clients it
    /// asked.
    pub(super) fn missing(&self) -> u64 {
        match &self.missing {
            Missing::Servers(servers) => servers.missing.len() as u64,
            Missing::Clients(clients) => {
                let of_each = |asked: &Asked| match asked.count {
                    Some(count) => count.saturating_sub(asked.answered),
                    None => 1,
                };
                clients.servers.values().map(of_each).fold(0, u64::saturating_add)
            }
        }
    }
}

impl Clients {
    /// `None` for a server that is gone.
    fn asked_by(&mut self, uid: &str) -> Option<&mut Asked> {
        if self.gone.contains(uid) {
            return None;
        }
        Some(self.servers.entry(uid.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collector(kind: Kind) -> Collector {
        Collector::new(kind, ["a", "b"].into_iter())
    }

    #[test]
    fn one_answer_of_each_server() {
        let mut collector = collector(Kind::ServerSideEmit);
        let mut add = |uid| {
            let content = AnswerContent::OfServer(Response::absent());
            collector.add(uid, Kind::ServerSideEmit, content);
            (collector.responses.len(), collector.missing())
        };
        assert_eq!(add("a"), (1, 1));
        assert_eq!(add("a"), (1, 1));
        assert_eq!(add("late"), (2, 1));
        assert_eq!(add("b"), (3, 0));
        collector.expect("a");
        assert_eq!(collector.missing(), 0);
        collector.expect("c");
        assert_eq!(collector.missing(), 1);
        collector.gone("c");
        assert_eq!(collector.missing(), 0);
    }

    #[test]
    fn what_answers_another_kind_of_request_is_none() {
        let mut collector = collector(Kind::FetchSockets);
        collector.add("a", Kind::FetchSockets, AnswerContent::OfServer(Response::absent()));
        collector.add("a", Kind::FetchSockets, AnswerContent::ClientCount(1));
        assert_eq!((collector.responses.len(), collector.missing()), (0, 2));
        collector.add("a", Kind::FetchSockets, AnswerContent::Sockets(Vec::new()));
        assert_eq!((collector.responses.len(), collector.missing()), (0, 1));
    }

    #[test]
    fn as_many_clients_as_were_asked() {
        let mut collector = collector(Kind::Broadcast);
        let mut add = |uid, content| {
            collector.add(uid, Kind::Broadcast, content);
            (collector.responses.len(), collector.missing())
        };
        let client = || AnswerContent::OfClient(Response::absent());
        assert_eq!(add("a", client()), (1, 2));
        assert_eq!(add("a", AnswerContent::ClientCount(2)), (1, 2));
        assert_eq!(add("a", client()), (2, 1));
        // Asked twice, each client answers twice.
        assert_eq!(add("a", client()), (2, 1));
        assert_eq!(add("b", AnswerContent::ClientCount(u64::MAX)), (2, u64::MAX));
        assert_eq!(add("c", AnswerContent::ClientCount(5)), (2, u64::MAX));
        collector.gone("b");
        collector.gone("c");
        assert_eq!(collector.missing(), 0);
        collector.add("b", Kind::Broadcast, client());
        assert_eq!((collector.responses.len(), collector.missing()), (3, 0));
    }
}
