// How long to wait for what does not come.

/**
 * What has not come after so many milliseconds never will, not even on a machine that does much else. It
 * only ends a wait that would last for ever: nothing is measured by it.
 */
export const NEVER_MS = 60_000;
