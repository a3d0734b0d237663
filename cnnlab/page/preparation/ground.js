// The plain ground of a drawing, and how strongly each pixel differs from it.
//
// `cnnlab predict` also estimates uneven light in photos. A drawing has none, so here the ground is
// always one colour.

import { computeQuantile, roundHalfEven } from "./numbers.js";
import { averageBlock } from "./resize.js";

const COARSE_SIDE = 128; // pixels of the longer side; `predict` measures the border at this size
const EVEN = 6; // levels of 255 by which an even ground varies
const PLAIN = 0.95; // share of the border that shows the ground in a picture without paper
const LIGHT = 90; // levels of 255; the border of a picture of paper is lighter, also in shadow

/**
 * Estimate the ground of a drawing: the median of its border, for each colour channel.
 *
 * @param {import("./resize.js").Picture} picture
 * @returns {number[]} red, green and blue
 */
export function estimateGround(picture) {
  const factor = Math.ceil(Math.max(picture.height, picture.width) / COARSE_SIDE);
  const height = Math.ceil(picture.height / factor);
  const width = Math.ceil(picture.width / factor);
  const counts = [0, 1, 2].map(() => new Int32Array(256));
  const colour = new Uint8Array(3);
  const total = visitBorder(height, width, (row, column) => {
    averageBlock(picture, row * factor, column * factor, factor, colour, 0);
    for (let channel = 0; channel < 3; channel++) counts[channel][colour[channel]]++;
  });
  return counts.map((levels) => findMedianLevel(levels, total));
}

/** Call `visit(row, column)` for each pixel near the border; return the number of these pixels. */
function visitBorder(height, width, visit) {
  const edge = Math.max(1, roundHalfEven(0.03 * Math.min(height, width)));
  let count = 0;
  for (let row = 0; row < height; row++) {
    const isEdgeRow = row < edge || row >= height - edge;
    for (let column = 0; column < width; column++) {
      if (!isEdgeRow && column === edge) column = Math.max(edge, width - edge); // skip the inside
      visit(row, column);
      count++;
    }
  }
  return count;
}

/**
 * Tell whether `predict` reads a picture as paper: the ground is light, and more than a little of
 * the border differs from the ground.
 */
export function isPaper({ height, width, pixels }, ground) {
  const residuals = new Int32Array(512); // counts of doubled residuals: a ground may end in a half
  const total = visitBorder(height, width, (row, column) => {
    const place = (row * width + column) * 3;
    const measureResidual = (channel) => Math.abs(pixels[place + channel] - ground[channel]);
    residuals[2 * Math.max(measureResidual(0), measureResidual(1), measureResidual(2))]++;
  });
  const limit = Math.max((4.5 * findMedianLevel(residuals, total)) / 2, 2 * EVEN);
  const near = residuals.subarray(0, Math.floor(2 * limit) + 1);
  if (near.reduce((sum, count) => sum + count, 0) >= PLAIN * total) return false;
  const levels = new Int32Array(256);
  for (let place = 0; place < pixels.length; place++) levels[pixels[place]]++;
  return findMedianLevel(levels, pixels.length) > LIGHT;
}

/** Return the median of whole levels from 0, of which `counts` says how often each occurs. */
export function findMedianLevel(counts, total) {
  const findLevel = (place) => {
    let level = 0;
    for (let before = counts[0]; before <= place; before += counts[level]) level++;
    return level;
  };
  return (findLevel((total - 1) >> 1) + findLevel(total >> 1)) / 2;
}

/**
 * Measure how much each pixel differs from the ground: the root of the mean square over the colour
 * channels, from 0 to 255.
 *
 * @param {import("./resize.js").Picture} picture
 * @param {number[]} ground
 * @returns {import("./resize.js").FloatImage}
 */
export function measureContrast({ height, width, pixels }, [red, green, blue]) {
  const values = new Float32Array(height * width);
  for (let place = 0, at = 0; place < values.length; place++, at += 3) {
    const r = pixels[at] - red;
    const g = pixels[at + 1] - green;
    const b = pixels[at + 2] - blue;
    // Levels and medians are multiples of a half, so the sum is exact also in single precision.
    if (r || g || b) values[place] = Math.sqrt(Math.fround((r * r + g * g + b * b) / 3));
  }
  return { height, width, values };
}

/**
 * Compute the contrast that counts as noise.
 *
 * This is from the lower quartile, since a digit may fill half of a small picture.
 *
 * @param {Float32Array} contrast of each pixel
 */
export function measureNoise(contrast) {
  let quiet = 0;
  for (let place = 0; place < contrast.length; place++) quiet += contrast[place] === 0 ? 1 : 0;
  if (quiet > 1 + contrast.length / 4) return 0; // sorting would take most of the time
  return 7 * Math.fround(computeQuantile(contrast.slice().sort(), 0.25));
}
