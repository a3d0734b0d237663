/*
 * The table of layers of a config: the shape of each output, with its arithmetic, parameters,
 * multiply-adds and receptive field, as `cnnlab check` prints it.
 */

import { html } from "../vendor/preact.js";
import { formatCount, formatShape } from "./figures.js";

/** @param {object} properties `rows` and `totals` as POST /api/check gives them. */
export function LayerTable({ rows, totals, words }) {
  return html`
    <div class="scroll" role="region" tabindex="0" aria-label=${words("change_table")}>
      <table class="layer-table">
        <thead>
          <tr>
            <th scope="col"><span class="unseen">${words("change_number")}</span></th>
            <th scope="col" class="words">${words("change_layer")}</th>
            <th scope="col">${words("change_output")}</th>
            <th scope="col">${words("change_parameters")}</th>
            <th scope="col">${words("change_multiply_adds")}</th>
            <th scope="col">${words("change_receptive_field")}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((row, index) => html`<${Row} key=${index} row=${row} words=${words} />`)}
        </tbody>
        <tfoot>
          <tr>
            <td></td>
            <th scope="row" class="words">${words("change_total")}</th>
            <td></td>
            <td>${formatCount(totals.parameters)}</td>
            <td>${formatCount(totals.multiply_adds)}</td>
            <td></td>
          </tr>
        </tfoot>
      </table>
    </div>`;
}

function Row({ row }) {
  const details = [describeWindow(row), row.arithmetic].filter(Boolean).join(" · ");
  const group = row.number ? "" : "group";
  return html`
    <tr class=${group}>
      <td class="faint">${row.number ?? ""}</td>
      <th scope="row" class="words" style=${{ paddingLeft: `${0.5 + row.depth}rem` }}>${row.kind}</th>
      <td>${row.output ? formatShape(row.output) : ""}</td>
      <td title=${row.parameters_arithmetic}>${row.parameters ? formatCount(row.parameters) : ""}</td>
      <td>${row.multiply_adds ? formatCount(row.multiply_adds) : ""}</td>
      <td>${row.receptive_field ? formatShape(row.receptive_field) : ""}</td>
    </tr>
    ${details && html`
      <tr class=${`details ${group}`}>
        <td></td>
        <td colspan="5" class="words faint" style=${{ paddingLeft: `${0.5 + row.depth}rem` }}>${details}</td>
      </tr>`}`;
}

function describeWindow({ kernel, stride, padding }) {
  if (!kernel) return "";
  const isStep = stride && stride.some((step) => step !== 1);
  return [formatShape(kernel), isStep && `/ ${stride[0] === stride[1] ? stride[0] : formatShape(stride)}`, padding]
    .filter(Boolean)
    .join(" ");
}
