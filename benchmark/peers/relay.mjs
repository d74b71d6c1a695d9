// The relay.

import { Backlog } from "../transactions/backlog.mjs";

export const open = (config) => Backlog.open(config);
