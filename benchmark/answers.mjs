// What those that ask and those that answer agree on.

/** A prefix of its own: the listener that counts deliveries must not hear the servers talk. */
export const CHANNEL_PREFIX = "answers";
export const QUESTION = "question";
export const SERVERS = 3;
export const CLIENTS_EACH = 4;
