/* The image that the network reads, enlarged; over it the Grad-CAM heat map, and the frame of a receptive field. */

import { html, useEffect, useRef } from "../vendor/preact.js";
import { useStore } from "../store.js";
import { paintPixels } from "./map_tiles.js";

const SIDE = 168; // CSS pixels of the longer side, and twice as many pixels of the canvas

/**
 * @param {object} properties {session, words, frame?}: `frame` is {top, left, rows, columns} in pixels of the image, which may
 *   reach beyond the image.
 */
export function SeenImage({ session, words, frame = null }) {
  const canvas = useRef();
  const { answer, description, pixels } = useStore(session, ["answer", "description", "pixels"]);
  const [height, width] = description.input.shape;
  const zoom = Math.max(1, Math.floor((2 * SIDE) / Math.max(height, width)));
  useEffect(() => {
    const context = canvas.current.getContext("2d");
    const image = new ImageData(width * zoom, height * zoom);
    paintPixels(image, description.input.shape, pixels ?? new Uint8Array(height * width * 3), zoom);
    context.putImageData(image, 0, 0);
    if (answer?.heat) paintHeat(context, answer.heat, width * zoom, height * zoom);
    if (frame) paintFrame(context, frame, zoom);
  }, [answer, description, pixels, frame]);
  const label = words(answer?.heat ? "seen_heat" : "seen", { height, width });
  return html`
    <figure class="seen">
      <canvas ref=${canvas} width=${width * zoom} height=${height * zoom} role="img" aria-label=${label} />
      <figcaption class="faint small">${label}</figcaption>
    </figure>`;
}

/** Lay the heat map over the image: the more a place counts for the class, the more orange it is. */
function paintHeat(context, { height, width, values }, imageWidth, imageHeight) {
  const image = new ImageData(width, height);
  values.forEach((value, place) => image.data.set([255, 140 + 60 * (1 - value), 40, 215 * value], 4 * place));
  const small = new OffscreenCanvas(width, height);
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, imageWidth, imageHeight);
}

function paintFrame(context, { top, left, rows, columns }, zoom) {
  context.lineWidth = 4;
  context.strokeStyle = "#1b1f24";
  context.strokeRect(left * zoom, top * zoom, columns * zoom, rows * zoom);
  context.lineWidth = 2;
  context.strokeStyle = "#79b8ff";
  context.strokeRect(left * zoom, top * zoom, columns * zoom, rows * zoom);
}
