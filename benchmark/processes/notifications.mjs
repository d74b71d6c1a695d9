// Reads notifications from the raw stream of a connection. Making an object and a string of each
// would take the time that the emitter, on the same machine, is measured by.

const NOTIFICATION = 0x41;
const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
const NO_BYTES = Buffer.alloc(0);

// {"run":1234,"seq":123456789,…: see events.mjs.
const RUN = Buffer.from('"run":');
const RUN_AT = 6;
const RUN_DIGITS = 4;
const SEQ_AT = 17;
const SEQ_DIGITS = 9;
const ATTACHMENT = Buffer.from('"attachmentId":"');

const number = (bytes, from, digits) => {
  let value = 0;
  for (let i = from; i < from + digits; i++) value = value * 10 + bytes[i] - ZERO;
  return value;
};

const digitsAt = (bytes, from) => {
  let end = from;
  while (bytes[end] >= ZERO && bytes[end] <= NINE) end++;
  return end - from;
};

/** Whether `marker` is at that place: most messages are like the one before. */
const isAt = (bytes, marker, at) => {
  for (let i = 0; i < marker.length; i++) if (bytes[at + i] !== marker[i]) return false;
  return true;
};

/**
 * Calls `onMessage(run, seq)` for each event and `onAttachment(id)` for each attachment's header on
 * `stream`, a connection to PostgreSQL that only listens.
 */
export function readNotifications(stream, onMessage, onAttachment) {
  let rest = NO_BYTES;
  let usual = 0;

  const read = (bytes, start, end) => {
    let at = start + usual;
    if (bytes[at] !== QUOTE || !isAt(bytes, RUN, at)) {
      at = bytes.indexOf(RUN, start);
      if (at === -1 || at >= end) {
        const header = bytes.indexOf(ATTACHMENT, start);
        if (header === -1 || header >= end) throw new Error("a message of an unknown sender");
        const from = header + ATTACHMENT.length;
        onAttachment(number(bytes, from, digitsAt(bytes, from)));
        return;
      }
      usual = at - start;
    }
    onMessage(number(bytes, at + RUN_AT, RUN_DIGITS), number(bytes, at + SEQ_AT, SEQ_DIGITS));
  };

  stream.on("data", (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at + 5 <= bytes.length) {
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      if (bytes[at] === NOTIFICATION) read(bytes, at + 5, end);
      at = end;
    }
    rest = at === bytes.length ? NO_BYTES : bytes.subarray(at);
  });
}
