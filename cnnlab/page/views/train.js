/* Train: the curves of trainings while they go on, wherever they were started, and the result of a run. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { markCode } from "./code_text.js";
import { CurveChart } from "./curve_chart.js";
import { listMetrics } from "./curve_data.js";
import { EpochTable } from "./epoch_table.js";
import { collectBatches, listCurves, useRunDetails } from "./run_details.js";
import { RunList } from "./run_list.js";
import { RunResult } from "./run_result.js";

const REFRESH = 5000; // milliseconds between two looks at the list of runs, while one of them trains

let hidden = new Set(); // names of runs that somebody took out of the charts
let added = new Set(); // names of runs that somebody put into the charts

export function TrainView({ state, words, api }) {
  const [, renderAgain] = useState(0);
  const { runs, run, progress } = state;
  useEffect(() => collectBatches(progress), [progress]);
  const isBusy = runs.some((row) => row.status === "running");
  useEffect(() => {
    if (!isBusy) return undefined;
    // A process that dies before its first batch sends no event.
    const timer = setInterval(state.refreshRuns, REFRESH);
    return () => clearInterval(timer);
  }, [isBusy]);
  const isShown = (row) => !hidden.has(row.name) && (row.name === run || row.status === "running" || added.has(row.name));
  const shown = runs.filter((row) => row.kind !== "sweep" && isShown(row)).map((row) => row.name);
  const toggle = (name) => {
    const [into, from] = shown.includes(name) ? [hidden, added] : [added, hidden];
    into.add(name);
    from.delete(name);
    renderAgain((count) => count + 1);
  };
  const chosen = runs.find((row) => row.name === run);
  const isSweep = chosen?.kind === "sweep";
  const names = [...new Set([...shown, ...(run && !isSweep ? [run] : [])])];
  const { details, faults } = useRunDetails(names, state, api);
  const curves = listCurves(shown, details);
  const isTraining = (name) => runs.some((row) => row.name === name && row.status === "running");
  const unreadable = names.filter((name) => faults[name] && !isTraining(name)); // a run that begins has no details yet
  const emptiness = listMetrics(curves).length > 0 ? "" : describeEmptiness(shown, details, unreadable, isTraining);
  if (runs.length === 0) return html`<p class="faint">${markCode(words("no_runs_yet"))}</p>`;
  return html`
    <h2 class="unseen">${words("tab_train")}</h2>
    <div class="train">
      <${RunList} ...${{ state, api, words, shown, toggle }} />
      <section class="curves stack" aria-label=${words("train_curves")}>
        ${unreadable.map((name) => html`<p key=${name} class="fault" role="alert">${faults[name]}</p>`)}
        ${emptiness && html`<p class="faint">${words(emptiness)}</p>`}
        <${Charts} curves=${curves} state=${state} words=${words} />
        ${isSweep && html`
          <p>${words("train_sweep", { run })} <button type="button" onClick=${() => state.openTab("compare")}>${words("tab_compare")}</button></p>`}
      </section>
      ${!isSweep && html`<${RunResult} run=${run} details=${details[run]} state=${state} api=${api} words=${words} />`}
    </div>`;
}

/** Why there is no curve, as the key of a text; "" if the fault of the server says it. */
function describeEmptiness(shown, details, unreadable, isTraining) {
  if (shown.length === 0) return unreadable.length > 0 ? "" : "train_choose";
  if (shown.some(isTraining)) return "train_curves_soon";
  const rest = shown.filter((name) => !unreadable.includes(name));
  if (rest.some((name) => !details[name])) return "loading";
  return rest.length > 0 ? "train_no_curves" : "";
}

/** The charts of all metrics, with what their lines mean, and the same figures as a table. */
export function Charts({ curves, state, words }) {
  const metrics = listMetrics(curves);
  if (metrics.length === 0) return null;
  const splits = ["validation", "training", "batches"];
  return html`
    <div class="charts">
      ${metrics.map((metric) => html`
        <${CurveChart} key=${metric} runs=${curves} metric=${metric} theme=${state.theme} words=${words}
          scale=${state.projector ? "large" : "normal"} />`)}
    </div>
    <ul class="line-key faint small" aria-hidden="true">
      ${splits.map((split) => html`<li key=${split}><i class=${split}></i>${words(`train_${split}`)}</li>`)}
    </ul>
    <${EpochTable} curves=${curves} metrics=${metrics} words=${words} />`;
}
