import { type Emitter, EmitterError } from "../../index.js";
import { RecordingEmitter, type SentMessage } from "../../testing.js";
import { check, type Same } from "./assert.js";
import type { ClientEvents } from "./events.js";

const io = new RecordingEmitter<ClientEvents>();
// What takes an emitter takes this one.
const emitter: Emitter<ClientEvents> = io;
emitter.to("a");
check<Same<typeof io.sent, readonly SentMessage[]>>();
const { event, args }: SentMessage = io.assertSent({ event: "news", rooms: ["a", 7] });
io.assertNotSent();
io.assertNotSent({ call: "socketsJoin" });
io.clear();
export const seen: unknown[] = [event, ...args];
new RecordingEmitter("/admin", {
  channelPrefix: "x",
  answer: ({ call }) => {
    if (call === "emit") throw new EmitterError("ERR_TIMEOUT");
    return [1];
  },
});
// @ts-expect-error: no such call
io.assertSent({ call: "broadcast" });
// @ts-expect-error: no connection
new RecordingEmitter("/", { connectionString: "postgres://localhost" });
