// What was emitted, held against what arrived.

/** The outcomes of messages of which it is unknown whether they arrived. */
export const UNCERTAIN = ["ERR_OUTCOME_UNKNOWN", "ERR_TIMEOUT"];

/**
 * `codes` are the outcomes of messages by their numbers: the code of an error, or `undefined` for what
 * resolved. `arrived` has the numbers that arrived, in their order. What resolved must have arrived
 * once and in order, what has an unknown outcome at most once, all else not at all; `repeats` allows
 * more than once of what might have.
 *
 * Gives `tally`, how many had each outcome (`sent` for what resolved), the numbers that were `lost`,
 * came `twice` or came `refused` as they were, `again`, how many were repeated and might be, and
 * `disorder`, the first that came after a later one.
 */
export function accountOf(codes, arrived, { repeats = false } = {}) {
  const times = new Map();
  for (const n of arrived) times.set(n, (times.get(n) ?? 0) + 1);
  const found = { tally: { sent: 0 }, lost: [], twice: [], refused: [], again: 0 };
  let n = 0;
  for (const code of codes) {
    const count = times.get(n) ?? 0;
    found.tally[code ?? "sent"] = (found.tally[code ?? "sent"] ?? 0) + 1;
    const mayArrive = code === undefined || UNCERTAIN.includes(code);
    if (code === undefined && count === 0) found.lost.push(n);
    if (!mayArrive && count > 0) found.refused.push(n);
    if (mayArrive && count > 1) {
      if (repeats) found.again++;
      else found.twice.push(n);
    }
    n++;
  }
  return { ...found, disorder: disorderOf([...codes], arrived) };
}

/** Of repeats, the last counts: what came before has been sent again after it. */
function disorderOf(codes, arrived) {
  const sent = [...new Set(arrived.toReversed())]
    .reverse()
    .filter((n) => n in codes && codes[n] === undefined);
  return sent.find((n, index) => index > 0 && n < sent[index - 1]);
}
