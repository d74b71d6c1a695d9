// The emitter's state and its counts.

import { byId, make, pulse } from "./elements.mjs";

const COUNTS = {
  messages: "messages",
  bytes: "bytes",
  batches: "batches",
  attachments: "attachments",
  failed: "failed",
  inFlight: "in flight",
  queuedBytes: "bytes queued",
  reconnects: "reconnects",
};

export function showAbout({ emitter, postgres }) {
  byId("emitter-process").textContent = `process ${emitter.pid}`;
  byId("postgres").textContent = `${postgres.version}, port ${postgres.port}`;
}

export function showEmitter({ state, stats }) {
  const badge = byId("emitter-state");
  badge.textContent = state;
  badge.dataset.state = state;
  // Of a process that has ended there are none; the last ones stay.
  if (!stats) return;
  byId("stats").replaceChildren(
    ...Object.entries(COUNTS).map(([name, label]) =>
      make("div", {}, make("dt", {}, label), make("dd", {}, stats[name].toLocaleString("en"))),
    ),
  );
}

export const showCalling = () => pulse(byId("emitter-node"));
