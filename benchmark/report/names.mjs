// What the peers are called for people.

export const NAMES = {
  ours: "this emitter",
  official: "official emitter, pool of 10",
  batcher: "JavaScript batcher",
  pg: "pg, pool.query",
  postgres: "postgres.js, notify",
  server: "the server alone",
  adapter: "a Socket.IO server, adapter 0.5.0",
  floor: "(stringify and a promise)",
};
