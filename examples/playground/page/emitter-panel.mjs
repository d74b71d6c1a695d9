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

function showState(id, state) {
  const badge = byId(id);
  badge.textContent = state;
  badge.dataset.state = state;
}

export function showEmitter({ state, stats, relay }) {
  showState("emitter-state", state);
  showState("relay-state", relay.state);
  if (relay.published !== undefined) {
    byId("relay-counts").textContent = `${relay.published} published, ${relay.waiting} waiting`;
  }
  // Of a process that has ended there are none; the last ones stay.
  if (!stats) return;
  byId("stats").replaceChildren(
    ...Object.entries(COUNTS).map(([name, label]) =>
      make("div", {}, make("dt", {}, label), make("dd", {}, stats[name].toLocaleString("en"))),
    ),
  );
}

/** The playground's process has ended, and the emitter's with it. */
export function showEnded() {
  const state = "process ended";
  showEmitter({ state, relay: { state } });
}

export const showCalling = () => pulse(byId("emitter-node"));
