// Answers, from servers with each generation of the adapter: who is asked, what comes, and what does
// not.

import { once } from "node:events";
import test from "ava";
import { EmitterError } from "../index.js";
import { ADAPTERS, ADAPTERS_WITHOUT_ACKS, CLUSTER_ADAPTERS } from "../tools/adapters.mjs";
import {
  answerWorlds,
  known,
  OPTIONS,
  SERVERS,
  SHORT_TIMEOUT_MS,
  SILENCE_TELLS,
  TIMEOUT_MS,
} from "./support/answer-world.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";

const postgres = usePostgres(test, { settings: { max_connections: 300 } });
const world = answerWorlds(postgres);

const byIndex = (answers) => answers.toSorted((a, b) => a.index - b.index);
const numbers = (answers) => answers.toSorted((a, b) => a - b);

for (const adapter of ADAPTERS) {
  const knowsAcks = !ADAPTERS_WITHOUT_ACKS.includes(adapter);

  test(`${adapter}: servers are counted, and answer once each`, async (t) => {
    const { emitter } = await world(t, adapter);
    t.is(await emitter.serverCount(), SERVERS);
    const answers = await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("who", 5);
    t.deepEqual(
      byIndex(answers),
      [0, 1, 2].map((index) => ({ index, arg: 5 })),
    );
    const big = await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("big");
    t.deepEqual(
      big.map(({ length }) => length),
      [1_000_000, 1_000_000, 1_000_000],
    );
    const bytes = await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("bytes");
    t.true(bytes.every((answer) => Buffer.isBuffer(answer.bytes)));
    t.deepEqual(numbers(bytes.map((answer) => answer.bytes[0])), [0, 1, 2]);
    // MessagePack's timestamp.
    const [{ at }] = await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("when");
    t.deepEqual(at, new Date(1_000));

    const error = await t.throwsAsync(
      emitter.timeout(SHORT_TIMEOUT_MS).serverSideEmitWithAck("most"),
      {
        instanceOf: EmitterError,
        code: "ERR_ACK_TIMEOUT",
      },
    );
    t.deepEqual(numbers(error.responses), [1, 2]);
    const [failure, responses] = await new Promise((resolve) => {
      emitter.serverSideEmit("who", 6, (...told) => resolve(told));
    });
    t.is(failure, null);
    t.is(responses.length, SERVERS);
  });

  test(`${adapter}: sockets are fetched, and can be acted upon`, async (t) => {
    const { emitter, clients, cluster } = await world(t, adapter);
    for (const { io } of cluster.servers) {
      for (const socket of io.of("/").sockets.values()) socket.data.name = `n ${socket.id}`;
    }
    const all = await emitter.timeout(TIMEOUT_MS).fetchSockets();
    t.deepEqual(all.map(({ id }) => id).sort(), clients.map(({ id }) => id).sort());
    const odd = await emitter.timeout(TIMEOUT_MS).in("odd").except(clients[3].id).fetchSockets();
    t.is(odd.length, 1);
    const [socket] = odd;
    t.is(socket.id, clients[1].id);
    t.deepEqual(socket.rooms, new Set([socket.id, "odd"]));
    t.deepEqual(socket.data, { name: `n ${socket.id}` });
    t.deepEqual(socket.handshake.auth, { rooms: ["odd"] });
    t.deepEqual(await emitter.of("/admin").fetchSockets(), []);

    const [asked] = await emitter.timeout(TIMEOUT_MS).to(clients[0].id).fetchSockets();
    if (knowsAcks) {
      t.deepEqual(await asked.emitWithAck("ask", 1), { index: 0, arg: 1 });
      t.deepEqual(await asked.timeout(TIMEOUT_MS).emitWithAck("ask", 2), { index: 0, arg: 2 });
      for (const each of [asked, asked.timeout(TIMEOUT_MS)]) {
        const told = await new Promise((resolve) => each.emit("ask", 3, (...all) => resolve(all)));
        t.deepEqual(told, [null, { index: 0, arg: 3 }]);
      }
      const [silent] = await emitter.timeout(TIMEOUT_MS).to(clients[3].id).fetchSockets();
      const error = await t.throwsAsync(silent.timeout(100).emitWithAck("most"), {
        code: "ERR_ACK_TIMEOUT",
      });
      t.deepEqual(error.responses, []);
      const told = new Promise((resolve) => {
        silent.timeout(100).emit("most", (...all) => resolve(all));
      });
      t.deepEqual(
        (await told).map((each) => each?.code ?? each),
        ["ERR_ACK_TIMEOUT", null],
      );
      await t.throwsAsync(
        asked.emitWithAck("ask", () => {}),
        { code: "ERR_INVALID_ARG_VALUE" },
      );
    }

    await socket.join("more", ["rooms"]);
    await socket.leave("odd");
    const told = new Promise((resolve) => clients[1].once("hello", resolve));
    await socket.emit("hello", 7);
    t.is(await told, 7);
    const [again] = await emitter.timeout(TIMEOUT_MS).in("rooms").fetchSockets();
    t.deepEqual(again.rooms, new Set([socket.id, "more", "rooms"]));
    const gone = new Promise((resolve) => clients[1].once("disconnect", resolve));
    await socket.disconnect();
    await gone;
  });

  test(`${adapter}: 200 requests at once find their answers`, async (t) => {
    const { emitter } = await world(t, adapter);
    const kinds = knowsAcks ? 3 : 2;
    const unhurried = emitter.timeout(TIMEOUT_MS);
    const asked = Array.from({ length: 200 }, (_, n) => {
      if (n % kinds === 0) return unhurried.in("even").fetchSockets();
      return n % kinds === 1
        ? unhurried.serverSideEmitWithAck("who", n)
        : unhurried.to("odd").emitWithAck("ask", n);
    });
    (await Promise.all(asked)).forEach((answers, n) => {
      t.is(answers.length, n % kinds === 1 ? SERVERS : 2);
      t.true(n % kinds === 0 || answers.every(({ arg }) => arg === n));
    });
  });

  const acks = knowsAcks ? "clients acknowledge" : "clients cannot be asked";
  test(`${adapter}: ${acks}`, async (t) => {
    const { emitter, clients } = await world(t, adapter);
    if (!knowsAcks) {
      for (const client of clients) client.removeAllListeners("most");
      const heard = new Promise((resolve) => clients[0].once("most", resolve));
      await t.throwsAsync(emitter.timeout(300).emitWithAck("most"), { code: "ERR_ACK_TIMEOUT" });
      // The event itself arrives, without a callback.
      t.is(await heard, undefined);
      return;
    }
    const answers = await emitter.timeout(TIMEOUT_MS).emitWithAck("ask", 1);
    t.deepEqual(
      byIndex(answers),
      [0, 1, 2, 3].map((index) => ({ index, arg: 1 })),
    );
    const even = await emitter.timeout(TIMEOUT_MS).to("even").emitWithAck("bytes");
    t.true(even.every((answer) => Buffer.isBuffer(answer)));
    t.deepEqual(numbers(even.map(([byte]) => byte)), [0, 2]);
    const others = await emitter
      .timeout(TIMEOUT_MS)
      .except("odd")
      .compress(false)
      .emitWithAck("ask", 1);
    t.deepEqual(
      byIndex(others).map(({ index }) => index),
      [0, 2],
    );
    t.deepEqual(await emitter.to("nobody").emitWithAck("ask", 1), []);
    t.deepEqual(await emitter.of("/admin").emitWithAck("ask", 1), []);

    const error = await t.throwsAsync(emitter.timeout(SHORT_TIMEOUT_MS).emitWithAck("most"), {
      code: "ERR_ACK_TIMEOUT",
    });
    t.deepEqual(numbers(error.responses), [0, 1, 2]);
    const published = [];
    const [failure, responses] = await new Promise((resolve) => {
      const call = emitter
        .to("odd")
        .timeout(SHORT_TIMEOUT_MS)
        .emit("most", (...told) => resolve(told));
      call.then((value) => published.push(value));
    });
    t.is(failure.code, "ERR_ACK_TIMEOUT");
    t.deepEqual(responses, [1]);
    t.deepEqual(published, [undefined]);
  });

  test(`${adapter}: a server that closes is not waited for`, async (t) => {
    const { database, cluster, clients } = await world(t, adapter);
    // Adapters up to 0.3.1 send no word of goodbye: ten seconds of silence are one.
    const saysGoodbye = CLUSTER_ADAPTERS.includes(adapter);
    const emitter = emitterFor(t, database, "/", saysGoodbye ? OPTIONS : SILENCE_TELLS);
    await known(emitter, SERVERS);
    // No listener of server 0 answers this, and one of its clients does not either.
    const heard = Promise.all(clients.map((client) => once(client, "most")));
    const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("most");
    const acknowledged = knowsAcks
      ? emitter.timeout(TIMEOUT_MS).emitWithAck("most")
      : emitter.emit("most");
    await heard;
    await cluster.servers[0].close();
    t.deepEqual(numbers(await asked), [1, 2]);
    // Its other client may have been in time.
    const acknowledgements = await acknowledged;
    if (knowsAcks) t.deepEqual(numbers(acknowledgements.filter((index) => index > 0)), [1, 2]);
    t.is(await emitter.serverCount(), SERVERS - 1);
  });
}
