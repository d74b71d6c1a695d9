// What is notified that is no answer, or none to us, or a bad one.

import test from "ava";
import { answerWorlds, PATIENCE_MS, SERVERS, SILENCE_MS } from "./support/answer-world.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { outcome } from "./support/emitters.mjs";
import { listenFor, TYPE, text } from "./support/wire.mjs";

const postgres = usePostgres(test);
const world = answerWorlds(postgres);
const numbers = (answers) => answers.toSorted((a, b) => a - b);

test("answers to others, late and malformed ones are passed over", async (t) => {
  const { database, emitter } = await world(t, "0.5.0");
  await emitter.serverCount();
  const pool = database.pool({ max: 1 });
  const say = (payload) => pool.query("SELECT pg_notify('socket.io#/', $1)", [payload]);
  const late = await outcome(emitter.timeout(1).serverSideEmitWithAck("most"));
  t.is(late.reason.code, "ERR_ACK_TIMEOUT");
  const asked = emitter.timeout(SILENCE_MS).serverSideEmitWithAck("most");
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
    '{"uid":"a","type":13,"nsp":"/"}',
  ]) {
    await say(odd);
  }
  t.deepEqual(numbers((await outcome(asked)).reason.responses), [1, 2]);
  t.is(await emitter.serverCount(), SERVERS);
});

test("the answer of a server not known yet counts", async (t) => {
  const { database, cluster, emitter } = await world(t, "0.5.0");
  const waiting = [];
  for (const { io } of cluster.servers) io.on("slow", (callback) => waiting.push(callback));
  const listener = await listenFor(t, database);
  t.is(await emitter.serverCount(), SERVERS);

  const asked = emitter.timeout(PATIENCE_MS).serverSideEmitWithAck("slow");
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
