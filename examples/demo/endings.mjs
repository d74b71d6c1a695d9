// What has to be ended, in the order it was started.

const endings = [];
let ended;

/** Ends whatever was started so far. A second call waits for the first. */
export function endWorld() {
  ended ??= (async () => {
    for (const end of endings.reverse()) {
      await end();
    }
  })();
  return ended;
}

/** Waits for what is being started. `end` gets it, when its time has come. */
export async function started(promise, end) {
  // Known from now on: an interruption waits for what is just starting, and ends it.
  endings.push(() => promise.then(end, () => {}));
  const thing = await promise;
  return ended ? new Promise(() => {}) : thing;
}
