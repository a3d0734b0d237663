// The plain ground of a drawing, and how strongly each pixel differs from it.
//
// `cnnlab predict` also estimates uneven light and finds sheets of paper in photos. A drawing has
// neither, so here the ground is always one colour.

import { computeQuantile, roundHalfEven } from "./numbers.js";
import { reducePicture } from "./resize.js";

const COARSE_SIDE = 128; // pixels of the longer side; `predict` measures the border at this size

/**
 * Estimate the ground of a drawing: the median of its border, for each colour channel.
 *
 * @param {import("./resize.js").Picture} picture
 * @returns {[number, number, number]}
 */
export function estimateGround(picture) {
  const { height, width, pixels } = reducePicture(picture, COARSE_SIDE);
  const edge = Math.max(1, roundHalfEven(0.03 * Math.min(height, width)));
  const counts = [0, 1, 2].map(() => new Int32Array(256));
  let total = 0;
  for (let row = 0; row < height; row++) {
    const isEdgeRow = row < edge || row >= height - edge;
    for (let column = 0; column < width; column++) {
      if (!isEdgeRow && column >= edge && column < width - edge) column = width - edge;
      const place = (row * width + column) * 3;
      for (let channel = 0; channel < 3; channel++) counts[channel][pixels[place + channel]]++;
      total++;
    }
  }
  return counts.map((levels) => findMedianLevel(levels, total));
}

/** Return the median of levels from 0 to 255, of which `counts` says how often each occurs. */
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
 * @returns {Float32Array} height * width
 */
export function measureContrast({ height, width, pixels }, [red, green, blue]) {
  const contrast = new Float32Array(height * width);
  for (let place = 0, at = 0; place < contrast.length; place++, at += 3) {
    const r = pixels[at] - red;
    const g = pixels[at + 1] - green;
    const b = pixels[at + 2] - blue;
    // Levels and medians are multiples of a half, so the sum is exact also in single precision.
    if (r || g || b) contrast[place] = Math.sqrt(Math.fround((r * r + g * g + b * b) / 3));
  }
  return contrast;
}

/**
 * Compute the contrast that counts as noise.
 *
 * The lower quartile, since a digit may fill half of a small picture.
 */
export function measureNoise(contrast) {
  let quiet = 0;
  for (let place = 0; place < contrast.length; place++) quiet += contrast[place] === 0 ? 1 : 0;
  if (quiet > 1 + contrast.length / 4) return 0; // sorting would take most of the time
  return 7 * Math.fround(computeQuantile(contrast.slice().sort(), 0.25));
}

