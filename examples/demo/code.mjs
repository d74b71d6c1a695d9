// Writes a call as code. The playground's page reads this file, too: nothing here is Node's.

/** The emitter within a transaction. */
export const WITHIN = "emitter.outbox(client)";

/**
 * `emitter.to("news").emit("hello")` for `[["to", "news"], ["emit", "hello"]]`; `show` writes an
 * argument.
 */
export function writeCall(steps, show, emitter = "emitter") {
  const parts = steps.map(([name, ...args]) => {
    if (name === "asyncDispose") {
      return "[Symbol.asyncDispose]()";
    }
    return name === "volatile" ? ".volatile" : `.${name}(${args.map(show).join(", ")})`;
  });
  return emitter + parts.join("");
}
