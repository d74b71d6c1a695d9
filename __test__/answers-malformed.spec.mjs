// What is notified that is no answer, or none to us, or a bad one.

import { encode } from "@msgpack/msgpack";
import test from "ava";
import { attachmentTableSql } from "../index.js";
import { ADAPTERS } from "../tools/adapters.mjs";
import { connectionStringOf } from "../tools/postgres.mjs";
import {
  answerWorlds,
  known,
  OPTIONS,
  SERVERS,
  SHORT_TIMEOUT_MS,
  TIMEOUT_MS,
} from "./support/answer-world.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { ANSWER, fakeServer } from "./support/fake-server.mjs";
import { listenFor, TYPE, text } from "./support/wire.mjs";

const postgres = usePostgres(test, { settings: { max_connections: 300 } });
const world = answerWorlds(postgres);
const numbers = (answers) => answers.toSorted((a, b) => a - b);

for (const adapter of ADAPTERS) {
  test(`${adapter}: answers to others, late and malformed ones are passed over`, async (t) => {
    const { database, emitter } = await world(t, adapter);
    await known(emitter, SERVERS);
    const pool = database.pool({ max: 1 });
    const say = (payload) => pool.query("SELECT pg_notify('socket.io#/', $1)", [payload]);
    const late = await outcome(emitter.timeout(1).serverSideEmitWithAck("most"));
    t.is(late.reason.code, "ERR_ACK_TIMEOUT");
    const asked = emitter.timeout(SHORT_TIMEOUT_MS).serverSideEmitWithAck("most");
    for (const odd of [
      "",
      "no JSON",
      "null",
      "[]",
      '{"uid":"a","type":10}',
      '{"uid":"a","type":10,"data":null,"nsp":"/"}',
      '{"uid":"a","type":10,"data":{"requestId":"nobody\'s","packet":1},"nsp":"/"}',
      '{"uid":"a","type":8,"data":{"requestId":"__proto__","sockets":5},"nsp":"/"}',
      '{"uid":5,"type":13,"nsp":"/"}',
      '{"uid":"a","type":8,"attachmentId":"999999"}',
      '{"uid":"a","type":8,"attachmentId":"x"}',
      '{"uid":"a","type":8,"attachmentId":{"toString":1}}',
      '{"uid":"a","type":8,"attachmentId":["1"]}',
      '{"uid":"a","type":13,"nsp":"/"}',
    ]) {
      await say(odd);
    }
    t.deepEqual(numbers((await outcome(asked)).reason.responses), [1, 2]);
    await known(emitter, SERVERS);
  });
}

test("the answer of a server not known yet counts", async (t) => {
  const { database, cluster, emitter } = await world(t);
  const waiting = [];
  for (const { io } of cluster.servers) io.on("slow", (callback) => waiting.push(callback));
  const listener = await listenFor(t, database);
  await known(emitter, SERVERS);

  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("slow");
  await eventually(() => waiting.length === SERVERS, "every server has been asked");
  const request = listener.messages.map(text).find((each) => each.includes('"slow"'));
  const answer = {
    uid: "stranger",
    nsp: "/",
    type: TYPE.SERVER_SIDE_EMIT_RESPONSE,
    data: { requestId: JSON.parse(request).data.requestId, packet: "of a stranger" },
  };
  const pool = database.pool({ max: 1 });
  await pool.query("SELECT pg_notify('socket.io#/', $1)", [JSON.stringify(answer)]);
  for (const [index, callback] of waiting.entries()) callback(index);
  t.deepEqual((await asked).sort(), [0, 1, 2, "of a stranger"]);
});

test("the clients of a server not known yet are waited for, once it has said how many", async (t) => {
  const { server, database, emitter } = await pair(t);
  const stranger = await fakeServer(t, database, "stranger");
  const asked = emitter.timeout(TIMEOUT_MS).emitWithAck("e");
  const request = await server.request();
  await stranger.say(stranger.answer(request, ANSWER.COUNT, { clientCount: 1 }));
  await server.say(server.answer(request, ANSWER.COUNT, { clientCount: 0 }));
  await stranger.say(stranger.answer(request, ANSWER.CLIENT, { packet: "of a stranger's" }));
  t.deepEqual(await asked, ["of a stranger's"]);
});

