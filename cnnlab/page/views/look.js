/* Look: how one number inside the network is computed. */

import { html } from "../vendor/preact.js";

export function LookView({ state }) {
  return html`<h2>${state.run}</h2>`;
}
