// As many messages as can be sent in a time, each to some rooms of one of some namespaces.

import { largeEvent, namespaceNames, roomNames, smallEvents } from "../events.mjs";
import { startClock } from "./clock.mjs";
import { emitInWindow } from "./window.mjs";

/** Longer events travel as attachments, which are told apart by the ids of their rows. */
const LONGEST_SMALL = 7_000;

function eventsOf({ run, size }) {
  if (size <= LONGEST_SMALL) return smallEvents(run, size);
  const event = largeEvent("objects", size);
  return () => event;
}

/** Sends until the time is up, one at least, or `count` are sent; resolves to how many that were. */
function sendFor(peer, { millis, count, inFlight, ...message }) {
  const emits = peer.namespaces(namespaceNames(message.namespaces));
  const rooms = roomNames(message.rooms);
  const event = eventsOf(message);
  const end = performance.now() + millis;
  return emitInWindow(
    (i) => emits[i % emits.length](rooms, event(i)),
    inFlight,
    (sent) => sent < count && (sent === 0 || performance.now() < end),
  );
}

export const warmUp = (peer, options) =>
  sendFor(peer, { ...options, millis: options.warmUpMs, count: Math.ceil(options.count / 4) });

export async function measure(peer, options) {
  const clock = startClock();
  const sent = await sendFor(peer, { ...options, millis: options.seconds * 1_000 });
  return { ...clock.stop(), sent };
}
