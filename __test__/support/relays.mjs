// Relays, and what they have published.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { attachmentTableSql, outboxSql } from "../../index.js";
import { eventually } from "./database.mjs";
import { emitterFor } from "./emitters.mjs";

const PROGRAM = fileURLToPath(new URL("./relay-process.mjs", import.meta.url));

/**
 * The tables; `removed`, all that was ever taken out of the outbox, with the transaction that did it,
 * written by a trigger in that transaction (within one, messages are notified in the order of their ids);
 * and `ledger`, which writers fill in the transactions of their messages.
 */
export const AUDITED_OUTBOX_SQL = `${attachmentTableSql()}${outboxSql()}
  CREATE TABLE removed (batch bigint, outbox_id bigint, n int);
  CREATE TABLE ledger (n int, writer int, began timestamptz, done timestamptz);
  CREATE FUNCTION note_removal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO removed
        VALUES (pg_current_xact_id()::text::bigint, OLD.id, (substring(OLD.payload FROM '"load",([0-9]+)'))::int);
      RETURN OLD;
    END $$;
  CREATE TRIGGER note_removal AFTER DELETE ON socket_io_outbox
    FOR EACH ROW EXECUTE FUNCTION note_removal();`;

/** A relay in a process of its own, for the length of the test `t`. */
export function relayProcess(t, { connectionString }, options = {}) {
  const child = spawn(process.execPath, [PROGRAM, connectionString, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const relay = {
    state: undefined,
    kill: () => child.kill("SIGKILL"),
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
  };
  createInterface(child.stdout).on("line", (state) => {
    relay.state = state;
  });
  t.teardown(relay.kill);
  return relay;
}

/** The one of `relays` that is active. */
export function activeOf(relays) {
  return eventually(
    () => relays.find(({ state }) => state === "active"),
    "one of the relays is active",
  );
}

/** Relays on `emitter`, closed when the test ends. */
export function relayFor(t, emitter, options) {
  const relay = emitter.relay(options);
  t.teardown(() => relay.close());
  return relay;
}

/** An emitter with a relay, and what the relay said. */
export function relaying(t, database, options = {}) {
  const errors = [];
  const states = [];
  const emitter = emitterFor(t, database, "/", { errorHandler: () => {} });
  const relay = relayFor(t, emitter, {
    errorHandler: (error) => errors.push(error),
    onStateChange: ({ state }) => states.push(state),
    ...options,
  });
  return { emitter, relay, errors, states };
}
