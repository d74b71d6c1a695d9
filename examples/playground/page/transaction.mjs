// The tab with a transaction: it begins, calls are made within it through the outbox, and it ends.

import { byId } from "./elements.mjs";

const TABS = ["call", "transaction"].map((name) => byId(`tab-${name}`));
const [alone, within] = TABS;
const panel = byId("call-panel");
const box = byId("transaction");
const state = byId("transaction-state");
const callButton = byId("call-button");
const buttons = { begin: byId("begin"), commit: byId("commit"), rollback: byId("rollback") };

const countOf = (calls) => (calls === 1 ? "1 call" : `${calls} calls`);

/** What PostgreSQL and the relay made of the end, in place of the reply's own value. */
function describeEnd(reply, how, calls) {
  if (reply.error) return reply;
  const { command, relayMillis } = reply.result;
  let note = `${countOf(calls)}, published ${relayMillis.toFixed(1)} ms later`;
  if (command !== how) note = "rolled back, for a call had failed";
  else if (how === "ROLLBACK") note = `${countOf(calls)} undone`;
  return { ...reply, note, millis: reply.millis - relayMillis };
}

/**
 * `request(code, [name, …args], describe)` asks the playground's process for something and shows what
 * came of it; `onchange` is called when another tab is chosen.
 */
export function startTransaction({ request, onchange }) {
  /** How many calls wait for the end of the one that is open; `undefined` if none is. */
  let calls;

  const isChosen = () => within.getAttribute("aria-selected") === "true";

  function show(isBusy = false) {
    const isOpen = calls !== undefined;
    box.hidden = !isChosen();
    state.textContent = isOpen ? `Open, with ${countOf(calls)}` : "None is open";
    state.dataset.state = isOpen ? "open" : "none";
    buttons.begin.disabled = isBusy || isOpen;
    buttons.commit.disabled = isBusy || !isOpen;
    buttons.rollback.disabled = isBusy || !isOpen;
    callButton.disabled = isChosen() && (isBusy || !isOpen);
  }

  function choose(tab) {
    for (const each of TABS) {
      each.setAttribute("aria-selected", String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", tab.id);
    show();
    onchange();
  }

  async function begin() {
    show(true);
    const { error } = await request('await client.query("BEGIN");', ["begin"]);
    if (!error) calls = 0;
    show();
  }

  async function end(how) {
    show(true);
    const describe = (reply) => describeEnd(reply, how, calls);
    await request(`await client.query("${how}");`, ["end", how], describe);
    // Whatever came of it: its connection is closed.
    calls = undefined;
    show();
  }

  for (const tab of TABS) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", ({ key }) => {
      if (key !== "ArrowLeft" && key !== "ArrowRight") return;
      const other = tab === alone ? within : alone;
      other.focus();
      choose(other);
    });
  }
  buttons.begin.addEventListener("click", begin);
  buttons.commit.addEventListener("click", () => end("COMMIT"));
  buttons.rollback.addEventListener("click", () => end("ROLLBACK"));
  show();

  return {
    /** Whether calls are made within a transaction. */
    isChosen,
    async call(code, steps) {
      const { error } = await request(code, ["within", steps]);
      if (!error && calls !== undefined) calls++;
      show();
    },
  };
}
