/* The strokes of a drawing: what a pen drew, stroke by stroke, so that the last one can be undone. */

export const SIDE = 280; // pixels of the canvas
const PEN_WIDTH = 20; // as thick as the strokes of MNIST: a tenth of the height of a digit
const PAPER = "#ffffff";
const INK = "#000000";

export class Strokes {
  constructor() {
    this.list = []; // each stroke is a list of points [x, y]
  }

  start(point) {
    this.list.push([point]);
  }

  /** Add a point to the last stroke. */
  extend(point) {
    this.list.at(-1).push(point);
  }

  undo() {
    this.list.pop();
  }

  clear() {
    this.list = [];
  }

  get isEmpty() {
    return this.list.length === 0;
  }

  /** Paint all strokes: black ink on white paper, in every theme, because the network reads these pixels. */
  paint(context) {
    context.fillStyle = PAPER;
    context.fillRect(0, 0, SIDE, SIDE);
    for (const stroke of this.list) this.paintStroke(context, stroke);
  }

  /** Paint the end of the last stroke alone, from the point `first` on. */
  paintEnd(context, first) {
    this.paintStroke(context, this.list.at(-1).slice(Math.max(0, first - 1)));
  }

  paintStroke(context, points) {
    context.strokeStyle = INK;
    context.lineWidth = PEN_WIDTH;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point); // a line of length 0 is a dot
    context.stroke();
  }

  /** The pixels for the preparation: {pixels, height, width}, RGBA, or null of an empty drawing. */
  readPixels(context) {
    if (this.isEmpty) return null;
    return { pixels: context.getImageData(0, 0, SIDE, SIDE).data, height: SIDE, width: SIDE };
  }
}
