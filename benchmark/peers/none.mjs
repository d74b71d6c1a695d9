// Transactions without a message: what the others are measured by.

import { Form } from "../transactions/form.mjs";

export const open = (config) => new Form(config);
