// What is measured of how cost grows.

import { sizeName } from "../report/names.mjs";
import { growthId, pointsOf, SETTINGS } from "./settings.mjs";

const group = "growth";

/** A message that many hear is sent less often, and so is a large one: a run has an end for those, too. */
const DELIVERIES = 20;
const BYTES = 1_000;

const IN_FLIGHT = 1_000;
/** No fewer than the connections of the official emitter's pool. */
const LEAST_IN_FLIGHT = 10;
const BYTES_IN_FLIGHT = 16_000_000;

const many = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;

const titleOf = ({ servers, size, rooms, namespaces }) =>
  [
    many(servers, "server"),
    sizeName(size),
    many(rooms, "room"),
    many(namespaces, "namespace"),
  ].join(", ");

/** The options of a job: at most `count` messages in `seconds`, and how many of them are in flight. */
function jobOptions({ servers, size, ...point }, { count, growthSeconds }) {
  const most = Math.min(count, (count * DELIVERIES) / servers, (count * BYTES) / size);
  const inFlight = Math.min(IN_FLIGHT, Math.max(LEAST_IN_FLIGHT, BYTES_IN_FLIGHT / size));
  return {
    ...point,
    size,
    count: Math.ceil(most),
    inFlight: Math.floor(inFlight),
    seconds: growthSeconds,
  };
}

export function growth(options) {
  const points = SETTINGS.flatMap(({ by }) => pointsOf(options.growth, by));
  // Each setting has the base among its values: it is measured once.
  const distinct = new Map(points.map((point) => [growthId(point), point]));
  return [...distinct].map(([id, point]) => ({
    id,
    group,
    title: titleOf(point),
    job: "growth",
    rounds: options.growthRounds,
    peers: ["ours", "official"],
    listening: { servers: point.servers, namespaces: point.namespaces },
    jobOptions: jobOptions(point, options),
  }));
}
