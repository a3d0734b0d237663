/* The canvas to draw on: with a mouse, a finger or a pen, or with the arrow keys and the space key. */

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { paintPixels } from "./map_tiles.js";
import { SIDE } from "./strokes.js";

const STEP = 8; // pixels that an arrow key moves the pen
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {object} properties {session, foreign, words}: `foreign` is an image that stands in place of a drawing, or null. */
export function DrawingCanvas({ session, foreign, shape, words }) {
  const canvas = useRef();
  const [pen, setPen] = useState(null); // {x, y, isDown} of the keyboard's pen
  const [, countStrokes] = useState(0); // a stroke that begins or goes shows at once, before any answer
  const { strokes } = session;
  const context = () => canvas.current.getContext("2d", { willReadFrequently: true });
  const send = () => {
    countStrokes(strokes.list.length);
    session.showDrawing(strokes.readPixels(context()));
  };

  useEffect(() => {
    if (foreign) paintImage(context(), foreign, shape);
    else strokes.paint(context());
  }, [foreign]);

  const start = (point) => {
    if (session.values.isForeign) strokes.clear();
    strokes.start(point);
    strokes.paint(context());
    send();
  };
  const extend = (points) => {
    const first = strokes.list.at(-1).length;
    for (const point of points) strokes.extend(point);
    strokes.paintEnd(context(), first);
    send();
  };
  const undo = () => {
    strokes.undo();
    strokes.paint(context());
    send();
  };
  const clear = () => {
    strokes.clear();
    strokes.paint(context());
    send();
  };

  const pointer = {
    onPointerDown(event) {
      if (event.button !== 0) return;
      canvas.current.setPointerCapture(event.pointerId);
      start(findPoint(canvas.current, event));
    },
    onPointerMove(event) {
      if (!canvas.current.hasPointerCapture(event.pointerId)) return;
      const moves = event.getCoalescedEvents?.() ?? [];
      extend((moves.length ? moves : [event]).map((move) => findPoint(canvas.current, move)));
    },
  };

  const press = (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z") undo();
    else if (event.key === "Delete" || event.key === "Backspace") clear();
    else if (event.key === " ") lower();
    else if (event.key in ARROWS) movePen(ARROWS[event.key], event.shiftKey ? STEP / 4 : STEP);
    else return;
    event.preventDefault();
  };
  const lower = () => {
    const place = pen ?? { x: SIDE / 2, y: SIDE / 2, isDown: false };
    if (!place.isDown) start([place.x, place.y]);
    setPen({ ...place, isDown: !place.isDown });
  };
  const movePen = ([right, down], step) => {
    const place = pen ?? { x: SIDE / 2, y: SIDE / 2, isDown: false };
    const [x, y] = [place.x + right * step, place.y + down * step].map((value) => Math.max(0, Math.min(SIDE, value)));
    setPen({ ...place, x, y });
    if (place.isDown) extend([[x, y]]);
  };

  const isEmpty = strokes.isEmpty && !foreign;
  return html`
    <div class="drawing">
      <div class="paper">
        <canvas ref=${canvas} width=${SIDE} height=${SIDE} tabindex="0" role="application" aria-label=${words("draw_canvas")}
          aria-describedby="draw-keys" class=${foreign ? "foreign" : "ink"} onKeyDown=${press} onBlur=${() => setPen(null)} ...${pointer} />
        ${isEmpty && html`<p class="hint" aria-hidden="true">${words("draw_hint")}</p>`}
        ${pen && html`<span class=${pen.isDown ? "pen down" : "pen"} style=${{ left: `${(100 * pen.x) / SIDE}%`, top: `${(100 * pen.y) / SIDE}%` }} />`}
      </div>
      <div class="row tools">
        <button type="button" onClick=${undo} disabled=${strokes.isEmpty || foreign}>${words("draw_undo")}</button>
        <button type="button" onClick=${clear} disabled=${isEmpty}>${words("draw_clear")}</button>
      </div>
      <p id="draw-keys" class="unseen">${words("draw_keys")}</p>
    </div>`;
}

function findPoint(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
}

/** Paint an image of any size over the whole canvas, with sharp pixels. */
function paintImage(context, pixels, shape) {
  const [height, width] = shape;
  const image = new ImageData(width, height);
  paintPixels(image, shape, pixels, 1);
  const small = new OffscreenCanvas(width, height);
  small.getContext("2d").putImageData(image, 0, 0);
  const zoom = Math.min(SIDE / height, SIDE / width);
  context.fillStyle = "#000000";
  context.fillRect(0, 0, SIDE, SIDE);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, (SIDE - zoom * width) / 2, (SIDE - zoom * height) / 2, zoom * width, zoom * height);
}
