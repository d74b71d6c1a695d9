// webpack or Rspack, with a configuration.
const [name, config] = process.argv.slice(2);
const pack = require(name);
// biome-ignore lint/security/noGlobalEval: it is that of docs/bundlers.md
pack(eval(`(${config})`), (error, stats) => {
  if (!error && !stats.hasErrors()) return;
  console.error(error ?? stats.toString({ all: false, errors: true }));
  process.exitCode = 1;
});
