/*
 * The list of runs beside the charts: which ones the charts show, how far each training is, and buttons
 * to stop it or to go on with it. The boxes have the colours of the curves, so the list is the legend.
 */

import { html, useState } from "../vendor/preact.js";
import { encodeName } from "../lab_api.js";
import { formatCount, formatDuration, formatPercent } from "./figures.js";
import { chooseColour } from "./run_details.js";

const FEW = 8; // runs that the list shows at first

/** @param {object} properties `shown`: names of the runs in the charts; `toggle(name)`. */
export function RunList({ state, api, words, shown, toggle }) {
  const [isLong, setLong] = useState(false);
  const [fault, setFault] = useState("");
  const rows = state.runs.filter((row) => row.kind !== "sweep" || row.status === "running");
  const visible = rows.filter((row, index) => isLong || index < FEW || shown.includes(row.name) || row.name === state.run);
  const send = (name, action) => api.post(`/api/runs/${encodeName(name)}/${action}`).then(() => {
    setFault("");
    state.announce(words(`train_${action}_sent`, { run: name }));
    return state.refreshRuns();
  }, (error) => setFault(error.message));
  return html`
    <section class="run-list" aria-label=${words("train_runs")}>
      <h3>${words("train_runs")}</h3>
      ${fault && html`<p class="fault" role="alert">${fault}</p>`}
      <ul>
        ${visible.map((row) => html`<${Row} key=${row.name} ...${{ row, state, words, send, toggle }} isShown=${shown.includes(row.name)} />`)}
      </ul>
      ${rows.length > visible.length && html`
        <button type="button" class="quiet" onClick=${() => setLong(true)}>${words("train_all_runs", { count: rows.length })}</button>`}
    </section>`;
}

function Row({ row, state, words, send, toggle, isShown }) {
  const { name, status } = row;
  const isChosen = name === state.run;
  const action = { running: "stop", stopped: "resume", failed: "resume" }[status];
  return html`
    <li class=${isChosen ? "chosen" : ""}>
      <input type="checkbox" checked=${isShown} aria-label=${words("train_show", { run: name })}
        style=${isShown ? { accentColor: `var(${chooseColour(name)})` } : {}} onChange=${() => toggle(name)} />
      <button type="button" class="quiet run-title" aria-current=${isChosen ? "true" : undefined}
        onClick=${() => state.chooseRun(name)}>${name}</button>
      <span class="run-state numbers">${describeState(row, words)}</span>
      ${action && html`
        <button type="button" aria-label=${words(`train_${action}_run`, { run: name })} onClick=${() => send(name, action)}>${words(`train_${action}`)}</button>`}
      ${status === "running" && listProgress(name, state).map(([run, one]) => html`
        <${ProgressLine} key=${run} run=${run === name ? "" : run} progress=${one} words=${words} />`)}
    </li>`;
}

function describeState({ status, accuracy, val_accuracy: validation }, words) {
  if (status !== "finished") return words(`status_${status}`);
  if (Number.isFinite(accuracy)) return words("train_test_accuracy", { accuracy: formatPercent(accuracy) });
  return Number.isFinite(validation) ? words("train_validation_accuracy", { accuracy: formatPercent(validation) }) : "";
}

/** The progress of a run, or of the members of an ensemble and the trials of a sweep that train now. */
function listProgress(name, { progress }) {
  return Object.entries(progress).filter(([run, one]) => (run === name || run.startsWith(`${name}/`)) && one.step < one.steps * one.epochs);
}

function ProgressLine({ run, progress, words }) {
  const { epoch, epochs, step, steps, images_per_second: speed, seconds_left: left } = progress;
  const share = (epoch - 1 + step / steps) / epochs;
  const texts = [
    words("train_epoch_of", { epoch, epochs }),
    Number.isFinite(speed) && words("train_speed", { speed: formatCount(Math.round(speed)) }),
    Number.isFinite(left) && words("train_left", { time: formatDuration(left) }),
  ];
  return html`
    <div class="run-progress">
      <progress max="1" value=${share} aria-label=${words("train_progress", { run: run || "" })}></progress>
      <span class="faint small numbers">${[run, ...texts].filter(Boolean).join(" · ")}</span>
    </div>`;
}
