"use strict";

// First: behind it is the addon, and its absence is told well there.
require("./index.js");
const { RecordingEmitter } = require("./lib/recording-emitter.js");

exports.RecordingEmitter = RecordingEmitter;
