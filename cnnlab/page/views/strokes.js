/* The strokes of a drawing: what a pen drew, stroke by stroke, so that the last one can be undone. */

export const SIDE = 280; // pixels of the canvas
// Pixels of paper around the canvas: the preparation, as `predict`, finds the ground at the border of a picture, so
// that no stroke may reach the border.
const MARGIN = 20;
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

  /** The pixels for the preparation: {pixels, height, width}, RGB, or null of an empty drawing. */
  readPixels(context) {
    if (this.isEmpty) return null;
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    const side = SIDE + 2 * MARGIN;
    const pixels = new Uint8Array(3 * side * side).fill(255); // paper
    for (let row = 0, from = 0; row < SIDE; row += 1) {
      let to = 3 * ((row + MARGIN) * side + MARGIN);
      for (let column = 0; column < SIDE; column += 1, from += 4, to += 3) {
        pixels[to] = data[from];
        pixels[to + 1] = data[from + 1];
        pixels[to + 2] = data[from + 2];
      }
    }
    return { pixels, height: side, width: side };
  }
}
