// What the demo prints.

import { inspect, styleText } from "node:util";
import { WITHIN, writeCall } from "./code.mjs";

const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (style, text) => (coloured ? styleText(style, text) : text);
const WIDTH = 12;

// A reader like `head` may leave before the end. That is no reason to leave servers behind.
process.stdout.on("error", () => {});

export const print = (text = "") => console.log(text);

export const heading = (text) => print(`\n${paint("bold", text)}`);

/** A value in short, as JavaScript would write it. */
function short(value) {
  if (ArrayBuffer.isView(value)) {
    return `<${value.byteLength} bytes ${Buffer.from(value).toString("hex", 0, 4)}>`;
  }
  if (typeof value === "string") {
    return value.length > 40
      ? `"${value.slice(0, 12)}…" (${value.length} characters)`
      : JSON.stringify(value);
  }
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY });
}

export const code = (steps) => writeCall(steps, short);

export const codeWithin = (steps) => writeCall(steps, short, WITHIN);

export const sent = (text) => print(`\n${paint("cyan", "→")} ${paint("bold", text)}`);

export const note = (text) => print(`    ${paint("dim", text)}`);

export const member = (name, ...about) =>
  print(`    ${name.padEnd(WIDTH)}${about.map((text) => text.padEnd(10)).join("")}`);

export function received(name, [event, ...args]) {
  if (event === "tick" && args[0] !== 1 && args[0] !== 100) {
    // A hundred lines for each client would hide the rest.
    return;
  }
  const what =
    event === "disconnect" ? `disconnected (${args[0]})` : [event, ...args.map(short)].join(" ");
  print(`    ${name.padEnd(WIDTH)}${paint("yellow", "←")} ${what}`);
}

export function verdict(problems, text) {
  if (problems.length === 0) {
    print(`    ${paint("green", `✔ ${text}`)}`);
  }
  for (const problem of problems) {
    print(`    ${paint("red", `✘ ${problem}`)}`);
  }
}

export function summary(total, failed, seconds) {
  const text =
    failed === 0
      ? `✔ ${total} of ${total} calls did what they should, in ${seconds} s`
      : `✘ ${failed} of ${total} calls did not do what they should`;
  print(`\n${paint(["bold", failed === 0 ? "green" : "red"], text)}`);
}

export const stopped = () =>
  print(`\n${paint(["bold", "red"], "✘ the demo stopped before its end")}`);
