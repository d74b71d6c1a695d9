// The page: it learns from the playground's process what there is, and draws what happens.

import { io } from "/socket.io.esm.min.js";
import { startAddForm } from "./add-form.mjs";
import { startCallForm } from "./call-form.mjs";
import { Clients } from "./clients.mjs";
import { byId, showText } from "./elements.mjs";
import { showAbout, showCalling, showEmitter } from "./emitter-panel.mjs";
import { beginOutcome } from "./outcomes.mjs";
import { createServerColumn } from "./server-column.mjs";

/** The line to the playground's process, which has the emitter. */
const control = io({ transports: ["websocket"], reconnection: false });
const notice = byId("notice");

async function call({ kind, steps, count, code }) {
  const settle = beginOutcome(byId("outcomes").firstElementChild, code);
  showCalling();
  try {
    settle(
      kind === "burst"
        ? await control.emitWithAck("burst", steps, count)
        : await control.emitWithAck("call", steps),
    );
  } catch ({ message }) {
    settle({ error: { code: "NO_PLAYGROUND", message } });
  }
}

function start(about) {
  const { servers, adapter, namespaces, members } = about;
  showAbout(about);
  const columns = servers.map((server, index) => createServerColumn(server, index, adapter));
  byId("servers").append(...columns.map(({ column }) => column));

  let refreshForm = () => {};
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
    onedit: (reach) => clients.showReach(reach),
    oncall: call,
  });
}

control.once("world", start);
control.on("emitter", showEmitter);
control.on("disconnect", () => {
  showText(notice, "The playground has ended. Start it again, and open the page that it names.");
});
control.on("connect_error", ({ message }) => {
  showText(notice, `The playground does not answer (${message}). Reload the page in a moment.`);
});
