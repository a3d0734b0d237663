/* What a layer is: its kind in a sentence, the arithmetic of its output shape, its weights, and what it sees. */

import { html } from "../vendor/preact.js";
import { describeShape } from "./describe.js";

/** @param {object} properties {scene, words}; for `scene`, see buildScene in look.js. */
export function LayerFacts({ scene, words }) {
  const { node, explanation } = scene;
  const [rows, columns] = node.receptive_field;
  const { formula } = explanation;
  const facts = [[words("look_output"), describeShape(node.shape)]];
  if (node.parameters > 0) {
    const arithmetic = node.parameters_arithmetic ? ` = ${node.parameters_arithmetic}` : "";
    facts.push([words("look_parameters"), `${node.parameters.toLocaleString("en")}${arithmetic}`]);
  }
  if (node.multiply_adds > 0) facts.push([words("look_multiply_adds"), node.multiply_adds.toLocaleString("en")]);
  if (node.kind !== "input") facts.push([words("look_sees"), words("look_sees_pixels", { rows, columns })]);
  if (node.line) facts.push([words("look_line"), words("look_line_number", { line: node.line })]);
  return html`
    <p class="kind">${words(`kind_${node.kind}`)}</p>
    ${formula && html`<${Formula} formula=${formula} words=${words} />`}
    <dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd class="numbers">${value}</dd></div>`)}</dl>`;
}

/** O = ⌊(N − F + 2P) / S⌋ + 1 with the numbers of this layer; both axes if they differ. */
function Formula({ formula, words }) {
  const { rows, columns } = formula;
  const axes = JSON.stringify(rows) === JSON.stringify(columns) ? [["", rows]] : [[words("look_rows"), rows], [words("look_columns"), columns]];
  return html`
    <div class="formula">
      <p class="formula-words">O = ⌊(N − F + 2P) / S⌋ + 1</p>
      ${axes.map(([name, axis]) => html`<p class="numbers">${name} ${describeAxis(axis)}</p>`)}
      <p class="small faint">${words("look_formula")}</p>
    </div>`;
}

/** `⌊(28 − 3 + 2·1) / 1⌋ + 1 = 28`; padding that differs on the two sides is a sum, `1 + 0`. */
export function describeAxis({ length, extent, padding, stride, output }) {
  const [first, second] = padding;
  const zeros = first === second ? `2·${first}` : `(${first} + ${second})`;
  return `⌊(${length} − ${extent} + ${zeros}) / ${stride}⌋ + 1 = ${output}`;
}
