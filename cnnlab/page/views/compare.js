/* Compare. */

import { html } from "../vendor/preact.js";

export function CompareView({ state }) {
  return html`<h2>${state.run}</h2>`;
}
