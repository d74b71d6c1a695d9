// What all charts have in common: a card with a title for those who cannot see it, and where it was measured.

export const WIDTH = 760;
export const MARGIN = 24;

/** Those whose figures stand out. */
const OURS = new Set(["ours", "outbox"]);

/** The class of a peer's figures. */
export const kindOf = (peer) => (OURS.has(peer) ? "ours" : "peer");

// A card with a ground of its own, so that it can be read on any page, whatever the page believes.
const STYLE = `
  .ground { fill: #ffffff; stroke: #d1d9e0; }
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .quiet { fill: #59636e; }
  .ours { fill: #0969da; }
  .peer { fill: #8c959f; }
  .small { font-size: 11px; }
  .grid { stroke: #d1d9e0; }
  .line.ours { fill: none; stroke: #0969da; stroke-width: 2; }
  .line.peer { fill: none; stroke: #8c959f; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #3d444d; }
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .ours { fill: #4493f8; }
    .peer { fill: #656c76; }
    .grid { stroke: #3d444d; }
    .line.ours { stroke: #4493f8; }
    .line.peer { stroke: #656c76; }
  }`;

export const plain = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.codePointAt(0)};`);

/** A card of this title with these lines of SVG, which end at `bottom`. */
export function card(title, lines, bottom, { machine, date }) {
  const where = `Node ${machine.node.slice(1)}, PostgreSQL ${machine.postgres}, all on ${machine.cores} cores`;
  const foot = `npm run bench · ${where} · ${date.slice(0, 10)}`;
  const height = bottom + 44;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${plain(title)}</title>
<style>${STYLE}
</style>
<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${lines.join("\n")}
<text class="quiet" x="${MARGIN}" y="${bottom + 24}">${plain(foot)}</text>
</svg>
`;
}
