export default {
  files: ["__test__/**/*.spec.mjs"],
  // Each file starts servers and a database of its own: more at once only slows all of them down.
  concurrency: 2,
  // Processes, not threads: signals, exit codes and the addon then work as in an application.
  workerThreads: false,
  timeout: "60s",
};
