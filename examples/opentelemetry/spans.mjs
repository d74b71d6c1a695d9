// Turns each call of an emitter into an OpenTelemetry span, with the semantic conventions for
// messaging: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/

import { tracingChannel } from "node:diagnostics_channel";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

/** Begins to make spans; gives what ends it. */
export function traceEmitters() {
  const tracer = trace.getTracer("socket.io-postgres-emitter-rs");
  const spans = new WeakMap();
  const subscribers = {
    start(call) {
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
  return () => channel.unsubscribe(subscribers);
}
