// Requests for answers, one after the other, and how they ended.

const CALLS = [
  (io) => io.fetchSockets(),
  (io) => io.serverCount(),
  (io) => io.timeout(2_000).emitWithAck("ask", 1),
  (io) => io.timeout(2_000).serverSideEmitWithAck("who", 1),
];

/** Asks by this emitter until `stop()`, which gives how many requests had which outcome. */
export function startRequests(emitter, random) {
  const tally = {};
  let isOver = false;
  const work = async () => {
    while (!isOver) {
      const outcome = await random
        .one(CALLS)(emitter)
        .then(
          () => "answered",
          ({ code }) => code,
        );
      tally[outcome] = (tally[outcome] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, random.below(50)));
    }
  };
  const done = work();
  return {
    async stop() {
      isOver = true;
      await done;
      return tally;
    },
  };
}
