// Text in columns.

const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const figure = (value) => (value >= 1_000 ? WHOLE.format(value) : NUMBER.format(value));

/** "median (min–max)", or nothing. */
export function withSpread(spread) {
  if (!spread || Number.isNaN(spread.median)) return "";
  const { median, min, max } = spread;
  return min === max ? figure(median) : `${figure(median)} (${figure(min)}–${figure(max)})`;
}

export const median = (spread) =>
  !spread || Number.isNaN(spread.median) ? "" : figure(spread.median);

/** Rows of text below their heads: the first column to the left, the rest to the right. */
export function table(heads, rows) {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column].length)),
  );
  const line = (cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join("  ")
      .trimEnd();
  return [line(heads), line(widths.map((width) => "─".repeat(width))), ...rows.map(line)].join(
    "\n",
  );
}

/** Of how many rounds the figures are. */
export const roundsText = (rounds) =>
  rounds === 1 ? "one round" : `medians of ${rounds} rounds (least–most)`;
