// Messages of PostgreSQL's protocol, the same that `pg` sends:
// https://www.postgresql.org/docs/current/protocol-message-formats.html

const int16 = (value) => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};

const int32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

const terminated = (text) => Buffer.from(`${text}\0`);

const frame = (kind, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(kind), int32(body.length + 4), body]);
};

const UNNAMED = terminated("");

/** A statement without parameters. */
export const query = (sql) => frame("Q", terminated(sql));

/** A parametrised statement, its values as text: parsed, bound, described and executed. */
export function statement(text, values) {
  const bytes = values.map((value) => Buffer.from(value));
  return Buffer.concat([
    frame("P", UNNAMED, terminated(text), int16(0)),
    frame(
      "B",
      UNNAMED,
      UNNAMED,
      int16(0),
      int16(bytes.length),
      ...bytes.flatMap((value) => [int32(value.length), value]),
      int16(0),
    ),
    frame("D", terminated("P")),
    frame("E", UNNAMED, int32(0)),
    frame("S"),
  ]);
}
