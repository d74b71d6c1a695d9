// Tests of one file run all at once; those with several servers each would only wait for each other.

/**
 * Lets `count` tests at a time pass: `take(t)` resolves when it is this test's turn, which lasts until
 * its teardown.
 */
export function slots(count) {
  let free = count;
  const waiting = [];
  const give = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return {
    async take(t) {
      if (free > 0) free--;
      else await new Promise((resolve) => waiting.push(resolve));
      t.teardown(give);
    },
  };
}