/** An emitter, and the servers that it knows. */
async function pair(t, ...others) {
  const database = await postgres.database(attachmentTableSql());
  const servers = [];
  for (const uid of ["fake", ...others]) servers.push(await fakeServer(t, database, uid));
  const emitter = emitterFor(t, database, "/", OPTIONS);
  await known(emitter, servers.length);
  return { database, server: servers[0], servers, emitter: emitter.timeout(TIMEOUT_MS) };
}

test("an answer of another kind is none", async (t) => {
  const { server, emitter } = await pair(t);
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("e");
  const request = await server.request();
  await server.say(
    server.answer(request, ANSWER.SOCKETS, { sockets: [{ id: "a", rooms: [] }] }),
    server.answer(request, ANSWER.COUNT, { clientCount: 0 }),
    server.answer(request, ANSWER.CLIENT, { packet: "of a client" }),
    server.answer(request, ANSWER.SERVER, { packet: "of the server" }),
  );
  t.deepEqual(await asked, ["of the server"]);

  const acknowledged = emitter.timeout(TIMEOUT_MS).emitWithAck("e");
  const broadcast = await server.request();
  await server.say(
    server.answer(broadcast, ANSWER.SOCKETS, { sockets: [] }),
    server.answer(broadcast, ANSWER.SERVER, { packet: "of the server" }),
    server.answer(broadcast, ANSWER.COUNT, { clientCount: 1 }),
    server.answer(broadcast, ANSWER.CLIENT, { packet: "of a client" }),
  );
  t.deepEqual(await acknowledged, ["of a client"]);
});

test("a number of clients that is none is passed over", async (t) => {
  const { server, emitter } = await pair(t);
  const asked = emitter.timeout(TIMEOUT_MS).emitWithAck("e");
  const request = await server.request();
  for (const clientCount of [-1, 0.5, 1e300, "0", {}]) {
    await server.say(server.answer(request, ANSWER.COUNT, { clientCount }));
  }
  await server.say(
    server.answer(request, ANSWER.CLIENT, { packet: 1 }),
    server.answer(request, ANSWER.COUNT, { clientCount: 2 }),
    server.answer(request, ANSWER.CLIENT, { packet: 2 }),
  );
  t.deepEqual(await asked, [1, 2]);
});

test("sockets that are none are passed over", async (t) => {
  const { server, emitter } = await pair(t);
  const asked = emitter.timeout(TIMEOUT_MS).fetchSockets();
  const request = await server.request();
  for (const sockets of [5, false, { length: 1 }, "sockets"]) {
    await server.say(server.answer(request, ANSWER.SOCKETS, { sockets }));
  }
  const odd = [null, 5, "a", [], {}, { id: 5, rooms: [] }, { id: "a" }, { id: "a", rooms: 5 }];
  const sockets = [...odd, { id: "good", rooms: ["good"] }];
  await server.say(server.answer(request, ANSWER.SOCKETS, { sockets }));
  t.deepEqual(
    (await asked).map(({ id, rooms }) => [id, rooms]),
    [["good", new Set(["good"])]],
  );
});

test("what a server in Go leaves out, or writes as null, is empty, or 0", async (t) => {
  const { server, emitter } = await pair(t);
  for (const [sockets, clientCount] of [[], [null, null]]) {
    const asked = emitter.timeout(TIMEOUT_MS).fetchSockets();
    await server.say(server.answer(await server.request(), ANSWER.SOCKETS, { sockets }));
    t.deepEqual(await asked, []);
    const answers = emitter.timeout(TIMEOUT_MS).emitWithAck("e");
    await server.say(server.answer(await server.request(), ANSWER.COUNT, { clientCount }));
    t.deepEqual(await answers, []);
  }
  const replies = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("e");
  await server.say(server.answer(await server.request(), ANSWER.SERVER, {}));
  t.deepEqual(await replies, [undefined]);
});

