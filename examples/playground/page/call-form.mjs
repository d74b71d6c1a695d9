// The form: what is typed, as steps such as `[["to", "news"], ["emit", "hello"]]`.

import { BURST, CALLS, MAX_BURST, WITHIN } from "./calls.mjs";
import { WITHIN as WITHIN_CODE, writeCall } from "./code.mjs";
import { byId, codeParts, make, showText } from "./elements.mjs";
import { readList, readOne, showCode } from "./values.mjs";

const KINDS = { ...CALLS, burst: BURST };
const form = byId("call-form");
const { elements } = form;

/** The kinds of calls, under their headings. */
function drawKinds() {
  const groups = Map.groupBy(Object.keys(KINDS), (name) => KINDS[name].group);
  for (const [group, names] of groups) {
    const choices = names.map((name) =>
      make(
        "label",
        { class: "choice" },
        make("input", { type: "radio", name: "kind", value: name, checked: name === "emit" }),
        make("span", {}, name),
      ),
    );
    byId("calls").append(
      make(
        "div",
        { class: "group", role: "group", "aria-label": group },
        make("span", { class: "group-name", "aria-hidden": "true" }, group),
        make("div", { class: "choices" }, ...choices),
      ),
    );
  }
}

/** A field read by `read`; what is wrong with it is said with its name. */
function readField(name, label, read) {
  try {
    return read(elements[name].value);
  } catch (error) {
    throw new Error(`${label}: ${error.message}`);
  }
}

const readRooms = (name, label) => readField(name, label, readList);

function readTargets(kind) {
  const allowed = (name) => KINDS[kind].targets.includes(name);
  const steps = [];
  if (elements.of.value !== "/") {
    steps.push(["of", elements.of.value]);
  }
  const to = allowed("to") ? readRooms("to", "In rooms") : [];
  const except = allowed("except") ? readRooms("except", "Not in rooms") : [];
  if (to.length > 0) {
    // As Socket.IO's documentation has it: `to` for events, `in` for sockets.
    steps.push([allowed("volatile") ? "to" : "in", ...to]);
  }
  if (except.length > 0) {
    steps.push(["except", ...except]);
  }
  if (allowed("volatile") && elements.volatile.checked) {
    steps.push(["volatile"]);
  }
  if (allowed("compress") && elements.compress.value) {
    steps.push(["compress", elements.compress.value === "true"]);
  }
  if (allowed("timeout") && elements.timeout.value.trim()) {
    steps.push(["timeout", readOne(elements.timeout.value.trim())]);
  }
  const nsp = elements.of.value.startsWith("/") ? elements.of.value : `/${elements.of.value}`;
  return { steps, reach: allowed("to") ? { nsp, to, except } : undefined };
}

function readBurst({ steps, reach }) {
  const count = Number(elements.count.value);
  if (!Number.isInteger(count) || count < 1 || count > MAX_BURST) {
    throw new Error(`How many: a whole number from 1 to ${MAX_BURST}`);
  }
  const event = elements.event.value;
  const each = writeCall([...steps, ["emit", event]], showCode).slice(0, -1);
  return {
    kind: "burst",
    steps: [...steps, ["emit", event]],
    count,
    reach,
    code: `for (let n = 1; n <= ${count}; n++) ${each}, n);\nawait emitter.flush();`,
  };
}

/** @throws an Error that names the field */
function read(within) {
  const kind = elements.kind.value;
  const targets = readTargets(kind);
  if (kind === "burst") {
    return readBurst(targets);
  }
  const args = [];
  for (const field of KINDS[kind].fields) {
    if (field === "event") {
      args.push(elements.event.value);
    } else if (field === "args") {
      args.push(...readField("args", "Arguments", readList));
    } else if (field === "rooms") {
      args.push(...readRooms("rooms", "Rooms to join or leave"));
    } else if (elements[field].checked) {
      args.push(true);
    }
  }
  const steps = [...targets.steps, [kind, ...args]];
  const written = writeCall(steps, showCode, within ? WITHIN_CODE : undefined);
  return { kind, steps, reach: targets.reach, code: `await ${written};` };
}

/** Shows the fields that the chosen call has. */
function showFields() {
  const { fields, targets, says } = KINDS[elements.kind.value];
  byId("says").textContent = says;
  for (const each of form.querySelectorAll("[data-field]")) {
    each.hidden = !fields.includes(each.dataset.field);
  }
  for (const each of form.querySelectorAll("[data-target]")) {
    const control = each.querySelector("input, select");
    control.disabled = !targets.includes(each.dataset.target);
    each.classList.toggle("off", control.disabled);
  }
}

/** Leaves the kinds that can be chosen; within a transaction there are fewer. */
function showKinds(within) {
  for (const choice of form.querySelectorAll(".choice")) {
    choice.hidden = within && !WITHIN.has(choice.firstElementChild.value);
  }
  for (const group of form.querySelectorAll(".group")) {
    group.hidden = group.querySelector(".choice:not([hidden])") === null;
  }
  if (within && !WITHIN.has(elements.kind.value)) {
    elements.kind.value = "emit";
  }
}

/**
 * Starts the form. `within` tells whether calls are made within a transaction, `onedit` gets whom the call reaches, whenever that changes; `oncall` gets the call
 * when it is sent. The returned function tells `onedit` again.
 */
export function startCallForm({ namespaces, within, onedit, oncall }) {
  drawKinds();
  elements.count.max = MAX_BURST;
  byId("namespaces").append(...namespaces.map((nsp) => make("option", { value: nsp })));

  function refresh() {
    showKinds(within());
    showFields();
    try {
      const call = read(within());
      byId("code").replaceChildren(make("code", {}, ...codeParts(call.code)));
      showText(byId("form-error"));
      onedit(call.reach);
      return call;
    } catch (error) {
      byId("code").textContent = "…";
      showText(byId("form-error"), error.message);
      onedit(undefined);
      return undefined;
    }
  }

  form.addEventListener("input", refresh);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const call = refresh();
    if (call) {
      oncall(call);
    }
  });
  refresh();
  return refresh;
}
