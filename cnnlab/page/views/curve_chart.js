/* A chart of one metric over the epochs: the curves of several runs on the same axes, drawn by uPlot. */

import uPlot from "../vendor/uplot.js";
import { html, useEffect, useRef } from "../vendor/preact.js";
import { buildColumns } from "./curve_data.js";
import { formatMetric, formatTick, isShare } from "./figures.js";

const HEIGHT = 15; // rem
const LOOKS = {
  batches: { width: 1, alpha: 0.45 },
  training: { width: 1.5, dash: [6, 4] },
  validation: { width: 2 },
};

/**
 * @param {object} properties
 *   runs    RunCurves with `colour`, the name of a CSS variable such as "--run-1"
 *   metric  such as "accuracy"
 *   theme   "light" or "dark": with another theme, the chart is drawn again
 *   scale   "large" or "normal" letters
 */
export function CurveChart({ runs, metric, theme, scale, words }) {
  const place = useRef(null);
  const chart = useRef(null);
  const { columns, curves } = buildColumns(runs, metric);
  // uPlot keeps its series, so another set of curves needs another chart; new points do not.
  const identity = JSON.stringify([metric, theme, scale, curves.map(({ run, split }) => [runs[run].name, runs[run].colour, split])]);
  useEffect(() => {
    const host = place.current; // which the reference loses before the clean-up
    const built = buildChart(host, { runs, metric, curves, columns, words });
    chart.current = built;
    const watcher = new ResizeObserver(() => host.isConnected && built.setSize(measure(host)));
    watcher.observe(host);
    return () => {
      watcher.disconnect();
      built.destroy();
    };
  }, [identity]);
  useEffect(() => chart.current.setData(columns), [columns.map((column) => column.join()).join(";")]);
  return html`
    <figure class="chart">
      <figcaption><h4>${metric}</h4></figcaption>
      <div ref=${place} class="chart-place" role="img" aria-label=${describe(runs, metric, columns, curves, words)}></div>
    </figure>`;
}

function measure(place) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return { width: Math.max(200, Math.floor(place.clientWidth)), height: HEIGHT * rem };
}

function buildChart(place, { runs, metric, curves, columns, words }) {
  const styles = getComputedStyle(document.documentElement);
  const read = (name) => resolveColour(styles.getPropertyValue(name), place);
  const rem = parseFloat(styles.fontSize);
  const font = `${0.75 * rem}px ${styles.getPropertyValue("--sans")}`;
  const axis = { stroke: read("--faint"), font, grid: { stroke: read("--line"), width: 1 }, ticks: { show: false } };
  const zoom = rem / 16; // large type has thick lines
  const series = curves.map(({ run, split }) => ({
    ...LOOKS[split],
    width: zoom * LOOKS[split].width,
    label: runs[run].name,
    stroke: read(runs[run].colour),
    spanGaps: true,
    points: { show: (chart, number) => hasPoints(split, chart.data[number]), size: 5 * zoom },
  }));
  const tip = Object.assign(document.createElement("div"), { className: "chart-tip", hidden: true });
  const options = {
    ...measure(place),
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: { x: { time: false, range: (_, least, most) => widen(least, most) }, y: { range: (_, least, most) => findRange(metric, least, most) } },
    axes: [
      { ...axis, size: 2 * rem, label: words("train_epoch_heading"), labelFont: font, labelSize: 1.25 * rem, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], values: (_, ticks) => ticks.map(String) },
      { ...axis, size: 3.75 * rem, values: (_, ticks) => ticks.map((tick) => formatTick(metric, tick)) },
    ],
    series: [{}, ...series],
    hooks: { setCursor: [(chart) => showTip(tip, chart, { runs, metric, curves, words })] },
  };
  const chart = new uPlot(options, columns, place);
  chart.over.append(tip);
  return chart;
}

/** Whether a curve shows its points: a curve of one point would be unseen otherwise. */
function hasPoints(split, values) {
  const count = values.filter((value) => value !== null).length;
  return count === 1 || (split === "validation" && count < 40);
}

/** The ends of the axis of epochs; a single epoch lies in its middle. */
function widen(least, most) {
  return least === most ? [least - 0.5, most + 0.5] : [least, most];
}

/** The ends of the axis of a metric: a tenth more than the curves have, and no share above 100%. */
function findRange(metric, least, most) {
  const margin = (most - least || Math.abs(most) || 1) / 10;
  const [low, high] = [least - margin, most + margin];
  return isShare(metric) ? [Math.max(0, low), Math.min(1, high)] : [low, high];
}

/** A canvas does not know light-dark(), so an element computes the colour. */
function resolveColour(value, place) {
  const probe = document.createElement("span");
  probe.style.color = value;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Show the values of all curves at the epoch under the pointer. */
function showTip(tip, chart, { runs, metric, curves, words }) {
  const { idx, left } = chart.cursor;
  tip.hidden = idx === null || idx === undefined || left < 0;
  if (tip.hidden) return;
  const epoch = chart.data[0][idx];
  const lines = curves.flatMap(({ run, split }, index) => {
    const value = chart.data[index + 1][idx];
    return value === null ? [] : [`${runs[run].name}, ${words(`train_${split}`)}: ${formatMetric(metric, value)}`];
  });
  tip.textContent = [words("train_epoch", { epoch: Number(epoch.toFixed(2)) }), ...lines].join("\n");
  const isRight = left > chart.over.clientWidth / 2;
  tip.style.left = isRight ? "auto" : `${left + 12}px`;
  tip.style.right = isRight ? `${chart.over.clientWidth - left + 12}px` : "auto";
}

/** What a screen reader says: the last value of each curve. */
function describe(runs, metric, columns, curves, words) {
  const texts = curves.map(({ run, split }, index) => {
    const last = columns[index + 1].findLast((value) => value !== null);
    return `${runs[run].name}, ${words(`train_${split}`)}: ${formatMetric(metric, last)}`;
  });
  return `${words("train_chart", { metric })}. ${texts.join("; ")}`;
}
