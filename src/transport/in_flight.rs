//! Messages that are being sent, and the callers that wait for each of them.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::segments::{Segment, Segments};
use super::ticket::{Group, Settled, Ticket};
use crate::error::Error;

/// A ticket whose messages are being sent.
struct Sending<T> {
    /// `None` once the ticket was settled because its time was up.
    ticket: Option<Ticket<T>>,
    len: usize,
    /// How many of the messages have an outcome.
    decided: usize,
    failures: Vec<(usize, Error)>,
}

/// Publications written out, to be sent segment by segment.
pub(super) struct InFlight<T> {
    sending: VecDeque<Sending<T>>,
    segments: VecDeque<Segment>,
}

impl<T> Default for InFlight<T> {
    fn default() -> Self {
        Self { sending: VecDeque::new(), segments: VecDeque::new() }
    }
}

impl<T> InFlight<T> {
    /// Writes messages out; `ascii_only` for a database that may lack other characters.
    pub(super) fn new(group: Group<T>, ascii_only: bool) -> Self {
        let mut segments = Segments::new(ascii_only);
        let mut sending = VecDeque::with_capacity(group.len());
        for (ticket, submission) in group {
            let len = submission.len();
            segments.set_destination(ticket.destination);
            sending.push_back(Sending {
                ticket: Some(ticket),
                len,
                decided: 0,
                failures: Vec::new(),
            });
            submission.write(&mut segments);
        }
        Self { sending, segments: segments.into_segments().into() }
    }

    /// The next segment, without messages whose callers have timed out.
    pub(super) fn next_segment(&mut self) -> Option<Segment> {
        loop {
            let late = self.skip_late();
            self.drop_first(late);
            if self.sending.is_empty() {
                return None;
            }
            match self.segments.pop_front()? {
                segment if segment.len() == 0 => {}
                segment => return Some(segment),
            }
        }
    }

    /// Puts back a segment that was not sent, or not committed: it is the next once more.
    pub(super) fn put_back(&mut self, segment: Segment) {
        self.segments.push_front(segment);
    }

    /// Takes the outcomes of the messages that come next. Returns the tickets that are settled by that.
    pub(super) fn decide(&mut self, outcomes: Vec<Option<Error>>) -> Vec<Settled<T>> {
        let mut settled = Vec::new();
        for outcome in outcomes {
            let Some(first) = self.sending.front_mut() else { break };
            first.failures.extend(outcome.map(|error| (first.decided, error)));
            first.decided += 1;
            if first.decided == first.len {
                settled.extend(self.sending.pop_front().and_then(Sending::settled));
            }
        }
        settled
    }

    /// Settles the tickets whose time is up: messages of theirs without an outcome have failed.
    pub(super) fn expire(&mut self, error: &Error) -> Vec<Settled<T>> {
        let now = Instant::now();
        let mut settled = Vec::new();
        for sending in &mut self.sending {
            match sending.ticket.take_if(|ticket| ticket.deadline <= now) {
                Some(ticket) => {
                    let late = (sending.decided..sending.len).map(|place| (place, error.clone()));
                    let failures = sending.failures.drain(..).chain(late).collect();
                    settled.push(Settled { caller: ticket.caller, failures });
                }
                // Tickets are in the order of their deadlines.
                None if sending.ticket.is_some() => break,
                None => {}
            }
        }
        settled
    }

    /// Fails every message without an outcome.
    pub(super) fn refuse_all(&mut self, error: &Error) -> Vec<Settled<T>> {
        self.segments.clear();
        let left = self.sending.iter().map(|sending| sending.len - sending.decided).sum();
        self.decide(vec![Some(error.clone()); left])
    }

    /// Whether a caller waits for any of it.
    pub(super) fn is_awaited(&self) -> bool {
        self.sending.iter().any(|sending| sending.ticket.is_some())
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.sending.iter().find_map(|sending| sending.ticket.as_ref()).map(|first| first.deadline)
    }

