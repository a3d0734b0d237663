/*
 * The confusion matrix as a table: a row for each true class, a column for each prediction. Each count is
 * a button that shows the images behind it. One Tab leads into the matrix, the arrow keys move in it.
 */

import { html, useRef, useState } from "../vendor/preact.js";
import { formatCount } from "./figures.js";

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** @param {object} properties `matrix` of GET …/matrix; `chosen`: {truth, prediction} or null; `choose`. */
export function ConfusionMatrix({ matrix, chosen, choose, words }) {
  const { classes, counts } = matrix;
  const table = useRef(null);
  const [place, setPlace] = useState([0, 0]);
  const move = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const [row, column] = place.map((number, axis) => Math.min(classes.length - 1, Math.max(0, number + step[axis])));
    setPlace([row, column]);
    table.current.tBodies[0].rows[row].cells[column + 1].firstElementChild.focus();
  };
  return html`
    <div class="scroll matrix" role="region" tabindex="-1" aria-label=${words("train_matrix")}>
      <table ref=${table} onKeyDown=${move}>
        <caption class="faint small">${words("train_matrix_hint")}</caption>
        <thead>
          <tr>
            <th scope="col"><span class="unseen">${words("train_truth")}</span></th>
            ${classes.map((name) => html`<th key=${name} scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${counts.map((row, truth) => html`
            <tr key=${truth}>
              <th scope="row">${classes[truth]}</th>
              ${row.map((count, prediction) => html`
                <td key=${prediction}>
                  <${Cell} ...${{ count, row, truth, prediction, classes, words }}
                    isChosen=${chosen?.truth === truth && chosen?.prediction === prediction}
                    isEntry=${place[0] === truth && place[1] === prediction}
                    choose=${() => (setPlace([truth, prediction]), choose({ truth, prediction }))} />
                </td>`)}
            </tr>`)}
        </tbody>
      </table>
    </div>`;
}

function Cell({ count, row, truth, prediction, classes, words, isChosen, isEntry, choose }) {
  const total = row.reduce((sum, one) => sum + one, 0);
  const isRight = truth === prediction;
  // The share of right answers as it is; shares of mistakes are small, so their colours grow faster.
  const share = total ? count / total : 0;
  const strength = count === 0 ? 0 : isRight ? share : Math.min(1, 0.1 + 2.5 * Math.sqrt(share));
  const label = words("train_cell", { count: formatCount(count), truth: classes[truth], prediction: classes[prediction] });
  return html`
    <button type="button" class=${isRight ? "right" : "wrong-cell"} tabindex=${isEntry ? 0 : -1} aria-label=${label} title=${label}
      aria-pressed=${isChosen} aria-disabled=${count === 0} style=${{ "--strength": strength.toFixed(3) }}
      onClick=${() => count > 0 && choose()}>${count || "·"}</button>`;
}
