export default {
  files: ["__test__/**/*.spec.mjs"],
  // Each file starts servers and a database of its own: more at once only slows all of them down.
  concurrency: 2,
  // Processes, not threads: signals, exit codes and the addon then work as in an application.
  workerThreads: false,
  // Without any progress for so long, AVA ends the run and names what hangs. It has to be longer than
  // each `t.timeout()` (those that compile have five minutes): while such a test runs, AVA passes over
  // the end of this time, and does not wait for it a second time.
  timeout: "310s",
};
