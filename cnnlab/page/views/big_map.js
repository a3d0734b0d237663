/* One feature map, enlarged: its pixels, the padding around them, and the frame of a window or of the chosen pixel. */

import { html, useEffect, useRef } from "../vendor/preact.js";
import { findColour, getColours } from "./palette.js";

const SIDE = 384; // pixels of the canvas along the longer side, or a little less
const HATCH = 8; // pixels between the lines that mark the padding
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/**
 * @param {object} properties
 *   values, shape, channel  the map;
 *   largest                 the number with the strongest colour;
 *   padding                 {top, bottom, left, right}: rows and columns of zeros that the layer adds;
 *   frame                   {top, left, rows, columns, rowStep?, columnStep?}, or null;
 *   until                   paint only this many pixels, as far as the step through the map has come; null for all;
 *   theme, label, caption   texts;
 *   onChoose(row, column)   of a touched pixel; onMove(rows, columns) for an arrow key; both optional.
 */
export function BigMap({ values, shape, channel, largest, padding = null, frame, until = null, theme, label, caption, onChoose, onMove }) {
  const canvas = useRef();
  const [height, width] = shape;
  const { top, bottom, left, right } = padding ?? { top: 0, bottom: 0, left: 0, right: 0 };
  const [rows, columns] = [height + top + bottom, width + left + right];
  const zoom = Math.max(1, Math.floor(SIDE / Math.max(rows, columns)));
  useEffect(() => {
    const context = canvas.current.getContext("2d");
    const isDark = theme === "dark";
    paintPadding(context, columns * zoom, rows * zoom, isDark);
    const place = { x: left * zoom, y: top * zoom };
    paintMap(context, place, { values, shape, channel, largest, until, zoom }, getColours(theme), isDark);
    if (frame) paintFrame(context, frame, { top, left, zoom }, isDark);
  });
  const touch = (event) => {
    if (!onChoose || event.buttons === 0) return;
    const box = canvas.current.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns) - left;
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows) - top;
    onChoose(row, column);
  };
  const press = (event) => {
    if (!onMove || !(event.key in ARROWS)) return;
    event.preventDefault();
    onMove(...ARROWS[event.key]);
  };
  const focusable = onMove ? { tabindex: 0, role: "application" } : { role: "img" };
  return html`
    <figure class="big-map">
      <canvas ref=${canvas} width=${columns * zoom} height=${rows * zoom} aria-label=${label} class=${onChoose ? "touchable" : ""}
        onPointerDown=${touch} onPointerMove=${touch} onKeyDown=${press} ...${focusable} />
      <figcaption class="small faint">${caption}</figcaption>
    </figure>`;
}

/** Hatch the whole canvas; the map covers all but the padding. */
function paintPadding(context, width, height, isDark) {
  context.fillStyle = isDark ? "#1b2129" : "#f5f7f9";
  context.fillRect(0, 0, width, height);
  context.strokeStyle = isDark ? "#4a5563" : "#b9c2cc";
  context.lineWidth = 2;
  context.beginPath();
  for (let start = -height; start < width; start += HATCH) {
    context.moveTo(start, height);
    context.lineTo(start + height, 0);
  }
  context.stroke();
}

function paintMap(context, place, { values, shape, channel, largest, until, zoom }, colours, isDark) {
  const [height, width, channels] = shape;
  const image = new ImageData(width * zoom, height * zoom);
  const target = new Uint32Array(image.data.buffer);
  const hidden = isDark ? 0xff1e1814 : 0xffffffff; // the colour of the page, in the order of bytes of ImageData
  for (let pixel = 0; pixel < height * width; pixel += 1) {
    const isHidden = until !== null && pixel > until;
    const colour = isHidden ? hidden : findColour(colours, values[pixel * channels + channel], largest);
    const start = Math.floor(pixel / width) * zoom * width * zoom + (pixel % width) * zoom;
    for (let down = 0; down < zoom; down += 1) target.fill(colour, start + down * width * zoom, start + down * width * zoom + zoom);
  }
  context.putImageData(image, place.x, place.y);
}

/** Draw the frame of a window, and a dot in each of its cells if a dilated kernel leaves pixels out. */
function paintFrame(context, frame, { top, left, zoom }, isDark) {
  const box = [(frame.left + left) * zoom, (frame.top + top) * zoom, frame.columns * zoom, frame.rows * zoom];
  context.lineWidth = 5;
  context.strokeStyle = isDark ? "#14181e" : "#ffffff";
  context.strokeRect(...box);
  context.lineWidth = 3;
  context.strokeStyle = isDark ? "#ffd166" : "#c2410c";
  context.strokeRect(...box);
  const { rowStep = 1, columnStep = 1 } = frame;
  if (rowStep === 1 && columnStep === 1) return;
  context.fillStyle = context.strokeStyle;
  for (let row = 0; row < frame.rows; row += rowStep) {
    for (let column = 0; column < frame.columns; column += columnStep) {
      context.beginPath();
      context.arc(box[0] + (column + 0.5) * zoom, box[1] + (row + 0.5) * zoom, zoom / 5, 0, 2 * Math.PI);
      context.fill();
    }
  }
}
