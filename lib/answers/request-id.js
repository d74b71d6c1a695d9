"use strict";

const { randomBytes } = require("node:crypto");

/** Of this process, or this worker thread of it, and of no other. */
const REQUEST_ID_PREFIX = randomBytes(16).toString("hex");

let count = 0;

/** An id that no other request has, of whichever process. */
const newRequestId = () => `${REQUEST_ID_PREFIX}-${count++}`;

module.exports = { REQUEST_ID_PREFIX, newRequestId };
