//! Spans of calls, with the semantic conventions of OpenTelemetry for messaging:
//! <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/>

use tracing::field::Empty;
use tracing::{Level, Span, debug, span};

use crate::error::Error;
use crate::transport::ConnectionState;
use crate::wire::Namespace;

/// The span of one call: from its beginning until its message is committed, or is not.
pub(super) struct CallSpan(Span);

impl CallSpan {
    pub(super) fn begin(namespace: &Namespace, call: &'static str, event: Option<&str>) -> Self {
        let channel = namespace.channel_name();
        Self(span!(
            Level::INFO,
            "publish",
            otel.name = format_args!("{call} {channel}"),
            otel.kind = "producer",
            otel.status_code = Empty,
            messaging.system = "socket.io",
            messaging.operation.name = call,
            "messaging.operation.type" = "send",
            messaging.destination.name = channel,
            messaging.message.body.size = Empty,
            socket.io.namespace = namespace.name(),
            socket.io.event_name = event,
            "error.type" = Empty,
        ))
    }

    pub(super) fn is_disabled(&self) -> bool {
        self.0.is_disabled()
    }

    pub(super) fn written(&self, bytes: usize) {
        self.0.record("messaging.message.body.size", bytes);
    }

    pub(super) fn ended(&self, error: Option<&Error>) {
        let Some(error) = error else { return };
        self.0.record("otel.status_code", "ERROR");
        self.0.record("error.type", error.code());
        debug!(parent: &self.0, code = error.code(), %error, "not published");
    }
}

/// The connection's state has changed.
pub(super) fn state_changed(state: ConnectionState, cause: Option<&Error>) {
    match cause {
        Some(error) => debug!(state = state.name(), code = error.code(), %error, "connection"),
        None => debug!(state = state.name(), "connection"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Debug;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use crate::{Emitter, Event as Packet, Options, Settings};

    type Fields = BTreeMap<&'static str, String>;

    /// Keeps the fields of each span, and whether it has ended.
    #[derive(Clone, Default)]
    struct Spans(Arc<Mutex<Vec<(Fields, bool)>>>);

    struct Reader<'a>(&'a mut Fields);

    impl Visit for Reader<'_> {
        fn record_str(&mut self, field: &Field, value: &str) {
            self.0.insert(field.name(), value.to_owned());
        }

        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            self.0.insert(field.name(), format!("{value:?}"));
        }
    }

    fn index(id: &Id) -> usize {
        id.into_u64() as usize - 1
    }

    impl Subscriber for Spans {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target().starts_with("socketio_postgres_emitter") && metadata.is_span()
        }

        fn new_span(&self, attributes: &Attributes<'_>) -> Id {
            let mut fields = Fields::new();
            attributes.record(&mut Reader(&mut fields));
            let mut spans = self.0.lock().unwrap();
            spans.push((fields, false));
            Id::from_u64(spans.len() as u64)
        }

        fn record(&self, id: &Id, values: &Record<'_>) {
            values.record(&mut Reader(&mut self.0.lock().unwrap()[index(id)].0));
        }

        fn try_close(&self, id: Id) -> bool {
            self.0.lock().unwrap()[index(&id)].1 = true;
            true
        }

        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[tokio::test]
    async fn a_call_is_a_span_until_it_is_settled() {
        let spans = Spans::default();
        let _guard = tracing::subscriber::set_default(spans.clone());
        let options = Options::builder().publish_timeout(Duration::from_millis(50)).build();
        let settings = Settings::builder().host("127.0.0.1").port(1).build();
        let io = Emitter::new(settings, options).unwrap().of("/a").unwrap();
        // Another test may have met the span first, in a thread without a subscriber, for which it is off.
        tracing::callsite::rebuild_interest_cache();
        let sent = io.to("room").emit(Packet::new("ev").bytes([0; 100]));
        let span = |at: usize| spans.0.lock().unwrap()[at].clone();
        assert!(!span(0).1);
        sent.await.unwrap_err();
        let (fields, is_closed) = span(0);
        assert!(is_closed);
        for (name, value) in [
            ("otel.name", "emit socket.io#/a"),
            ("otel.kind", "producer"),
            ("otel.status_code", "ERROR"),
            ("messaging.system", "socket.io"),
            ("messaging.operation.name", "emit"),
            ("messaging.operation.type", "send"),
            ("messaging.destination.name", "socket.io#/a"),
            ("socket.io.namespace", "/a"),
            ("socket.io.event_name", "ev"),
            ("error.type", "ERR_TIMEOUT"),
        ] {
            assert_eq!(fields.get(name).map(String::as_str), Some(value), "{name}");
        }
        let text = r#"{"uid":"emitter","nsp":"/a","source":"_sio_adapter","type":3,"data":{"packet":{"type":2,"data":["ev","\u0000b0"],"nsp":"/a"},"opts":{"rooms":["room"],"except":[],"flags":{}}}}"#;
        // That of the npm package for the same message: `observability.spec.mjs`.
        assert_eq!(fields["messaging.message.body.size"], (text.len() + 100).to_string());
        io.server_side_emit("connect").await.unwrap_err();
        let (fields, is_closed) = span(1);
        assert_eq!((fields["error.type"].as_str(), is_closed), ("ERR_RESERVED_EVENT", true));
    }
}
