// How long to wait for messages that do not come.

/**
 * The time after which a message that has not come never will, not even on a machine that does much else. It
 * only ends a wait that would last for ever: nothing is measured by it.
 */
export const NEVER_MS = 60_000;
