/* The kernel of one map: a slice for each map before it, with the sum that the slice adds. */

import { html, useEffect, useRef } from "../vendor/preact.js";
import { describeNumber } from "./describe.js";
import { findColour, getColours } from "./palette.js";

const MOST = 64; // slices; of more maps, those that add most

/** @param {object} properties {scene, group, words, theme, onChoose}: onChoose(channel of the map before). */
export function KernelSlices({ scene, group, words, theme, onChoose }) {
  const { groups, explanation } = scene;
  const strongest = [...groups].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)).slice(0, MOST);
  const shown = groups.filter((one) => strongest.includes(one));
  const columns = (explanation.window.columns - 1) / explanation.window.columnStep + 1;
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = shown[(shown.indexOf(group) + step + shown.length) % shown.length];
    onChoose(next.channel);
    event.currentTarget.children[shown.indexOf(next)].focus();
  };
  return html`
    <div class="slices" role="radiogroup" aria-label=${words("look_slices")} onKeyDown=${move}>
      ${shown.map((one) => html`
        <button key=${one.channel} type="button" role="radio" aria-checked=${one === group} tabindex=${one === group ? 0 : -1}
          aria-label=${words("look_slice", { number: one.channel + 1, sum: describeNumber(one.sum) })} onClick=${() => onChoose(one.channel)}>
          <${Slice} weights=${one.terms.map(({ weight }) => weight)} columns=${columns} largest=${scene.weightsLargest} theme=${theme} />
          <span class="numbers">${describeNumber(one.sum)}</span>
        </button>`)}
    </div>`;
}

function Slice({ weights, columns, largest, theme }) {
  const canvas = useRef();
  const rows = weights.length / columns;
  useEffect(() => {
    const colours = getColours(theme);
    const image = new ImageData(columns, rows);
    const target = new Uint32Array(image.data.buffer);
    weights.forEach((weight, place) => {
      target[place] = findColour(colours, weight, largest);
    });
    canvas.current.getContext("2d").putImageData(image, 0, 0);
  });
  return html`<canvas ref=${canvas} width=${columns} height=${rows} aria-hidden="true" />`;
}
