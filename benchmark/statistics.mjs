// What many rounds come to.

/** The value below which `share` of them lie. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const rest = place - below;
  return rest === 0 ? sorted[below] : sorted[below] * (1 - rest) + sorted[below + 1] * rest;
}

/** The median of some rounds, and between what they lie. */
export const spread = (values) => ({
  median: quantile(values, 0.5),
  min: Math.min(...values),
  max: Math.max(...values),
});

/** The slope of the straight line nearest to the points [x, y]. */
export function slope(points) {
  const mean = (place) => points.reduce((sum, point) => sum + point[place], 0) / points.length;
  const [x0, y0] = [mean(0), mean(1)];
  const over = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0);
  const under = points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
  return under === 0 ? 0 : over / under;
}
