/* The images behind a cell of the confusion matrix. Touching one puts it on the canvas of Draw. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { formatPercent } from "./figures.js";
import { Thumbnail } from "./image_picker.js";

/** @param {object} properties `cell`: {truth, prediction}, numbers of classes. */
export function CellImages({ run, cell, classes, api, words, onOpen }) {
  const [answer, setAnswer] = useState(null);
  const [fault, setFault] = useState("");
  const { truth, prediction } = cell;
  useEffect(() => {
    let isGone = false;
    setAnswer(null);
    setFault("");
    api.readImages(run, { truth, prediction }).then(
      (found) => isGone || setAnswer(found),
      (error) => isGone || setFault(error.message),
    );
    return () => {
      isGone = true;
    };
  }, [run, truth, prediction]);
  const names = { truth: classes[truth], prediction: classes[prediction] };
  if (fault) return html`<p class="fault" role="alert">${fault}</p>`;
  return html`
    <section class="cell-images stack" aria-label=${words("train_images", names)}>
      <h4>${words("train_images", names)}</h4>
      ${answer === null && html`<p class="faint">${words("loading")}</p>`}
      <ul class="thumbnails">
        ${(answer?.images ?? []).map((image) => html`<${ImageButton} key=${image.index} image=${image} words=${words} onOpen=${onOpen} />`)}
      </ul>
      ${answer && answer.count > answer.images.length && html`
        <p class="faint small">${words("train_more_images", { shown: answer.images.length, count: answer.count })}</p>`}
      ${answer && html`<p class="faint small">${words("train_open_image")}</p>`}
    </section>`;
}

function ImageButton({ image, words, onOpen }) {
  const label = words("train_image", { index: image.index, confidence: formatPercent(image.confidence) });
  return html`
    <li>
      <button type="button" aria-label=${label} title=${label} onClick=${() => onOpen(image)}>
        <${Thumbnail} pixels=${image.pixels} shape=${image.shape} />
      </button>
    </li>`;
}