    /// Removes the tickets whose time was up. Returns how many of the first messages in the segments are
    /// theirs.
    fn skip_late(&mut self) -> usize {
        let mut skipped = 0;
        while let Some(late) = self.sending.front().filter(|sending| sending.ticket.is_none()) {
            skipped += late.len - late.decided;
            self.sending.pop_front();
        }
        skipped
    }

    fn drop_first(&mut self, mut count: usize) {
        while count > 0 {
            let Some(first) = self.segments.pop_front() else { break };
            let len = first.len();
            if len > count {
                self.segments.push_front(first.without_first(count));
            }
            count = count.saturating_sub(len);
        }
    }
}

impl<T> Sending<T> {
    fn settled(self) -> Option<Settled<T>> {
        let failures = self.failures;
        self.ticket.map(|Ticket { caller, .. }| Settled { caller, failures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::segments::Destination;
    use crate::transport::stats::Counts;
    use crate::wire::Submission;
    use std::time::Duration;

    fn in_flight(parts: &[(i32, &[&'static str], Duration)]) -> InFlight<i32> {
        let counts = Counts::default();
        let group = parts.iter().map(|(caller, texts, after)| {
            let share = counts.share(texts.len(), 1, 10).unwrap();
            let deadline = Instant::now() + *after;
            let submission = Box::new(Submission::of_events(texts));
            let destination = Destination::Channel;
            (Ticket { caller: *caller, len: texts.len(), deadline, destination, share }, submission)
        });
        InFlight::new(group.collect(), false)
    }

    fn shown(settled: Vec<Settled<i32>>) -> Vec<(i32, Vec<(usize, String)>)> {
        let failures = |failures: Vec<(usize, Error)>| {
            failures.into_iter().map(|(place, error)| (place, error.code().to_owned())).collect()
        };
        settled.into_iter().map(|one| (one.caller, failures(one.failures))).collect()
    }

    const NOW: Duration = Duration::ZERO;
    const LATER: Duration = Duration::from_secs(60);

    #[test]
    fn outcomes_find_their_tickets() {
        let mut in_flight = in_flight(&[(1, &["a", "b"], LATER), (2, &["c"], LATER)]);
        assert_eq!(in_flight.next_segment().unwrap().len(), 3);
        assert_eq!(shown(in_flight.decide(vec![None])), []);
        let closed = Some(Error::closed());
        let failed = vec![(1, "ERR_CLOSED".to_owned())];
        assert_eq!(shown(in_flight.decide(vec![closed, None])), [(1, failed), (2, vec![])]);
        assert!(!in_flight.is_awaited());
        assert!(in_flight.next_segment().is_none());
    }

    #[test]
    fn what_is_late_is_settled_and_not_sent_again() {
        let mut in_flight = in_flight(&[(1, &["a", "b"], NOW), (2, &["c", "d"], LATER)]);
        let segment = in_flight.next_segment().unwrap();
        assert_eq!(shown(in_flight.decide(vec![None])), []);
        let late = vec![(1, "ERR_CLOSED".to_owned())];
        assert_eq!(shown(in_flight.expire(&Error::closed())), [(1, late)]);
        assert_eq!(shown(in_flight.expire(&Error::closed())), []);
        assert!(in_flight.is_awaited());
        // The rest of the segment, "b" to "d", goes again: only "c" and "d" do.
        in_flight.put_back(segment.without_first(1));
        assert_eq!(in_flight.next_segment().unwrap().len(), 2);
        assert_eq!(shown(in_flight.decide(vec![None, None])), [(2, vec![])]);
    }

    #[test]
    fn the_answer_for_what_was_late_is_passed_over() {
        let mut in_flight = in_flight(&[(1, &["a"], NOW), (2, &["b"], LATER)]);
        assert!(in_flight.next_segment().is_some());
        assert_eq!(in_flight.expire(&Error::closed()).len(), 1);
        assert_eq!(shown(in_flight.decide(vec![None, None])), [(2, vec![])]);
    }
}
