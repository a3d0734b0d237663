/* Train. */

import { html } from "../vendor/preact.js";

export function TrainView({ state }) {
  return html`<h2>${state.run}</h2>`;
}
