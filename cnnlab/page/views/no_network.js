/* What Draw and Look show in place of a network that is not there: a fault, a sweep, no run, or that it loads. */

import { html } from "../vendor/preact.js";
import { markCode } from "./code_text.js";

/** @param {object} properties {state, fault, words}: `fault` is the text of the server, or empty. */
export function NoNetwork({ state, fault, words }) {
  const { run, runs } = state;
  if (isSweep(run, runs)) return html`<p class="faint">${words("no_network_sweep", { run })}</p>`;
  if (fault) return html`<p class="fault" role="alert">${markCode(fault)}</p>`;
  return html`<p class="faint">${markCode(words(run ? "loading" : "no_runs_yet"))}</p>`;
}

/** Whether a name is that of a sweep, which has many networks. */
export function isSweep(name, runs) {
  return runs.find((row) => row.name === name)?.kind === "sweep";
}
