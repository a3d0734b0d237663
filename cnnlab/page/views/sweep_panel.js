/* A sweep: its answer in a sentence, which settings matter, its pictures, and its trials, the best first. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { encodeName } from "../lab_api.js";
import { formatCount, formatDuration, formatMetric, formatPercent, formatSetting } from "./figures.js";
import { TrialPictures } from "./trial_pictures.js";

export function SweepPanel({ name, state, api, words }) {
  const [sweep, setSweep] = useState(null);
  const [importances, setImportances] = useState(null); // which settings matter; this comes seconds later
  const [fault, setFault] = useState("");
  const [marked, mark] = useState(null);
  // A sweep that goes on shows its new trials.
  const version = [name, ...state.runs.filter((row) => row.name === name).map((row) => `${row.status} ${row.trials}`)].join();
  useEffect(() => {
    let isGone = false;
    const read = (path, show) => api.get(path).then(
      (found) => isGone || (show(found), setFault("")),
      (error) => isGone || setFault(error.message),
    );
    const path = `/api/sweeps/${encodeName(name)}`;
    setImportances(null);
    read(path, setSweep).then(() => read(`${path}/importances`, setImportances));
    return () => {
      isGone = true;
    };
  }, [version]);
  if (fault) return html`<p class="fault" role="alert">${fault}</p>`;
  if (sweep?.name !== name) return html`<p class="faint" role="status">${words("loading")}</p>`;
  return html`
    <section class="stack" aria-label=${words("compare_sweep", { name })}>
      <div>
        <h3>${name}</h3>
        <p class="faint">${describeProgress(sweep, words)}</p>
      </div>
      <p class="sentence">${endSentence(sweep.sentence.replace(/^[a-z]/, (letter) => letter.toUpperCase()))}</p>
      <${TrialPictures} sweep=${sweep} marked=${marked} mark=${mark} words=${words} />
      <${Importances} found=${importances} names=${sweep.short_names} words=${words} />
      <${TrialTable} sweep=${sweep} marked=${marked} mark=${mark} words=${words} />
    </section>`;
}

/** End a line of the terminal with a full stop. */
function endSentence(line) {
  return /[.:?!]$/.test(line) ? line : `${line}.`;
}

function describeProgress({ status, counts, planned_trials: planned }, words) {
  const parts = Object.entries(counts).map(([name, count]) => `${words(`trial_${name}`)} ${count}`);
  return [words("compare_planned", { status: words(`status_${status}`), planned }), ...parts].join(" · ");
}

function Importances({ found, names, words }) {
  if (!found) return html`<p class="faint" role="status">${words("compare_importance_busy")}</p>`;
  const { importance, importances } = found;
  return html`
    <div class="importances">
      <h4>${words("compare_importance")}</h4>
      <p>${endSentence(importance)}</p>
      ${importances.length > 0 && html`
        <ul>
          ${importances.map(({ parameter, share, is_certain: isCertain }) => html`
            <li key=${parameter} class=${isCertain ? "" : "faint"}>
              <span>${names[parameter] ?? parameter}</span>
              <span class="importance-track" aria-hidden="true"><i style=${{ width: `${100 * share}%` }}></i></span>
              <span class="numbers">${formatPercent(share)}</span>
            </li>`)}
        </ul>`}
    </div>`;
}

function TrialTable({ sweep, marked, mark, words }) {
  const { goal, parameters, short_names: names, ranking } = sweep;
  const paths = Object.keys(parameters);
  const rank = (trial) => (ranking.includes(trial.number) ? ranking.indexOf(trial.number) : ranking.length + trial.number);
  const trials = [...sweep.trials].sort((a, b) => rank(a) - rank(b));
  return html`
    <h4>${words("compare_trials")}</h4>
    <div class="scroll" role="region" tabindex="0" aria-label=${words("compare_trials")}>
      <table>
        <thead>
          <tr>
            <th scope="col">${words("compare_trial_heading")}</th>
            <th scope="col">${goal.metric}</th>
            ${paths.map((path) => html`<th key=${path} scope="col" title=${path}>${names[path] ?? path}</th>`)}
            <th scope="col">${words("change_multiply_adds")}</th>
            <th scope="col">${words("compare_time")}</th>
            <th scope="col" class="words">${words("compare_state")}</th>
          </tr>
        </thead>
        <tbody>
          ${trials.map((trial) => html`
            <tr key=${trial.number} class=${trial.number === marked ? "marked" : ""}
              onPointerEnter=${() => mark(trial.number)} onPointerLeave=${() => mark(null)}>
              <th scope="row"><${TrialNumber} trial=${trial} words=${words} /></th>
              <td>${formatMetric(goal.metric, trial.value)}</td>
              ${paths.map((path) => html`<td key=${path}>${formatSetting(trial.values[path])}</td>`)}
              <td>${trial.multiply_adds ? formatCount(trial.multiply_adds) : "–"}</td>
              <td>${trial.seconds ? formatDuration(trial.seconds) : "–"}</td>
              <td class="words">${words(`trial_${trial.status}`)}${trial.reason && html`<span class="faint small">: ${trial.reason}</span>`}</td>
            </tr>`)}
        </tbody>
      </table>
    </div>`;
}

/** The number of a trial; it leads to the run if the trial has one. */
function TrialNumber({ trial, words }) {
  const { number, run, epochs } = trial;
  if (!epochs) return number;
  return html`<a href=${`#train/${encodeName(run)}`} aria-label=${words("compare_trial", { number })}>${number}</a>`;
}
