/* The result of a run: how its training ended, the diagnosis in words, and the confusion matrix. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { encodeName } from "../lab_api.js";
import { CellImages } from "./cell_images.js";
import { ConfusionMatrix } from "./confusion_matrix.js";
import { formatCount, formatDuration, formatPercent } from "./figures.js";

/** @param {object} properties `details` of useRunDetails, or undefined as long as they are not here. */
export function RunResult({ run, details, state, api, words }) {
  if (!details) return null;
  const { status, ended, seconds, findings, epochs, parameters } = details;
  const isOver = status !== "running";
  const facts = [
    !ended?.startsWith(words(`status_${status}`)) && words(`status_${status}`), // "stopped by SIGINT" says it
    ended,
    seconds > 0 && formatDuration(seconds),
    words("train_parameters", { count: formatCount(parameters) }),
  ];
  return html`
    <section class="run-result stack" aria-label=${words("train_result", { run })}>
      <div>
        <h3>${run}</h3>
        <p class="faint">${facts.filter(Boolean).join(" · ")}</p>
      </div>
      ${isOver && epochs > 0 && html`<${Diagnosis} findings=${findings} words=${words} />`}
      ${isOver && epochs > 0 && html`<${Matrix} key=${run} ...${{ run, details, state, api, words }} />`}
    </section>`;
}

function Diagnosis({ findings, words }) {
  if (findings.length === 0) return html`<p>${words("train_healthy")}</p>`;
  return findings.map(({ title, evidence, advice }) => html`
    <div key=${title} class="finding">
      <h4>${title}</h4>
      <p>${evidence}</p>
      ${advice && html`<p>${advice}</p>`}
    </div>`);
}

function Matrix({ run, details, state, api, words }) {
  const [matrix, setMatrix] = useState(null);
  const [cell, setCell] = useState(null);
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isEvaluated = "test" in (details.evaluations ?? {});
  const load = async (request) => {
    setBusy(true);
    try {
      setMatrix(await request());
      setFault("");
    } catch (error) {
      setFault(error.message);
    }
    setBusy(false);
  };
  const evaluate = () => load(async () => {
    const found = await api.post(`/api/runs/${encodeName(run)}/evaluate`);
    state.refreshRuns();
    return found;
  });
  useEffect(() => {
    if (isEvaluated && !matrix) load(() => api.get(`/api/runs/${encodeName(run)}/matrix`));
  }, [isEvaluated]);
  return html`
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}
    ${isBusy && html`<p class="faint" role="status">${words(isEvaluated ? "loading" : "train_evaluating")}</p>`}
    ${!isEvaluated && !matrix && !isBusy && html`
      <div class="row">
        <button type="button" onClick=${evaluate}>${words("train_evaluate")}</button>
        <span class="faint small">${words("train_evaluate_hint")}</span>
      </div>`}
    ${matrix && html`
      <p class="accuracy">${describeAccuracy(matrix, words)}</p>
      <div class="matrix-and-images">
        <${ConfusionMatrix} matrix=${matrix} chosen=${cell} choose=${setCell} words=${words} />
        ${cell && html`<${CellImages} run=${run} cell=${cell} classes=${matrix.classes} api=${api} words=${words} onOpen=${state.openImage} />`}
      </div>`}`;
}

function describeAccuracy({ accuracy, accuracy_interval: interval, images }, words) {
  const [low, high] = (interval ?? []).map(formatPercent);
  return words("train_accuracy", { accuracy: formatPercent(accuracy), low, high, images: formatCount(images) });
}
