/* Write figures for people: percentages, durations, counts and times, as the terminal writes them. */

const MINUS = "\u2212";

/** Write a share as percent with two digits, such as 98.73%; a dash for no value. */
export function formatPercent(share) {
  if (!Number.isFinite(share)) return "–";
  return `${(100 * share).toFixed(2)}%`.replace("-", MINUS);
}

/** Write a count with commas: 421,642; a dash for no value. */
export function formatCount(count) {
  return Number.isFinite(count) ? count.toLocaleString("en-US").replace("-", MINUS) : "–";
}

/** Whether a metric is a share, from 0 to 1. */
export function isShare(name) {
  return /accuracy|precision|recall|auc|f1/.test(name);
}

/** Write a metric: a share as percent, everything else with four digits. */
export function formatMetric(name, value) {
  if (!Number.isFinite(value)) return "–";
  if (isShare(name)) return formatPercent(value);
  return Math.abs(value) >= 1000 ? formatCount(Math.round(value)) : Number(value.toPrecision(4)).toString().replace("-", MINUS);
}

/** Write a number beside an axis: as short as it can be, 80% and not 80.00%. */
export function formatTick(name, value) {
  return isShare(name) ? `${Number((100 * value).toFixed(4))}%` : formatMetric(name, value);
}

/** Write a duration in seconds: 0.4 s, 52 s, 3 min 20 s, 2 h 5 min. */
export function formatDuration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** Write a shape: 28 × 28 × 1. */
export function formatShape(shape) {
  return shape.join(" × ");
}

/** Write a value of a setting as the terminal does: a number that a search drew has many digits, of which six count. */
export function formatSetting(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  return typeof value === "object" ? JSON.stringify(value).replaceAll('"', "") : String(value);
}
