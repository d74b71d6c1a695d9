import base from "./ava.config.mjs";

export default {
  ...base,
  files: ["__test__/users/{runners,typescript,bundlers,frameworks}.mjs"],
  // They install into one folder.
  concurrency: 1,
};
