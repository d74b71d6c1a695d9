// A network between client and server, and what can become of one.

import { once } from "node:events";
import { connect, createServer } from "node:net";

const HOST = "127.0.0.1";

/**
 * Ends a connection without a word. One that is ending already cannot be reset (libuv refuses): Node
 * 20 then never closes it, and its process spins at its end.
 */
const reset = (socket) => (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy());

/** One direction of a connection: holds back what must not pass yet. */
class Way {
  #waiting = [];
  #timer;
  #free = 0;

  constructor(from, to, network) {
    this.to = to;
    this.network = network;
    from.on("data", (chunk) => {
      const start = Math.max(this.#free, performance.now());
      this.#free = start + chunk.length / network.bytesPerMilli;
      this.#waiting.push([chunk, this.#free + network.delayMillis]);
      this.pass();
    });
    from.on("close", () => clearTimeout(this.#timer));
  }

  /** How many bytes wait. */
  get held() {
    return this.#waiting.reduce((sum, [chunk]) => sum + chunk.length, 0);
  }

  /** Passes on what may pass by now. */
  pass() {
    clearTimeout(this.#timer);
    while (this.#waiting.length > 0 && !this.network.holds(this)) {
      const [chunk, due] = this.#waiting[0];
      const wait = due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.pass(), wait);
        return;
      }
      this.#waiting.shift();
      this.to.write(chunk);
    }
  }
}

/**
 * Starts a network to `port`, with an address of its own. It passes everything on, until it is told
 * otherwise:
 *
 * - `cut()` ends all connections at once, `refuse()` also takes none any more;
 * - `delay(millis)` holds every byte back for that long;
 * - `throttle(bytes)` passes this number on in a second, each way of each connection;
 * - `goBlack()` goes on taking connections, and passes nothing on;
 * - `loseAnswers()` passes on what the client says, and not what the server does;
 * - `comeBack()` ends all that. What was held back arrives, as it would by TCP.
 */
export async function startProxy({ port: behind }) {
  const connections = new Set();
  const network = {
    delayMillis: 0,
    bytesPerMilli: Number.POSITIVE_INFINITY,
    held: undefined,
    holds: (way) => network.held === "all" || (network.held === "answers" && way.isAnswer),
  };
  const server = createServer((client) => {
    const onward = connect(behind, HOST);
    const ways = [new Way(client, onward, network), new Way(onward, client, network)];
    ways[1].isAnswer = true;
    const connection = { client, onward, ways };
    connections.add(connection);
    for (const [socket, other] of [
      [client, onward],
      [onward, client],
    ]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        connections.delete(connection);
        // In the black, the other side hears of nothing, not even of the end.
        if (network.held === undefined) other.destroySoon();
        else orphans.add(other);
      });
    }
  });
  const orphans = new Set();
  const listenOn = async (port) => {
    server.listen(port, HOST);
    await once(server, "listening");
    return server.address().port;
  };
  const port = await listenOn(0);
  const passAll = () => {
    for (const { ways } of connections) for (const way of ways) way.pass();
  };
  const cut = () => {
    for (const { client, onward } of connections) {
      reset(client);
      onward.destroy();
    }
    for (const orphan of orphans) orphan.destroy();
    orphans.clear();
  };
  const close = async () => {
    cut();
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    await closed;
  };
  return {
    port,
    /** How many connections there are. */
    get size() {
      return connections.size;
    },
    /** How many bytes are held back. */
    get held() {
      const ways = [...connections].flatMap((connection) => connection.ways);
      return ways.reduce((sum, way) => sum + way.held, 0);
    },
    cut,
    refuse: close,
    delay(millis) {
      network.delayMillis = millis;
    },
    throttle(bytesPerSecond) {
      network.bytesPerMilli = bytesPerSecond / 1_000;
    },
    goBlack() {
      network.held = "all";
    },
    loseAnswers() {
      network.held = "answers";
    },
    async comeBack() {
      network.held = undefined;
      network.delayMillis = 0;
      network.bytesPerMilli = Number.POSITIVE_INFINITY;
      for (const orphan of orphans) orphan.destroy();
      orphans.clear();
      if (!server.listening) await listenOn(port);
      passAll();
    },
    close,
  };
}
