"use strict";

/** Resolves when there is room for more, or nothing reads it any more. */
const roomIn = (stream) =>
  new Promise((resolve) => {
    const events = ["drain", "error", "close"];
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });

/** Writes as fast as the reader takes it; false when there is no reader any more. */
const writer = (stream) => {
  let open = true;
  stream.once("error", () => {
    open = false;
  });
  return async (text) => {
    if (open && !stream.write(text)) await roomIn(stream);
    return open;
  };
};

module.exports = { writer };