// Alone, for it keeps this process, and all servers in it, busy for seconds.
test.serial("200,000 sockets of one server", async (t) => {
  const { server, emitter } = await pair(t);
  const asked = emitter.timeout(TIMEOUT_MS).fetchSockets();
  const { data } = await server.request();
  const sockets = Array.from({ length: 200_000 }, (_, n) => ({ id: `${n}`, rooms: [] }));
  const message = {
    type: ANSWER.SOCKETS,
    uid: server.uid,
    nsp: "/",
    data: { requestId: data.requestId, sockets },
  };
  await server.say(await server.header(ANSWER.SOCKETS, encode(message)));
  t.is((await asked).length, 200_000);
});

test("an attachment that cannot be read is none", async (t) => {
  const { server, emitter } = await pair(t);
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("e");
  const request = await server.request();
  // An answer as it should be, but for what ends it: its packet.
  const { requestId } = request.data;
  const data = { requestId, packet: null };
  const answer = encode({ uid: server.uid, nsp: "/", type: ANSWER.SERVER, data }).slice(0, -1);
  const deep = Array(200_000).fill(0x91);
  const claiming = Array(200).fill([0xdd, 0xff, 0xff, 0xff, 0xff]).flat();
  for (const bytes of [
    // Cut off, no map, nested too deep for any stack; and the same of a packet.
    ...[[0x81], [0xc0], deep],
    ...[[], [0x91], claiming, deep, [...deep, 0xc0]].map((packet) => [...answer, ...packet]),
  ]) {
    await server.say(await server.header(ANSWER.SERVER, Buffer.from(bytes)));
  }
  await server.say(server.answer(request, ANSWER.SERVER, { packet: 1 }));
  t.deepEqual(await asked, [1]);
});

test("who answers twice has answered once", async (t) => {
  const { servers, emitter } = await pair(t, "later");
  const [server, later] = servers;
  const twice = (request, type, data) => {
    const answer = server.answer(request, type, data);
    return server.say(answer, { ...answer, again: true });
  };
  for (const ask of ["serverSideEmitWithAck", "emitWithAck"]) {
    const asked = emitter.timeout(TIMEOUT_MS)[ask]("e");
    const request = await server.request();
    const other = await later.request();
    if (ask === "emitWithAck") {
      await twice(request, ANSWER.COUNT, { clientCount: 1 });
      await twice(request, ANSWER.CLIENT, { packet: 1 });
      await later.say(later.answer(other, ANSWER.COUNT, { clientCount: 0 }));
    } else {
      await twice(request, ANSWER.SERVER, { packet: 1 });
      await later.say(later.answer(other, ANSWER.SERVER, { packet: 2 }));
    }
    t.deepEqual(await asked, ask === "emitWithAck" ? [1] : [1, 2]);
  }
});

test("the timeout says why an answer could not be read", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  await server.pool.query("CREATE ROLE listening LOGIN PASSWORD 'listening'");
  const listening = { ...database.config, user: "listening", password: "listening" };
  const emitter = emitterFor(t, database, "/", {
    ...OPTIONS,
    listenConnection: connectionStringOf(listening),
  });
  await known(emitter, 1);
  const asked = emitter.timeout(SHORT_TIMEOUT_MS).serverSideEmitWithAck("e");
  await server.request();
  await server.say(await server.header(ANSWER.SERVER, encode({})));
  const error = await t.throwsAsync(asked, { code: "ERR_ACK_TIMEOUT" });
  t.is(error.cause.code, "42501");
});

test("a client that answers more than maxHttpBufferSize is disconnected, the others count", async (t) => {
  const { clients, emitter } = await world(t);
  clients.forEach((client, index) => {
    // Socket.IO's own default is 1,000,000 bytes.
    client.on("much", (callback) => callback("x".repeat(index === 0 ? 1_100_000 : 900_000)));
  });
  const asked = emitter.timeout(SHORT_TIMEOUT_MS * 4).emitWithAck("much");
  const { code, responses } = (await outcome(asked)).reason;
  t.is(code, "ERR_ACK_TIMEOUT");
  t.deepEqual(
    responses.map(({ length }) => length),
    [900_000, 900_000, 900_000],
  );
});
