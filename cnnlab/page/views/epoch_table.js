/* The figures of the charts as a table: a row for each epoch of each run. */

import { html } from "../vendor/preact.js";
import { formatMetric } from "./figures.js";

export function EpochTable({ curves, metrics, words }) {
  const rows = curves.flatMap((curve) => curve.history.map((row) => ({ name: curve.name, row })));
  if (rows.length === 0) return null;
  const names = metrics.flatMap((metric) => [metric, `val_${metric}`]).filter((name) => rows.some(({ row }) => Number.isFinite(row[name])));
  return html`
    <details>
      <summary>${words("train_table")}</summary>
      <div class="scroll" role="region" tabindex="0" aria-label=${words("train_table")}>
        <table>
          <thead>
            <tr>
              <th scope="col">${words("run")}</th>
              <th scope="col">${words("train_epoch_heading")}</th>
              ${names.map((name) => html`<th key=${name} scope="col">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(({ name, row }) => html`
              <tr key=${`${name} ${row.epoch}`}>
                <th scope="row">${name}</th>
                <td>${row.epoch}</td>
                ${names.map((one) => html`<td key=${one}>${formatMetric(one, row[one])}</td>`)}
              </tr>`)}
          </tbody>
        </table>
      </div>
    </details>`;
}
