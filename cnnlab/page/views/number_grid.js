/* Numbers in a grid, each on its colour: a window, a kernel, or their products. */

import { html } from "../vendor/preact.js";
import { describeNumber } from "./describe.js";
import { describeColour, getColours } from "./palette.js";

/**
 * @param {object} properties {label, cells, columns, largest, theme}: cells are {value, padded?, strong?}, row by row; `largest`
 *   is the number with the strongest colour.
 */
export function NumberGrid({ label, cells, columns, largest, theme }) {
  const rows = Array.from({ length: Math.ceil(cells.length / columns) }, (_, row) => cells.slice(row * columns, (row + 1) * columns));
  const size = columns <= 3 ? "wide" : columns <= 5 ? "middle" : "tiny";
  return html`
    <figure class="grid">
      <table class=${`number-grid ${size}`} aria-label=${label}>
        <tbody>
          ${rows.map((row) => html`<tr>${row.map((cell) => html`<${Cell} cell=${cell} largest=${largest} theme=${theme} hasText=${size !== "tiny"} />`)}</tr>`)}
        </tbody>
      </table>
      <figcaption class="small faint">${label}</figcaption>
    </figure>`;
}

function Cell({ cell, largest, theme, hasText }) {
  const { value, padded, strong } = cell;
  const text = describeNumber(value);
  const kind = [padded && "padded", strong && "strong"].filter(Boolean).join(" ");
  const style = padded ? {} : describeColour(getColours(theme), value, largest);
  return html`<td class=${kind} style=${style} title=${text}>${hasText ? text : html`<span class="unseen">${text}</span>`}</td>`;
}
