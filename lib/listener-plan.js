"use strict";

const { ListenerPlan } = require("../binding.js");
const { about, native } = require("./errors.js");

/**
 * The settings of connections that listen for answers, where they differ: read at once, so that a mistake
 * shows.
 */
const listenerPlan = (connection) => {
  if (connection === undefined) return undefined;
  try {
    return native(() => new ListenerPlan(connection.settings, connection.askPassword));
  } catch (error) {
    throw about("options.listenConnection", error);
  }
};

module.exports = { listenerPlan };
