// The events types are those of Socket.IO: one map serves both.
import type { DefaultEventsMap as TheirDefault, BroadcastOperator as Theirs } from "socket.io";
import type {
  BroadcastOperator,
  DefaultEventsMap,
  EventNames,
  EventParams,
} from "../../../index.js";
import { check, type Same } from "../assert.js";
import type { ClientEvents } from "../events.js";

check<Same<DefaultEventsMap, TheirDefault>>();

// biome-ignore lint/suspicious/noExplicitAny: Socket.IO's own default
type TheirEmit<Map extends DefaultEventsMap | ClientEvents> = Theirs<Map, any>["emit"];
type OurEmit<Map extends DefaultEventsMap | ClientEvents> = BroadcastOperator<Map>["emit"];
check<Same<Parameters<OurEmit<ClientEvents>>, Parameters<TheirEmit<ClientEvents>>>>();
check<Same<Parameters<OurEmit<DefaultEventsMap>>, Parameters<TheirEmit<DefaultEventsMap>>>>();

export function theirs(operator: Theirs<ClientEvents, unknown>): void {
  type News = EventParams<ClientEvents, "news">;
  const name: EventNames<ClientEvents> = "news";
  const args: News = ["title", 1];
  operator.emit<"news">(name, ...args);
}
