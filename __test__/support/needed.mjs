// Programs that some tests need, and that not every machine has.

/**
 * Gives `found` back. Where it is nothing, the tests that need it are skipped, for which AVA's run
 * passes: with `CI` set this throws instead, so that such a run does not.
 */
export function neededInCi(found, what, { CI } = process.env) {
  if (!found && CI)
    throw new Error(`${what} is missing, and CI is set: its tests may not be skipped`);
  return found;
}
