// What is emitted: the argument of an event, with a run and a sequence number that the listener
// looks for in the message.

import { randomBytes } from "node:crypto";

export const ROOM = "room-1";

/** The names of `count` rooms. */
export const roomNames = (count) => Array.from({ length: count }, (_, i) => `room-${i + 1}`);

/** The names of `count` namespaces; one alone is that of every server. */
export const namespaceNames = (count) =>
  Array.from({ length: count }, (_, i) => (i === 0 ? "/" : `/namespace-${i}`));

/** Numbers of one width, so that every message of a run has the same length. */
export const FIRST_RUN = 1000;
export const FIRST_SEQ = 100_000_000;

const WORDS = "the order of messages is kept while many share one commit and each is told".split(
  " ",
);

/** ASCII words, the same each time, in one flat string. */
const words = (length) => {
  let text = "";
  for (let i = 0; text.length < length; i++) text += `${WORDS[(i * 7 + (i >> 3)) % WORDS.length]} `;
  return Buffer.from(text.slice(0, length)).toString("latin1");
};

/** Gives the argument of the i-th event: `size` bytes as JSON. */
export function smallEvents(run, size) {
  const empty = JSON.stringify({ run, seq: FIRST_SEQ, text: "" }).length;
  if (size < empty) throw new Error(`an event has at least ${empty} bytes`);
  const text = words(size - empty);
  return (i) => ({ run, seq: FIRST_SEQ + i, text });
}

const person = (i) => ({
  id: i * 7919,
  name: `${WORDS[i % WORDS.length]} ${WORDS[(i * 5) % WORDS.length]}`,
  email: `user${(i * 2654435761) % 1_000_003}@example.com`,
  score: ((i * 2654435761) % 1_000_003) / 997,
  active: i % 3 === 0,
  tags: [WORDS[(i * 3) % WORDS.length], WORDS[(i * 11) % WORDS.length]],
  seen: new Date(1.7e12 + i * 86_399_000).toISOString(),
});

const people = (size) => {
  const list = [];
  for (let length = 0; length < size; length += JSON.stringify(list.at(-1)).length + 1) {
    list.push(person(list.length));
  }
  return list;
};

/** Words, figures and a few accents, as people write: not ASCII alone, not too easily compressed. */
const prose = (size) => {
  const noise = randomBytes(size).toString("hex");
  let text = "";
  for (let i = 0; text.length < size; i++) {
    text += `${WORDS[(i * 7) % WORDS.length]} ${noise.slice(i * 6, i * 6 + 6)} ${i % 40 ? "" : "déjà vu "}`;
  }
  return Buffer.from(text.slice(0, size)).toString();
};

/** The argument of an event that needs an attachment, by its kind. */
export function largeEvent(kind, size) {
  switch (kind) {
    case "objects":
      return { users: people(size) };
    case "string":
      return { text: prose(size) };
    case "binary":
      return { file: randomBytes(size) };
    default:
      throw new Error(`no such kind of attachment: ${kind}`);
  }
}
