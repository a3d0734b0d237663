/*
 * The comparison of runs: the sentence that says whether a difference is real, the settings that differ,
 * and the results of each run.
 */

import { html, useEffect, useState } from "../vendor/preact.js";
import { formatCount, formatDuration, formatPercent } from "./figures.js";

/** @param {object} properties `names`: of two runs or more; the server evaluates those that are not evaluated yet. */
export function Comparison({ names, state, api, words }) {
  const [answer, setAnswer] = useState(null); // {key, result}
  const [fault, setFault] = useState("");
  const key = names.join();
  const open = names.filter((name) => state.runs.find((row) => row.name === name)?.accuracy == null);
  const [isBusy, setBusy] = useState(open.length === 0); // it begins at once
  const compare = async () => {
    setBusy(true);
    setFault("");
    try {
      const result = await api.get(`/api/compare?runs=${names.map(encodeURIComponent).join()}`);
      setAnswer({ key, result });
      state.announce(result.sentence);
      if (open.length) state.refreshRuns();
    } catch (error) {
      setFault(error.message);
    }
    setBusy(false);
  };
  useEffect(() => {
    setFault("");
    if (open.length === 0) compare();
  }, [key]);
  const result = answer?.key === key ? answer.result : null;
  return html`
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}
    ${isBusy && html`<p class="faint verdict-place" role="status">${words("compare_busy")}</p>`}
    ${!result && !isBusy && open.length > 0 && html`
      <div class="row">
        <button type="button" class="main" onClick=${compare}>${words("compare_start")}</button>
        <span class="faint small">${words("compare_evaluates", { runs: open.join(", ") })}</span>
      </div>`}
    ${result && html`
      <p class="sentence">${result.sentence}.</p>
      ${(result.notes ?? []).map((note) => html`<p key=${note} class="faint small">${note}</p>`)}
      <${Results} runs=${result.runs} words=${words} />
      <${Settings} settings=${result.settings} words=${words} />`}`;
}

function Settings({ settings, words }) {
  if (settings.length === 0) return html`<p>${words("compare_same_settings")}</p>`;
  const columns = Object.keys(settings[0].values);
  return html`
    <h4>${words("compare_settings")}</h4>
    <div class="scroll" role="region" tabindex="0" aria-label=${words("compare_settings")}>
      <table class="settings">
        <thead>
          <tr>
            <th scope="col">${words("compare_setting")}</th>
            ${columns.map((name) => html`<th key=${name} scope="col" class="words">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${settings.map(({ path, values }) => html`
            <tr key=${path}>
              <th scope="row"><code>${path}</code></th>
              ${columns.map((name) => html`<td key=${name} class="words">${values[name]}</td>`)}
            </tr>`)}
        </tbody>
      </table>
    </div>`;
}

function Results({ runs, words }) {
  return html`
    <div class="scroll" role="region" tabindex="0" aria-label=${words("compare_results")}>
      <table>
        <thead>
          <tr>
            <th scope="col">${words("run")}</th>
            <th scope="col">${words("compare_accuracy")}</th>
            <th scope="col">${words("compare_interval")}</th>
            <th scope="col">${words("change_parameters")}</th>
            <th scope="col">${words("change_multiply_adds")}</th>
            <th scope="col">${words("compare_time")}</th>
          </tr>
        </thead>
        <tbody>
          ${runs.map((run) => html`
            <tr key=${run.run}>
              <th scope="row">${run.run}</th>
              <td>${formatPercent(run.accuracy)}</td>
              <td>${run.accuracy_interval ? run.accuracy_interval.map(formatPercent).join(" – ") : ""}</td>
              <td>${formatCount(run.parameters)}</td>
              <td>${formatCount(run.multiply_adds)}</td>
              <td>${formatDuration(run.seconds)}</td>
            </tr>`)}
        </tbody>
      </table>
    </div>`;
}
