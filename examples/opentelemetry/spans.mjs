// Turns each call of an emitter into an OpenTelemetry span, with the semantic conventions for
// messaging: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/

import { tracingChannel } from "node:diagnostics_channel";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

/**
 * Where @opentelemetry/context-async-hooks, Node's context manager, keeps the active context. It has no
 * public name; without it there are the same spans, of which none is a parent.
 */
const activeContext = () => context._getContextManager?.()._asyncLocalStorage;

/** Begins to make spans; gives what ends it. */
export function traceEmitters() {
  const tracer = trace.getTracer("socket.io-postgres-emitter-rs");
  const spans = new WeakMap();
  const spanOf = (call) => {
    const known = spans.get(call);
    if (known) return known;
    const span = tracer.startSpan(`${call.kind} ${call.channel}`, {
      kind: SpanKind.PRODUCER,
      attributes: {
        "messaging.system": "socket.io",
        "messaging.operation.name": call.kind,
        "messaging.operation.type": "send",
        "messaging.destination.name": call.channel,
        "socket.io.namespace": call.namespace,
        ...(call.event !== undefined && { "socket.io.event_name": call.event }),
      },
    });
    spans.set(call, span);
    return span;
  };
  const subscribers = {
    start(call) {
      spanOf(call);
    },
    // Known once the message has been written, before the call returns.
    end(call) {
      if (call.bytes !== undefined) {
        spans.get(call)?.setAttribute("messaging.message.body.size", call.bytes);
      }
    },
    error(call) {
      const { error } = call;
      spans.get(call)?.setStatus({ code: SpanStatusCode.ERROR, message: error?.message });
      // An executor of yours may reject with anything, be it nothing.
      spans.get(call)?.setAttribute("error.type", error?.code ?? error?.name ?? "_OTHER");
    },
    asyncEnd(call) {
      spans.get(call)?.end();
    },
  };
  const channel = tracingChannel("socket.io-postgres-emitter:publish");
  channel.subscribe(subscribers);
  // What runs within the call, as the query of `using` and `outbox`, is a child of its span.
  const storage = activeContext();
  if (storage) {
    channel.start.bindStore(storage, (call) => trace.setSpan(context.active(), spanOf(call)));
  }
  return () => {
    channel.unsubscribe(subscribers);
    if (storage) channel.start.unbindStore(storage);
  };
}
