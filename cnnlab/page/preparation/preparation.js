// Prepare a drawing for a network, exactly as `cnnlab predict` prepares the same pixels in a file.
//
// What happens depends on the images that the network was trained on. `digits`: each digit is cut
// out and centred as in MNIST. `ground`: the drawing gets the plain background of the training
// images, and its object their size and position. `fit`: the whole drawing is resized. In all
// three, a drawing has a plain ground; photos of paper need `cnnlab predict`.

import { prepareDigits } from "./digits.js";
import { fitImage } from "./fit.js";
import { matchGround } from "./ground_matching.js";

export { PreparationError } from "./errors.js";

/**
 * Prepare a drawing.
 *
 * @param {Uint8Array|Uint8ClampedArray} pixels height * width pixels of three bytes (RGB), or of
 *   four (RGBA, as a canvas has them), which must be opaque
 * @param {{shape: [number, number, number], preparation: "digits"|"ground"|"fit",
 *   ground: import("./ground_matching.js").PlainGround|null}} input the `input` of network.json
 * @returns {{images: Uint8Array[], notes: string[]}} each image that the network reads, of
 *   `input.shape`: one, or with `digits` one for each digit; and a sentence for each change
 * @throws {PreparationError} with `digits`: nothing stands out from the background
 */
export function prepareDrawing(pixels, height, width, input) {
  const picture = { height, width, pixels: removeAlpha(pixels, height * width) };
  if (input.preparation === "digits") return { images: prepareDigits(picture), notes: [] };
  const matched =
    input.preparation === "ground"
      ? matchGround(picture, input.ground, input.shape)
      : { picture, notes: [] };
  return { images: [fitImage(matched.picture, input.shape)], notes: matched.notes };
}

function removeAlpha(pixels, count) {
  if (pixels.length === 3 * count) return pixels;
  const colours = new Uint8Array(3 * count);
  for (let place = 0, from = 0; place < colours.length; place += 3, from += 4) {
    colours[place] = pixels[from];
    colours[place + 1] = pixels[from + 1];
    colours[place + 2] = pixels[from + 2];
  }
  return colours;
}
