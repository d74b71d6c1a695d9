"use strict";

// The addon is loaded first: its absence is told well there.
require("./index.js");
const { RecordingEmitter } = require("./lib/recording-emitter.js");

exports.RecordingEmitter = RecordingEmitter;
