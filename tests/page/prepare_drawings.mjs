// Prepare drawings with the page's modules, for test_preparation.py and benchmarks.
//
// Standard input: a line of JSON with one entry for each drawing ({height, width, input}), and then
// the RGB bytes of all drawings. Standard output: a line of JSON with one entry for each drawing
// ({lengths, notes, milliseconds} or {error}), and then the bytes of all prepared images.

import { readFileSync, writeSync } from "node:fs";
import { PreparationError, prepareDrawing } from "../../cnnlab/page/preparation/preparation.js";

const bytes = readFileSync(0);
const end = bytes.indexOf("\n");
const images = [];
let place = end + 1;
const answers = JSON.parse(bytes.subarray(0, end)).map(({ height, width, input, repeat = 1 }) => {
  const pixels = new Uint8Array(bytes.subarray(place, place + height * width * 3));
  place += pixels.length;
  try {
    const start = performance.now();
    let prepared;
    for (let time = 0; time < repeat; time++) {
      prepared = prepareDrawing(pixels, height, width, input);
    }
    const milliseconds = (performance.now() - start) / repeat;
    images.push(...prepared.images);
    const lengths = prepared.images.map((image) => image.length);
    return { lengths, notes: prepared.notes, milliseconds };
  } catch (error) {
    if (!(error instanceof PreparationError)) throw error;
    return { error: error.message };
  }
});
writeAll(Buffer.concat([Buffer.from(JSON.stringify(answers) + "\n"), ...images]));

/** Write bytes to standard output; a pipe may take fewer than all at once. */
function writeAll(buffer) {
  for (let written = 0; written < buffer.length; ) {
    written += writeSync(1, buffer, written);
  }
}
