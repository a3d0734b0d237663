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
    if (frame) paintFrame(context, frame, zoom, { height, width });
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

/** Draw a frame; where it reaches beyond the image, along the edge of the image. */
function paintFrame(context, frame, zoom, { height, width }) {
  const top = Math.max(0, frame.top) * zoom;
  const left = Math.max(0, frame.left) * zoom;
  const bottom = Math.min(height, frame.top + frame.rows) * zoom;
  const right = Math.min(width, frame.left + frame.columns) * zoom;
  for (const [colour, lineWidth] of [["#1b1f24", 8], ["#ffd166", 4]]) {
    context.lineWidth = lineWidth;
    context.strokeStyle = colour;
    context.strokeRect(left, top, right - left, bottom - top);
  }
}
