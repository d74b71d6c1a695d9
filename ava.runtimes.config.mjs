import base from "./ava.config.mjs";

export default { ...base, files: ["__test__/runtimes/runtimes.mjs"], timeout: "5m" };
