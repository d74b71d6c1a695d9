// What came of each call: its code, then the value, a note or the error, and how long it took.

import { codeParts, make } from "./elements.mjs";
import { show } from "./values.mjs";

const SHOWN = 50;

function describe({ result, error, note }) {
  if (note) {
    return [make("span", { class: "value" }, note)];
  }
  if (!error) {
    return result === undefined ? [] : [make("span", { class: "value" }, show(result))];
  }
  const parts = [make("b", { class: "error-code" }, error.code), error.message];
  if (error.responses) {
    parts.push(make("span", { class: "value" }, `responses: ${show(error.responses)}`));
  }
  return parts;
}

/** Adds a line for a call that begins; the returned function gets its reply. */
export function beginOutcome(list, code) {
  const verdict = make("p", { class: "verdict" }, "pending …");
  const line = make("li", { class: "pending" }, make("code", {}, ...codeParts(code)), verdict);
  list.prepend(line);
  while (list.childElementCount > SHOWN) {
    list.lastElementChild.remove();
  }
  return (reply) => {
    line.className = reply.error ? "rejected" : "resolved";
    const time = reply.millis === undefined ? "" : `${reply.millis.toFixed(1)} ms`;
    verdict.replaceChildren(
      make("span", { class: "mark" }, reply.error ? "✘ rejected" : "✔ resolved"),
      ...describe(reply).flatMap((part) => [" ", part]),
      " ",
      make("span", { class: "time" }, time),
    );
  };
}
