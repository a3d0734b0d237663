// Prepares drawings with the page's modules, for page_preparation.py.
//
// Standard input: a line of JSON with one entry for each drawing ({height, width, input, repeat}), and
// then the RGB bytes of all drawings. Standard output: a line of JSON with one entry for each drawing
// ({count, notes, milliseconds} or {error}), and then the bytes of all prepared images.

import { readFileSync, writeSync } from "node:fs";
import { PreparationError, prepareDrawing } from "../../cnnlab/page/preparation/preparation.js";

const bytes = readFileSync(0);
const end = bytes.indexOf("\n");
const images = [];
let place = end + 1;
const answers = JSON.parse(bytes.subarray(0, end)).map(prepare);
const output = Buffer.concat([Buffer.from(JSON.stringify(answers) + "\n"), ...images]);
for (let written = 0; written < output.length; ) written += writeSync(1, output, written);

/** Prepare the next drawing of the input `repeat` times, and measure the last half of them. */
function prepare({ height, width, input, repeat }) {
  const pixels = new Uint8Array(bytes.subarray(place, place + height * width * 3));
  place += pixels.length;
  try {
    let prepared;
    let start;
    for (let time = 0; time < repeat; time++) {
      if (time === Math.floor(repeat / 2)) start = performance.now();
      prepared = prepareDrawing(pixels, height, width, input);
    }
    const milliseconds = (performance.now() - start) / Math.ceil(repeat / 2);
    images.push(...prepared.images);
    return { count: prepared.images.length, notes: prepared.notes, milliseconds };
  } catch (error) {
    if (!(error instanceof PreparationError)) throw error;
    return { error: error.message };
  }
}
