// No emitter at all: two connections of `pg`, of which one asks, and the other reads what the servers
// answer until nothing is missing. What no emitter that shares the servers' channel can go far below.

import pg from "pg";
import { CHANNEL_PREFIX, QUESTION, SERVERS } from "../answers.mjs";

const CHANNEL = `${CHANNEL_PREFIX}#/`;
const OPTS = { rooms: [], except: [], flags: {} };

/** `MessageType` of socket.io-adapter, whose package does not export it. */
const BROADCAST = 3;
const FETCH_SOCKETS = 7;
const FETCH_SOCKETS_RESPONSE = 8;
const BROADCAST_CLIENT_COUNT = 11;
const BROADCAST_ACK = 12;

export async function open(config) {
  const [asking, listening] = [new pg.Client(config), new pg.Client(config)];
  await Promise.all([asking.connect(), listening.connect()]);
  await listening.query(`LISTEN "${CHANNEL}"`);

  let request;
  let requests = 0;
  function ask(type, data) {
    const requestId = `${process.pid}-${requests++}`;
    return new Promise((resolve, reject) => {
      request = { requestId, answers: [], servers: SERVERS, acks: 0, resolve };
      const message = { uid: "emitter", nsp: "/", type, data: { ...data, opts: OPTS, requestId } };
      const parameters = [CHANNEL, JSON.stringify(message)];
      asking.query("SELECT pg_notify($1, $2)", parameters).catch(reject);
    });
  }

  listening.on("notification", ({ payload }) => {
    const { type, data } = JSON.parse(payload);
    if (data?.requestId !== request?.requestId) return;
    if (type === FETCH_SOCKETS_RESPONSE) {
      request.servers--;
      request.answers.push(...data.sockets);
    } else if (type === BROADCAST_CLIENT_COUNT) {
      request.servers--;
      request.acks += data.clientCount;
    } else if (type === BROADCAST_ACK) {
      request.acks--;
      request.answers.push(data.packet);
    } else {
      return;
    }
    if (request.servers === 0 && request.acks === 0) request.resolve(request.answers);
  });

  return {
    fetchSockets: () => ask(FETCH_SOCKETS, {}),
    emitWithAck: () => ask(BROADCAST, { packet: { type: 2, data: [QUESTION, 1], nsp: "/" } }),
    close: () => Promise.all([asking.end(), listening.end()]),
  };
}
