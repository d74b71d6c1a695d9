// Numbered messages of all sizes, and what became of each.

import { Emitter } from "../../index.js";
import { Outcomes } from "./outcomes.mjs";
import { eventOf } from "./world.mjs";

export const PUBLISH_TIMEOUT_MS = 5_000;
/** A promise that settles later than that is late. */
const LATE_MS = PUBLISH_TIMEOUT_MS + 1_000;
/** Later than that, it never will be settled. */
const NEVER_MS = PUBLISH_TIMEOUT_MS + 30_000;

const TURN_MS = 5;
const MAX_IN_FLIGHT = 3_000;

/** The emitters: `a` and `b` send each message at most once, `again` sends what is unknown again. */
export const EMITTERS = {
  a: { through: "proxied" },
  b: { through: "direct" },
  again: { through: "proxied", options: { retryUnknown: true } },
};

/** One emitter's load. */
class Load {
  outcomes = new Outcomes();
  late = 0;
  #inFlight = 0;
  #timer;

  constructor(name, emitter, random) {
    this.name = name;
    this.emitter = emitter;
    this.random = random;
  }

  start() {
    const turn = () => {
      const count = this.random.chance(0.01) ? 300 : this.random.below(4);
      for (let each = 0; each < count && this.#inFlight < MAX_IN_FLIGHT; each++) this.#emit();
    };
    this.#timer = setInterval(turn, TURN_MS);
  }

  /** Emits no more, and waits until all is settled, or never will be; then closes the emitter. */
  async stop() {
    clearInterval(this.#timer);
    const deadline = performance.now() + NEVER_MS;
    while (this.#inFlight > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await this.emitter.close();
  }

  #emit() {
    const n = this.outcomes.add();
    const began = performance.now();
    const target = this.random.chance(0.5) ? this.emitter.to("room") : this.emitter;
    this.#inFlight++;
    const settled = () => {
      this.#inFlight--;
      if (performance.now() - began > LATE_MS) this.late++;
    };
    target.emit(eventOf(this.name, n), ...this.#argsOf()).then(
      () => {
        settled();
        this.outcomes.resolve(n);
      },
      ({ code }) => {
        settled();
        this.outcomes.reject(n, code);
      },
    );
  }

  /** Mostly short; some inside the NOTIFY just so, some in the table. */
  #argsOf() {
    const { random } = this;
    const kind = random.next();
    if (kind < 0.7) return [random.below(1_000)];
    if (kind < 0.9) return ["x".repeat(random.below(7_000))];
    if (kind < 0.96) return ["x".repeat(7_500 + random.below(1_000))];
    if (kind < 0.99) return [{ bytes: Buffer.alloc(random.below(5_000)) }];
    return ["y".repeat(random.below(100_000))];
  }
}

/** Starts the load of all emitters. */
export function startLoads(world, random) {
  return Object.entries(EMITTERS).map(([name, { through, options }]) => {
    const emitter = new Emitter(world[through], "/", {
      errorHandler: () => {},
      publishTimeoutMillis: PUBLISH_TIMEOUT_MS,
      ...options,
    });
    const load = new Load(name, emitter, random);
    load.start();
    return load;
  });
}
