// The flags, and what they are when not given.

import { parseArgs } from "node:util";

const HELP = `npm run soak -- [flags]

Three emitters under a mixed load, while sessions are terminated, the network stalls and breaks,
PostgreSQL is restarted, and worker threads end while they ask. Fails when a message was lost or came
twice.

  --minutes N     how long (5)
  --seed N        of what is random; printed, and another each time when not given
  --postgres N    16 or 18 (18)
  --json          the figures as JSON
  --help`;

const FLAGS = {
  minutes: { type: "string", default: "5" },
  seed: { type: "string" },
  postgres: { type: "string", default: "18" },
  json: { type: "boolean", default: false },
  help: { type: "boolean" },
};

const numberOf = (name, text) => {
  const number = Number(text);
  if (number > 0) return number;
  throw new Error(`--${name} wants a number above 0, not "${text}"`);
};

/** The options of a soak, or `{ help }`. */
export function readOptions(args) {
  const { values } = parseArgs({ args, options: FLAGS });
  if (values.help) return { help: HELP };
  return {
    minutes: numberOf("minutes", values.minutes),
    seed: numberOf("seed", values.seed ?? Math.ceil(Math.random() * 2 ** 31)),
    postgres: numberOf("postgres", values.postgres),
    json: values.json,
  };
}
