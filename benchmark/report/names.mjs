// What peers and sizes are called for people.

export const NAMES = {
  ours: "this emitter",
  official: "official emitter, pool of 10",
  batcher: "JavaScript batcher",
  pg: "pg, pool.query",
  postgres: "postgres.js, notify",
  server: "the server alone",
  adapter: "a Socket.IO server, adapter 0.5.0",
  floor: "(stringify and a promise)",
  count: "(pg, ask and count)",
  none: "no emit",
  using: "using: a NOTIFY",
  outbox: "outbox: a row, and a relay",
  woken: "outbox, and relay.wake()",
  relay: "the relay",
  held: "the relay, a snapshot held open",
  alone: "emit, nothing beside",
  beside: "emit beside a relay that drains",
};

const KB = 1_000;
const MB = 1_000_000;

export function sizeName(bytes) {
  if (bytes < KB) return `${bytes} B`;
  return bytes < MB ? `${bytes / KB} kB` : `${bytes / MB} MB`;
}
