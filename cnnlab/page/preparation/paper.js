// Measure the ink on paper. `cnnlab predict` reads a picture in this way if its ground is light and
// if more than a little ink is at the border, which in a photo is the table or a shadow.
//
// `predict` also searches photos for sheets and printed lines, which a drawing does not have.

import { computeQuantile, roundHalfEven } from "./numbers.js";
import { reducePicture } from "./resize.js";

const PAPER_SIDE = 700; // pixels of the longer side
const WIDEST_STROKE = 0.13; // of the longer side; a wider dark region is a shadow
const FAINTEST = 0.06; // darkness; less is noise or the texture of paper
const SIGMA = 0.7; // pixels; the blur that removes noise
const BLUR_RADIUS = 3; // pixels; SciPy cuts a Gaussian off at four times its sigma

/**
 * Measure how much darker each pixel is than the paper around it, from 0 to 255.
 *
 * @param {import("./resize.js").Picture} picture
 * @returns {{contrast: import("./resize.js").FloatImage, floor: number}} contrast up to `floor` is
 *   noise or the texture of the paper
 */
export function measurePaper(picture) {
  const { height, width, pixels } = reducePicture(picture, PAPER_SIDE);
  const channels = isGray(pixels) ? [0] : [0, 1, 2];
  const radius = roundHalfEven((WIDEST_STROKE * Math.max(height, width)) / 2);
  const darknesses = channels.map((channel) =>
    measureDarkness(pixels, channel, height, width, radius),
  );
  const values = darknesses.length === 1 ? darknesses[0] : joinChannels(darknesses);
  const floor = 255 * findFloor(values);
  for (let place = 0; place < values.length; place++) values[place] *= 255;
  return { contrast: { height, width, values }, floor };
}

function isGray(pixels) {
  for (let at = 0; at < pixels.length; at += 3) {
    if (pixels[at] !== pixels[at + 1] || pixels[at] !== pixels[at + 2]) return false;
  }
  return true;
}

/** Measure the darkness of one channel, from 0 to 1. */
function measureDarkness(pixels, channel, height, width, radius) {
  const levels = new Float32Array(height * width);
  for (let place = 0; place < levels.length; place++) levels[place] = pixels[3 * place + channel];
  const down = { side: height, count: width, step: width };
  const across = { side: width, count: height, step: 1 };
  const smooth = blur(blur(levels, down), across);
  const widen = (values) => findLargest(findLargest(values, down, radius), across, radius);
  const negate = (values) => values.map((value) => -value);
  const paper = negate(widen(negate(widen(smooth))));
  for (let place = 0; place < levels.length; place++) {
    levels[place] = 1 - Math.fround(smooth[place] / Math.max(paper[place], 1));
  }
  return levels;
}

function joinChannels(darknesses) {
  return darknesses[0].map((red, place) => {
    const [green, blue] = [darknesses[1][place], darknesses[2][place]];
    const mean = Math.fround(Math.fround(Math.fround(red + green) + blue) / 3);
    return mean / 2 + Math.max(red, green, blue) / 2;
  });
}

/** Find the darkness above which a pixel is not just noise or the texture of the paper. */
function findFloor(darkness) {
  let clean = 0;
  for (let place = 0; place < darkness.length; place++) clean += darkness[place] === 0 ? 1 : 0;
  if (2 * clean > darkness.length) return FAINTEST; // sorting would take most of the time
  const middle = Math.fround(computeQuantile(darkness.slice().sort(), 0.5));
  const distances = darkness.map((value) => Math.abs(Math.fround(value - middle))).sort();
  return Math.max(FAINTEST, middle + 4 * 1.48 * Math.fround(computeQuantile(distances, 0.5)));
}

/**
 * Blur with a Gaussian along one axis; beyond an edge, the image is mirrored.
 *
 * @param {{side: number, count: number, step: number}} axis the number of pixels in a line, the
 *   number of lines, and the step from a pixel to the next in the line
 */
function blur(values, { side, count, step }) {
  const weights = listBlurWeights();
  const result = new Float32Array(values.length);
  const padded = new Float32Array(side + 2 * BLUR_RADIUS);
  for (let line = 0; line < count; line++) {
    const first = step === 1 ? line * side : line;
    for (let at = 0; at < padded.length; at++) {
      padded[at] = values[first + mirror(at - BLUR_RADIUS, side) * step];
    }
    for (let at = 0; at < side; at++) {
      const middle = at + BLUR_RADIUS;
      let sum = padded[middle] * weights[0];
      for (let x = BLUR_RADIUS; x > 0; x--) {
        sum += (padded[middle - x] + padded[middle + x]) * weights[x];
      }
      result[first + at * step] = sum;
    }
  }
  return result;
}

/** List the weights of a Gaussian at the distances from 0 pixels on; on both sides, their sum is 1. */
function listBlurWeights() {
  const weigh = (x) => Math.exp((-0.5 * x * x) / SIGMA ** 2);
  const weights = Array.from({ length: BLUR_RADIUS + 1 }, (_, x) => weigh(x));
  const sum = weights.reduce((total, weight) => total + 2 * weight, -weights[0]);
  return weights.map((weight) => weight / sum);
}

/** Return the place inside a side for a place beyond it. */
function mirror(place, side) {
  let inside = place;
  while (inside < 0 || inside >= side) inside = inside < 0 ? -1 - inside : 2 * side - 1 - inside;
  return inside;
}

/**
 * Find the largest value along one axis within a radius of each pixel.
 *
 * Source: M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and
 * octagonal kernels", Pattern Recognition Letters 13 (1992): the lines have blocks of the window's
 * size, and each window is the end of one block and the start of the next.
 *
 * @param {{side: number, count: number, step: number}} axis as for `blur`
 */
function findLargest(values, { side, count, step }, radius) {
  const size = 2 * radius + 1;
  // Each line gets `radius` pixels on both sides, and whole blocks.
  const length = Math.ceil((side + 2 * radius) / size) * size;
  const padded = new Float32Array(length).fill(-Infinity);
  const ends = new Float32Array(length);
  const result = new Float32Array(values.length);
  for (let line = 0; line < count; line++) {
    const first = step === 1 ? line * side : line;
    for (let at = 0; at < side; at++) padded[radius + at] = values[first + at * step];
    for (let at = length - 1; at >= 0; at--) {
      ends[at] = (at + 1) % size === 0 ? padded[at] : larger(ends[at + 1], padded[at]);
    }
    let start = -Infinity; // the largest value since the start of a block
    for (let at = 0; at < side + 2 * radius; at++) {
      start = at % size === 0 ? padded[at] : larger(start, padded[at]);
      const target = at - 2 * radius;
      if (target >= 0) result[first + target * step] = larger(start, ends[target]);
    }
  }
  return result;
}

const larger = (one, other) => (one > other ? one : other);
