// What became of the messages.

import { figure } from "./table.mjs";

/** Whether all that was emitted came, and in its order. */
export function deliveryOf(runs) {
  const all = runs.map(({ arrivals }) => arrivals);
  if (!all.every(Boolean)) return undefined;
  const sum = (name) => all.reduce((total, arrivals) => total + arrivals[name], 0);
  return {
    emitted: sum("count"),
    delivered: sum("distinct"),
    duplicates: sum("duplicates"),
    outOfOrder: sum("outOfOrder"),
    strays: sum("strays"),
  };
}

/** The same in words; for what many connections send there is no order. */
export function deliveryText(delivery, isOrdered = true) {
  if (!delivery) return "";
  const { emitted, delivered, duplicates, outOfOrder, strays } = delivery;
  const all = delivered === emitted ? "all" : `${figure(emitted - delivered)} lost`;
  const twice = duplicates === 0 ? "" : `, ${figure(duplicates)} twice`;
  const late = strays === 0 ? "" : `, ${figure(strays)} late`;
  if (!isOrdered) return `${all}${twice}${late}`;
  const share = `${figure((100 * outOfOrder) / delivered)} %`;
  return `${all}${twice}${late}, ${outOfOrder === 0 ? "in order" : `${share} out of order`}`;
}
