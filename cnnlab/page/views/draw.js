/* Draw: a drawing, and what every layer of the network makes of it. */

import { html } from "../vendor/preact.js";

export function DrawView({ state }) {
  return html`<h2>${state.run}</h2>`;
}
