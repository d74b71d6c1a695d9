// Requests: what an events map says of their answers.

import { type AnswerTo, Emitter, type EmitterError } from "../../index.js";
import { check, type Same } from "./assert.js";

// The first argument that is no error.
check<Same<AnswerTo<(yes: boolean) => void>, boolean>>();
check<Same<AnswerTo<(err: Error, count: number) => void>, number>>();
check<Same<AnswerTo<(err: Error | null, count: number) => void>, number>>();
check<Same<AnswerTo<(err: Error | undefined, count: number) => void>, number>>();
check<Same<AnswerTo<(err: TypeError | null | undefined, count: number) => void>, number>>();
check<Same<AnswerTo<(nothing: null) => void>, null>>();
check<Same<AnswerTo<(nothing: undefined) => void>, undefined>>();
check<Same<AnswerTo<(maybe: string | null) => void>, string | null>>();
check<Same<AnswerTo<(maybe?: string) => void>, string | undefined>>();
check<Same<AnswerTo<(either: Error | string) => void>, Error | string>>();
check<Same<AnswerTo<() => void>, undefined>>();
// biome-ignore lint/suspicious/noExplicitAny: `any` is no error
check<Same<AnswerTo<(anything: any) => void>, any>>();
// biome-ignore lint/suspicious/noExplicitAny: nor is it here
check<Same<AnswerTo<(anything: any, more: number) => void>, any>>();

interface Events {
  ask: (question: string, answer: (yes: boolean) => void) => void;
  maybe: (question: string, answer?: (yes: boolean) => void) => void;
  tagged: (question: string, tag?: string, answer?: (yes: boolean) => void) => void;
  only: (answer?: (yes: boolean) => void) => void;
  // biome-ignore lint/suspicious/noExplicitAny: its answer can be anything
  loose: (answer: (anything: any) => void) => void;
  // biome-ignore lint/suspicious/noExplicitAny: `any` is no acknowledgement
  data: (data: any) => void;
  plain: (text: string) => void;
}

interface ServerEvents {
  load: (unit: "%", answer: (load: number) => void) => void;
  name: (answer: (err: Error | null, name: string) => void) => void;
}

const emitter = new Emitter<Events, ServerEvents>();

async function clients() {
  await emitter.emit("ask", "sure?");
  await emitter.emit("ask", "sure?", (err, answers) => {
    check<Same<typeof err, EmitterError | null>>();
    check<Same<typeof answers, boolean[]>>();
  });
  await emitter.emit("maybe", "sure?");
  await emitter.to("a").emit("maybe", "sure?", (err, answers) => {
    check<Same<typeof err, EmitterError | null>>();
    check<Same<typeof answers, boolean[]>>();
  });
  await emitter.emit("tagged", "sure?");
  await emitter.emit("tagged", "sure?", "tag");
  await emitter.emit("tagged", "sure?", "tag", (_, answers) => {
    check<Same<typeof answers, boolean[]>>();
  });
  await emitter.emit("only", (_, answers) => {
    check<Same<typeof answers, boolean[]>>();
  });
  const maybe = await emitter.emitWithAck("maybe", "sure?");
  check<Same<typeof maybe, boolean[]>>();
  const tagged = await emitter.emitWithAck("tagged", "sure?", "tag");
  check<Same<typeof tagged, boolean[]>>();
  const only = await emitter.emitWithAck("only");
  check<Same<typeof only, boolean[]>>();
  const loose = await emitter.emitWithAck("loose");
  // biome-ignore lint/suspicious/noExplicitAny: as the events map says
  check<Same<typeof loose, any[]>>();
  await emitter.emit("data", 1);
  await emitter.emitWithAck("data", 1);
  // @ts-expect-error: its argument is missing
  await emitter.emitWithAck("data");
  // @ts-expect-error: its argument is a text
  await emitter.emit("maybe", 1);
  // @ts-expect-error: the answers come by the promise
  await emitter.emitWithAck("maybe", "sure?", () => {});
}

async function servers() {
  const loads = await emitter.serverSideEmitWithAck("load", "%");
  check<Same<typeof loads, number[]>>();
  const names = await emitter.to("a").serverSideEmitWithAck("name");
  check<Same<typeof names, string[]>>();
  await emitter.serverSideEmit("load", "%");
  await emitter.serverSideEmit("load", "%", (err, answers) => {
    check<Same<typeof err, EmitterError | null>>();
    check<Same<typeof answers, number[]>>();
  });
  await emitter.serverSideEmit("name", (_, answers) => {
    check<Same<typeof answers, string[]>>();
  });
  // @ts-expect-error: an event of the clients
  await emitter.serverSideEmitWithAck("ask", "sure?");
  // @ts-expect-error: there is one unit
  await emitter.serverSideEmitWithAck("load", "mm");
}

async function sockets() {
  const [socket] = await emitter.fetchSockets();
  if (!socket) return;
  for (const one of [socket, socket.timeout(1_000), socket.timeout(1_000).timeout(2_000)]) {
    const answer = await one.emitWithAck("ask", "sure?");
    check<Same<typeof answer, boolean>>();
    await one.emit("ask", "sure?");
    await one.emit("maybe", "sure?", (err, single) => {
      check<Same<typeof err, EmitterError | null>>();
      check<Same<typeof single, boolean>>();
    });
    await one.emit("plain", "text");
    // @ts-expect-error: its argument is a text
    await one.emit("plain", 1);
  }
}

void [clients, servers, sockets];
