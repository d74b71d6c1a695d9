// Jest with CommonJS, in its environments for Node and jsdom.
const { Emitter, EmitterError } = require("socket.io-postgres-emitter-rs");

const io = new Emitter(process.env.DATABASE_URL);
afterAll(() => io.close());

test("an emitter sends, and gives what Jest can compare", async () => {
  await expect(io.emit("ran", process.env.RUN)).resolves.toBeUndefined();
  await expect(io.emit("connect")).rejects.toThrow(EmitterError);
  expect(io.stats()).toStrictEqual({ ...io.stats(), messages: 1, failed: 1 });
  expect(io.statement("emit", "news").values).toBeInstanceOf(Array);
  expect(io.connect()).toBeInstanceOf(Promise);
});

test("fake timers neither stop it nor count it", async () => {
  jest.useFakeTimers();
  await io.emit("ran", "under fake timers");
  await io.serverCount();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  await io.emit("ran", "after fake timers");
  await io.flush();
});

test("an emitter that is made under fake timers is as good", async () => {
  jest.useFakeTimers();
  const late = new Emitter(process.env.DATABASE_URL);
  await late.emit("ran", "made under fake timers");
  await late.close();
  jest.useRealTimers();
});
