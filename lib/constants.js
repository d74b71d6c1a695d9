"use strict";

const { constants } = require("../binding.js");

/** The defaults, limits, names and texts of the native side; each call would make them anew. */
module.exports = Object.freeze(constants());
