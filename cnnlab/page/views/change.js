/* Change. */

import { html } from "../vendor/preact.js";

export function ChangeView({ state }) {
  return html`<h2>${state.run}</h2>`;
}
