/*
 * The axes of a sweep's pictures: where a value of a parameter lies between 0 and 1, and which values
 * the axis names.
 */

import { formatMetric, formatSetting } from "./figures.js";

/**
 * Build the axis of a parameter: {place(value) -> 0 to 1, or null, ticks: [{at, label}]}.
 * `parameter` is a list of choices, or {min, max, step, scale: "linear" | "log"}, as a sweep file has it.
 */
export function buildAxis(parameter) {
  return Array.isArray(parameter) ? buildChoiceAxis(parameter) : buildNumberAxis(parameter);
}

function buildChoiceAxis(choices) {
  const texts = choices.map(formatSetting);
  const at = (index) => (texts.length === 1 ? 0.5 : index / (texts.length - 1));
  return {
    place: (value) => (texts.includes(formatSetting(value)) ? at(texts.indexOf(formatSetting(value))) : null),
    ticks: texts.map((label, index) => ({ at: at(index), label })),
  };
}

function buildNumberAxis({ min, max, step, scale }) {
  const project = scale === "log" ? Math.log : (value) => value;
  const [low, high] = [project(min), project(max)];
  const at = (value) => (high > low ? (project(value) - low) / (high - low) : 0.5);
  const middle = scale === "log" ? listPowersOfTen(min, max) : listMiddleValues(min, max, step);
  const values = [...new Set([min, ...middle, max])];
  return {
    place: (value) => (Number.isFinite(value) ? at(value) : null),
    ticks: values.map((value) => ({ at: at(value), label: formatTick(value) })),
  };
}

/** All values between if they are at most three, or else the one in the middle: with a step, no other value exists. */
function listMiddleValues(min, max, step) {
  if (!step) return [(min + max) / 2];
  const steps = Math.round((max - min) / step);
  if (steps > 4) return [min + step * Math.round(steps / 2)];
  return Array.from({ length: Math.max(0, steps - 1) }, (_, index) => min + step * (index + 1));
}

function listPowersOfTen(min, max) {
  const powers = [];
  for (let power = 10 ** Math.ceil(Math.log10(min)); power < max; power *= 10) if (power > min) powers.push(power);
  return powers;
}

function formatTick(value) {
  const isExtreme = value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 100000);
  return isExtreme ? value.toExponential(0).replace("e+", "e") : String(Number(value.toPrecision(3)));
}

/** Build the axis of the metric over the values of all trials, with the worst at 0 and the best at 1. */
export function buildMetricAxis(values, metric, direction) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = high - low || 1;
  const rise = (value) => (value - low) / range;
  const place = (value) => (direction === "min" ? 1 - rise(value) : rise(value));
  const ticks = high > low ? [low, (low + high) / 2, high] : [low];
  return { place, ticks: ticks.map((value) => ({ at: place(value), label: formatMetric(metric, value) })) };
}
