//! A door to a private step, for `benches/message.rs`: no part of the API.

use super::copies::{self, Copies};
use crate::wire::Channel;

/// Keeps the equal ones among the payloads of one transaction apart; returns how many bytes that
/// adds to them.
pub fn deduplicate(payloads: &[Vec<u8>]) -> usize {
    let channel = Channel::new("socket.io#/");
    let mut copies = Copies::default();
    payloads.iter().map(|payload| copies::suffix(copies.count(&channel, payload)).count()).sum()
}
