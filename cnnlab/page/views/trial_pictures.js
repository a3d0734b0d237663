/*
 * The pictures of a sweep: parallel coordinates, and the metric against each parameter. Each line and each
 * point is a trial; pointing at one marks it in all pictures, touching it opens its run.
 */

import { html } from "../vendor/preact.js";
import { encodeName } from "../lab_api.js";
import { buildAxis, buildMetricAxis } from "./trial_axes.js";

const LINES = { width: 900, height: 300, left: 70, right: 80, top: 36, bottom: 20 };
const POINTS = { width: 300, height: 210, left: 62, right: 16, top: 12, bottom: 34 };

/**
 * @param {object} properties
 *   sweep   the answer of GET /api/sweeps/NAME
 *   marked  number of the trial under the pointer, or null
 *   mark    (number or null)
 */
export function TrialPictures({ sweep, marked, mark, words }) {
  const trials = sweep.trials.filter((trial) => Number.isFinite(trial.value));
  if (trials.length === 0) return html`<p class="faint">${words("compare_no_trials")}</p>`;
  const { metric, direction } = sweep.goal;
  const value = buildMetricAxis(trials.map((trial) => trial.value), metric, direction);
  const buildNamedAxis = ([path, parameter]) => ({ path, name: sweep.short_names[path] ?? path, ...buildAxis(parameter) });
  const axes = Object.entries(sweep.parameters).map(buildNamedAxis);
  // The best trials come last, so that they are drawn over the others.
  const sorted = [...trials].sort((a, b) => value.place(a.value) - value.place(b.value));
  const shared = { trials: sorted, axes, value, metric, best: sweep.best, marked, mark, words };
  return html`
    <figure>
      <figcaption><h4>${words("compare_lines")}</h4></figcaption>
      <div class="scroll" role="region" tabindex="0" aria-label=${words("compare_lines")}><${ParallelCoordinates} ...${shared} /></div>
    </figure>
    <div class="scatters">
      ${axes.map((axis) => html`
        <figure key=${axis.path}>
          <figcaption><h4>${axis.name}</h4></figcaption>
          <${Scatter} ...${shared} axis=${axis} />
        </figure>`)}
    </div>`;
}

function ParallelCoordinates({ trials, axes, value, metric, best, marked, mark, words }) {
  const { width, height, left, right, top, bottom } = LINES;
  const x = (index) => left + (index * (width - left - right)) / axes.length;
  const y = (at) => height - bottom - at * (height - top - bottom);
  const columns = [...axes.map((axis) => ({ ...axis, read: (trial) => axis.place(trial.values[axis.path]) })),
    { name: metric, path: metric, ticks: value.ticks, read: (trial) => value.place(trial.value) }];
  return html`
    <svg class="trials-picture parallel" viewBox=${`0 0 ${width} ${height}`} role="group" aria-label=${words("compare_lines")}>
      ${trials.map((trial) => {
        const places = columns.map((column, index) => [x(index), column.read(trial)]).filter(([, at]) => at !== null);
        const points = places.map(([left, at]) => `${left.toFixed(1)},${y(at).toFixed(1)}`).join(" ");
        return html`
          <${TrialLink} key=${trial.number} ...${{ trial, metric, best, marked, mark, words, strength: value.place(trial.value) }}>
            <polyline class="touch" points=${points} />
            <polyline class="line" points=${points} />
          <//>`;
      })}
      ${columns.map((column, index) => html`
        <g key=${column.path} transform=${`translate(${x(index).toFixed(1)} 0)`}>
          <line class="axis" y1=${top} y2=${height - bottom} />
          <text class="axis-name" y=${top - 18} text-anchor="middle">${column.name}</text>
          ${column.ticks.map(({ at, label }) => {
            const isLast = index === axes.length; // the ticks of the metric are at its right
            return html`<text key=${label} class="tick" x=${isLast ? 8 : -8} y=${y(at) + 4} text-anchor=${isLast ? "start" : "end"}>${label}</text>`;
          })}
        </g>`)}
    </svg>`;
}

function Scatter({ trials, axis, value, metric, best, marked, mark, words }) {
  const { width, height, left, right, top, bottom } = POINTS;
  const x = (at) => left + at * (width - left - right);
  const y = (at) => height - bottom - at * (height - top - bottom);
  const placed = trials.filter((trial) => axis.place(trial.values[axis.path]) !== null);
  const label = words("compare_scatter", { metric, parameter: axis.name });
  return html`
    <svg class="trials-picture" viewBox=${`0 0 ${width} ${height}`} role="group" aria-label=${label}>
      ${value.ticks.map(({ at, label: text }) => html`
        <g key=${text}>
          <line class="grid" x1=${left} x2=${width - right} y1=${y(at)} y2=${y(at)} />
          <text class="tick" x=${left - 8} y=${y(at) + 4} text-anchor="end">${text}</text>
        </g>`)}
      ${axis.ticks.map(({ at, label: text }) => html`
        <text key=${text} class="tick" x=${x(at)} y=${height - bottom + 20} text-anchor="middle">${text}</text>`)}
      ${placed.map((trial) => html`
        <${TrialLink} key=${trial.number} ...${{ trial, metric, best, marked, mark, words, strength: value.place(trial.value) }}>
          <circle class="point" cx=${x(axis.place(trial.values[axis.path])).toFixed(1)} cy=${y(value.place(trial.value)).toFixed(1)} r="5" />
        <//>`)}
    </svg>`;
}

/** A link to the run of a trial. The table of trials has the same links for the keyboard. */
function TrialLink({ trial, best, marked, mark, words, strength, children }) {
  const { number, run } = trial;
  const names = ["trial", number === best && "best", number === marked && "marked", trial.status !== "finished" && "unfinished"];
  return html`
    <a href=${`#train/${encodeName(run)}`} tabindex="-1" class=${names.filter(Boolean).join(" ")} style=${{ "--strength": strength.toFixed(2) }}
      aria-label=${words("compare_trial", { number })} onPointerEnter=${() => mark(number)} onPointerLeave=${() => mark(null)}>${children}</a>`;
}
