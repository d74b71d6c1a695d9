// The command `watch`, while it listens.

import { attachmentTableSql } from "../../index.js";
import { connectionStringOf } from "../../tools/postgres.mjs";
import { startCommand } from "./command.mjs";
import { emitterFor } from "./emitters.mjs";

export const PASSWORD = "least";

/** A watcher that listens, on a database of its own: as its owner, or as `user`. */
export function watchingWith(postgres) {
  return async function watching(t, flags = [], { user, sql = "", ...options } = {}) {
    const database = await postgres.database(`${attachmentTableSql()};${sql}`);
    const address = user
      ? connectionStringOf({ ...database.config, user, password: PASSWORD })
      : database.connectionString;
    const args = ["watch", "--url", address, ...flags];
    const watcher = startCommand(args, options);
    t.teardown(() => watcher.child.kill("SIGKILL"));
    await watcher.until(({ stderr }) => stderr.startsWith("listening on "));
    return { ...watcher, database, io: emitterFor(t, database) };
  };
}

export const linesOf = (stdout) => stdout.split("\n").slice(0, -1);
