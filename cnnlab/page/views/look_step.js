/* One step of a layer: the window in the map before, times the kernel, plus the bias, through the activation. */

import { html } from "../vendor/preact.js";
import { BigMap } from "./big_map.js";
import { describeKind, describeNumber } from "./describe.js";
import { findLargest } from "./map_tiles.js";
import { NumberGrid } from "./number_grid.js";

const LARGEST_GRID = 7; // cells along a side; a larger window shows its strongest terms in a list
const LISTED = 12; // terms in the list

/**
 * Group the terms of an explanation by the channel that they read, each with the sum of its products.
 *
 * @returns {{node, channel, terms, sum}[]} in the order of the channels.
 */
export function groupTerms(terms) {
  const groups = new Map();
  for (const term of terms) {
    const key = `${term.node}/${term.channel}`;
    const group = groups.get(key) ?? { node: term.node, channel: term.channel, terms: [], sum: 0 };
    group.terms.push(term);
    group.sum += term.product;
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Whether the window of a layer is small enough to show each number in a grid. */
export function hasGrid({ window, formula }) {
  const [rows, columns] = countCells(window);
  return formula !== null && Math.max(rows, columns) <= LARGEST_GRID;
}

function countCells({ rows, columns, rowStep, columnStep }) {
  return [(rows - 1) / rowStep + 1, (columns - 1) / columnStep + 1];
}

/** @param {object} properties {scene, group, words, theme, until, onMove, onPixel}; for `scene`, see buildScene in look.js. */
export function LookStep({ scene, group, words, theme, until, onMove, onPixel }) {
  const { node, network, answer, explanation, focus } = scene;
  const before = network.nodes[group?.node ?? explanation.inputNode];
  const [height, width] = node.shape;
  const output = node.shape.length === 3;
  const chosen = { number: focus.channel + 1, row: focus.row + 1, column: focus.column + 1 };
  return html`
    <div class="step">
      ${before.shape.length === 3 && node.kind !== "input" && html`
        <${BigMap} values=${answer.maps[before.id]} shape=${before.shape} channel=${group?.channel ?? 0} theme=${theme}
          largest=${findLargest(answer.maps[before.id])} padding=${readPadding(node)} frame=${hasGrid(explanation) || node.shape.length === 3 ? explanation.window : null}
          label=${words("look_before_label", { kind: describeKind(before.kind), number: (group?.channel ?? 0) + 1 })}
          caption=${words("look_before", { kind: describeKind(before.kind), number: (group?.channel ?? 0) + 1, count: before.shape[2] })}
          onChoose=${explanation.formula && ((row, column) => onPixel(findOutput(explanation.formula, row, column)))} />`}
      ${hasGrid(explanation) ? html`<${Grids} scene=${scene} group=${group} words=${words} theme=${theme} />` : html`<${TermList} scene=${scene} words=${words} />`}
      ${output && html`
        <${BigMap} values=${answer.maps[node.id]} shape=${node.shape} channel=${focus.channel} theme=${theme} until=${until}
          largest=${findLargest(answer.maps[node.id])} frame=${{ top: focus.row, left: focus.column, rows: 1, columns: 1 }}
          label=${words("look_after_label", { ...chosen, value: describeNumber(explanation.after) })}
          caption=${words("look_after", { ...chosen, height, width })}
          onChoose=${(row, column) => onPixel({ row, column })} onMove=${onMove} />`}
    </div>`;
}

function readPadding({ padding }) {
  if (!padding) return null;
  const [[top, bottom], [left, right]] = padding;
  return { top, bottom, left, right };
}

/** The output whose window has its middle at a pixel of the map before. */
function findOutput({ rows, columns }, row, column) {
  const find = (axis, place) => Math.floor((place + axis.padding[0] - Math.floor((axis.extent - 1) / 2)) / axis.stride);
  return { row: find(rows, row), column: find(columns, column) };
}

/** Window, kernel and products of one channel as grids. A max pool shows the window alone, with its largest number marked. */
function Grids({ scene, group, words, theme }) {
  const { explanation, node, answer, weightsLargest } = scene;
  const [, columns] = countCells(explanation.window);
  const isMax = explanation.operation === "maximum";
  const inputs = group.terms.map(({ input, padded, weight }) => ({ value: input, padded, strong: isMax && weight === 1 }));
  const weights = group.terms.map(({ weight }) => ({ value: weight }));
  const products = group.terms.map(({ product }) => ({ value: product }));
  const largest = findLargest(products.map(({ value }) => value));
  const inputLargest = findLargest(answer.maps[group.node]);
  return html`
    <div class="grids">
      <${NumberGrid} label=${words("look_window")} cells=${inputs} columns=${columns} largest=${inputLargest} theme=${theme} />
      ${!isMax && html`
        <span class="sign" aria-hidden="true">×</span>
        <${NumberGrid} label=${words(node.kind === "avg_pool" ? "look_shares" : "look_kernel")} cells=${weights} columns=${columns}
          largest=${weightsLargest || 1} theme=${theme} />
        <span class="sign" aria-hidden="true">=</span>
        <${NumberGrid} label=${words("look_products")} cells=${products} columns=${columns} largest=${largest} theme=${theme} />`}
    </div>`;
}

/** The strongest terms of a sum with many terms, such as that of a dense layer, as a table. */
function TermList({ scene, words }) {
  const { explanation, network } = scene;
  const sorted = [...explanation.terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const rest = sorted.slice(LISTED);
  const title = words(rest.length > 0 ? "look_strongest_terms" : "look_terms");
  const restSum = rest.reduce((sum, { product }) => sum + product, 0);
  return html`
    <div class="scroll term-list" tabindex="0" role="region" aria-label=${title}>
      <table>
        <caption class="small faint">${title}</caption>
        <thead><tr><th scope="col">${words("look_input")}</th><th scope="col">${words("look_value")}</th><th scope="col">${words("look_weight")}</th><th scope="col">${words("look_product")}</th></tr></thead>
        <tbody>
          ${sorted.slice(0, LISTED).map((term) => html`
            <tr><th scope="row">${describeTerm(term, network, words)}</th><td>${describeNumber(term.input)}</td><td>${describeNumber(term.weight)}</td><td>${describeNumber(term.product)}</td></tr>`)}
          ${rest.length > 0 && html`<tr><th scope="row">${words("look_rest", { count: rest.length.toLocaleString("en") })}</th><td /><td /><td>${describeNumber(restSum)}</td></tr>`}
        </tbody>
      </table>
    </div>`;
}

function describeTerm({ node, row, column, channel }, network, words) {
  const { shape } = network.nodes[node];
  const kind = describeKind(network.nodes[node].kind);
  if (shape.length < 3) return words("look_unit_place", { kind, number: channel + 1 });
  return words("look_pixel_place", { kind, number: channel + 1, row: row + 1, column: column + 1 });
}

/** The sum in numbers: products, bias, activation, result. */
export function SumLine({ scene, group, words }) {
  const { explanation, node, groups, isDisabled } = scene;
  const { sum, bias, before, after, operation } = explanation;
  const [activation] = Object.keys(node.fields.activation ?? node.fields.function ?? {});
  const parts = [];
  if (operation !== "sum") {
    const word = operation === "product" ? "look_product_of_branches" : `look_${operation}`;
    parts.push([words(word), sum]);
  } else if (groups.length > 1 && hasGrid(explanation)) {
    parts.push([words("look_this_map_sum", { number: group.channel + 1 }), group.sum], [words("look_other_maps", { count: groups.length - 1 }), sum - group.sum]);
  } else {
    parts.push([words(explanation.terms.length > 1 ? "look_sum" : "look_one_product"), sum]);
  }
  if (bias !== 0 || node.fields.use_bias) parts.push([words("look_bias"), bias]);
  return html`
    <p class="sum numbers">
      ${parts.map(([name, value], place) => html`${place > 0 && html`<span class="sign">+</span>`}<span class="part"><b>${describeNumber(value)}</b><small>${name}</small></span>`)}
      ${parts.length > 1 && html`<span class="sign">=</span><span class="part"><b>${describeNumber(before)}</b><small>${words("look_total")}</small></span>`}
      ${activation && activation !== "linear" && html`<span class="sign">→</span><span class="part"><b>${activation}</b><small>${words("look_activation")}</small></span>`}
      <span class="sign">→</span>
      <span class="part result"><b>${describeNumber(after)}</b><small>${words(isDisabled ? "look_off" : "look_result")}</small></span>
    </p>`;
}
