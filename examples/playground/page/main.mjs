// The page: it learns from the playground's process what there is, and draws what happens.

import { io } from "/socket.io.esm.min.js";
import { startAddForm } from "./add-form.mjs";
import { startCallForm } from "./call-form.mjs";
import { Clients } from "./clients.mjs";
import { byId, showText } from "./elements.mjs";
import { showAbout, showCalling, showEmitter, showEnded } from "./emitter-panel.mjs";
import { beginOutcome } from "./outcomes.mjs";
import { createServerColumn } from "./server-column.mjs";
import { startTransaction } from "./transaction.mjs";

/** The line to the playground's process, which has the emitter. */
const control = io({ transports: ["websocket"], reconnection: false });
const notice = byId("notice");

/**
 * Asks the playground's process for something, written as `code`, and shows what came of it, as
 * `describe` has it. Gives the reply.
 */
async function request(code, [name, ...args], describe = (reply) => reply) {
  const settle = beginOutcome(byId("outcomes").firstElementChild, code);
  showCalling();
  let reply;
  try {
    // What is sent later would wait for ever.
    if (!control.connected) throw new Error("the playground has ended");
    reply = await control.emitWithAck(name, ...args);
  } catch ({ message }) {
    reply = { error: { code: "NO_PLAYGROUND", message } };
  }
  settle(describe(reply));
  return reply;
}

function start(about) {
  const { servers, adapter, namespaces, members } = about;
  showAbout(about);
  const columns = servers.map((server, index) => createServerColumn(server, index, adapter));
  byId("servers").append(...columns.map(({ column }) => column));

  let refreshForm = () => {};
  const transaction = startTransaction({ request, onchange: () => refreshForm() });
  const clients = new Clients(columns, () => refreshForm());
  control.on("join", (change) => clients.join(change));
  control.on("leave", (change) => clients.leave(change));
  control.on("server event", (details) => columns[details.server].receive(details));
  for (const [name, member] of Object.entries(members)) {
    clients.add(name, member);
  }
  startAddForm({ clients, columns, namespaces });
  refreshForm = startCallForm({
    namespaces,
    within: transaction.isChosen,
    onedit: (reach) => clients.showReach(reach),
    oncall({ kind, steps, count, code }) {
      if (transaction.isChosen()) transaction.call(code, steps);
      else if (kind === "burst") request(code, ["burst", steps, count]);
      else request(code, ["call", steps]);
    },
  });
}

control.once("world", start);
control.on("emitter", showEmitter);
control.on("disconnect", () => {
  showEnded();
  showText(notice, "The playground has ended. Start it again, and open the page that it names.");
});
control.on("connect_error", ({ message }) => {
  showText(notice, `The playground does not answer (${message}). Reload the page in a moment.`);
});
