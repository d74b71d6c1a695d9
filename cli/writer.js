"use strict";

const { once } = require("node:events");

const closed = (stream) => new Promise((resolve) => stream.once("close", resolve));

/**
 * Writes as fast as the reader takes it; false when there is no reader any more, as after `| head -1`:
 * that is no failure.
 */
const writer = (stream) => {
  let open = true;
  stream.on("error", (error) => {
    if (error.code !== "EPIPE") throw error;
    open = false;
  });
  return async (text) => {
    if (open && !stream.write(text)) await Promise.race([once(stream, "drain"), closed(stream)]);
    return open;
  };
};

module.exports = { writer };
