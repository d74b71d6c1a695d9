// What a transaction changes beside its message: the state of an order.

/** Numbers of one width, so that one can be written over another. */
export const FIRST_ORDER = 10_000;
const ORDERS = 10_000;

export const ORDERS_SQL = `CREATE TABLE orders (id int PRIMARY KEY, state int NOT NULL);
  INSERT INTO orders SELECT ${FIRST_ORDER} + n, 0 FROM generate_series(0, ${ORDERS - 1}) AS n;`;

export const UPDATE = "UPDATE orders SET state = state + 1 WHERE id = $1";

/** The order of the n-th transaction: neighbours in time are none in the table. */
export const orderOf = (n) => FIRST_ORDER + ((n * 7_919) % ORDERS);
