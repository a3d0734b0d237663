/* Write shapes and numbers as texts, in one way everywhere on the page. */

/** The name of a kind of layer in a sentence: `max pool`. */
export function describeKind(kind) {
  return kind.replaceAll("_", " ");
}

/** `28×28×32` */
export function describeShape(shape) {
  return shape.join("×");
}

/** A number with three digits that count: `0.0123`, `-1.57`, `248`. The minus is the sign of mathematics. */
export function describeNumber(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replaceAll("-", "−");
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toFixed(digits).replace("-", "−");
}

/** A probability as `98.2%`. */
export function describePercent(share) {
  return `${(100 * share).toFixed(1)}%`;
}
