/*
 * Compare: runs beside each other, by their curves, their settings, their results and their answers to the
 * same drawing; and sweeps, where each point is a run.
 */

import { html, useEffect, useState } from "../vendor/preact.js";
import { markCode } from "./code_text.js";
import { Comparison } from "./comparison.js";
import { formatPercent } from "./figures.js";
import { NetworkPair } from "./network_pair.js";
import { chooseColour, collectBatches, listCurves, useRunDetails } from "./run_details.js";
import { suggestRuns } from "./run_suggestion.js";
import { SweepPanel } from "./sweep_panel.js";
import { Charts } from "./train.js";

let chosen = null; // names of the compared runs; null before somebody chose
let openSweep = null;

export function CompareView({ state, words, api }) {
  const [, renderAgain] = useState(0);
  const { runs, run, progress } = state;
  const change = (action) => (action(), renderAgain((count) => count + 1));
  const current = runs.find((row) => row.name === run);
  useEffect(() => collectBatches(progress), [progress]);
  useEffect(() => {
    if (current?.kind === "sweep") change(() => (openSweep = run));
  }, [run, current?.kind]);
  const compared = (chosen ?? suggestRuns(runs, run)).filter((name) => runs.some((row) => row.name === name));
  const names = openSweep ? [] : compared; // an open sweep stands in place of the comparison
  const toggle = (name) => change(() => {
    openSweep = null;
    chosen = names.includes(name) ? names.filter((one) => one !== name) : [...names, name];
  });
  const chooseSweep = (name) => change(() => (openSweep = name === openSweep ? null : name));
  if (runs.length === 0) return html`<p class="faint">${markCode(words("no_runs_yet"))}</p>`;
  return html`
    <h2 class="unseen">${words("tab_compare")}</h2>
    <div class="compare">
      <${Chooser} ...${{ runs, names, toggle, openSweep, chooseSweep, words }} />
      <div class="stack compared">
        ${openSweep
          ? html`<${SweepPanel} name=${openSweep} state=${state} api=${api} words=${words} />`
          : html`<${Compared} names=${names} state=${state} api=${api} words=${words} />`}
      </div>
    </div>`;
}

function Chooser({ runs, names, toggle, openSweep, chooseSweep, words }) {
  const [sweeps, singles] = [runs.filter((row) => row.kind === "sweep"), runs.filter((row) => row.kind !== "sweep" && row.epochs > 0)];
  return html`
    <section class="run-list" aria-label=${words("compare_choose")}>
      <h3>${words("train_runs")}</h3>
      <ul class="chooser">
        ${singles.map((row) => html`
          <li key=${row.name}>
            <label>
              <input type="checkbox" checked=${names.includes(row.name)} onChange=${() => toggle(row.name)}
                style=${names.includes(row.name) ? { accentColor: `var(${chooseColour(row.name)})` } : {}} />
              <span>${row.name}</span>
            </label>
            <span class="run-state numbers">${describeAccuracy(row)}</span>
          </li>`)}
      </ul>
      ${sweeps.length > 0 && html`
        <h3>${words("compare_sweeps")}</h3>
        <ul class="sweeps">
          ${sweeps.map((row) => html`
            <li key=${row.name}>
              <button type="button" class="quiet" aria-pressed=${row.name === openSweep} onClick=${() => chooseSweep(row.name)}>${row.name}</button>
            </li>`)}
        </ul>`}
    </section>`;
}

function describeAccuracy({ accuracy, val_accuracy: validation }) {
  const share = accuracy ?? validation;
  return Number.isFinite(share) ? formatPercent(share) : "";
}

function Compared({ names, state, api, words }) {
  const { details } = useRunDetails(names, state, api);
  const curves = listCurves(names, details);
  if (names.length < 2) return html`<p class="faint">${words("compare_two")}</p>`;
  return html`
    <section class="stack" aria-label=${words("compare_verdict")}>
      <${Comparison} key=${names.join()} names=${names} state=${state} api=${api} words=${words} />
    </section>
    <section class="stack curves-place" aria-label=${words("train_curves")}>
      <${Charts} curves=${curves} state=${state} words=${words} />
    </section>
    <${NetworkPair} names=${names.slice(0, 2)} state=${state} api=${api} words=${words} />`;
}
