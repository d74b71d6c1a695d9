//! The Node.js addon: the only place that names napi.
//!
//! `index.js` gives it its public face. Its calls are made for speed: many messages in one call, as one text,
//! and one call back for each group that PostgreSQL committed.

#![cfg_attr(
    test,
    allow(dead_code, reason = "napi's macros leave their exports out of `cargo test`")
)]
#![allow(unreachable_pub, reason = "napi exports what Rust cannot reach")]

mod aside;
mod callback;
mod constants;
mod failure;
mod identity;
mod keep_alive;
mod listener_plan;
mod message_pack;
mod namespace;
mod options;
mod outbox;
mod password;
mod promise;
mod publisher;
mod publisher_stats;
mod publisher_tables;
mod question;
mod relay;
mod report;
mod requests;
mod roots;
mod runtime;
mod settings;
mod statements;
mod watcher;
