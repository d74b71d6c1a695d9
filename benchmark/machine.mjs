// Where it was measured, and how much of it others were using.

import { arch, cpus, platform, totalmem } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { flushMicros } from "./flush/index.mjs";

const LOOK_MS = 500;
const BUSY = 0.15;

const times = () =>
  cpus().reduce(
    (sum, { times: { idle, ...busy } }) => ({
      idle: sum.idle + idle,
      busy: sum.busy + Object.values(busy).reduce((a, b) => a + b, 0),
    }),
    { idle: 0, busy: 0 },
  );

/** Describes the machine, and the share of it that is in use before anything was started. */
export async function lookAround() {
  const before = times();
  await wait(LOOK_MS);
  const after = times();
  const busy = after.busy - before.busy;
  const share = busy / (busy + after.idle - before.idle);
  return {
    cores: cpus().length,
    model: cpus()[0]?.model,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.version,
    flushMicros: await flushMicros(),
    busyBefore: share,
    warning:
      share > BUSY
        ? `The machine is ${Math.round(share * 100)} % busy with something else: figures will be off.`
        : undefined,
  };
}
