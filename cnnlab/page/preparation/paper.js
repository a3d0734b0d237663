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
  const smooth = blur(blur(levels, height, width, width), height, width, 1);
  const lightest = filterBoth(smooth, height, width, radius, Math.max);
  const paper = filterBoth(lightest, height, width, radius, Math.min);
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
 * @param {number} step from a pixel to the next: `width` down a column, and 1 along a row
 */
function blur(values, height, width, step) {
  const weigh = (x) => Math.exp((-0.5 * x * x) / SIGMA ** 2);
  const weights = Array.from({ length: BLUR_RADIUS + 1 }, (_, x) => weigh(x));
  const sum = weights.reduce((total, weight) => total + 2 * weight, -weights[0]);
  const side = step === 1 ? width : height;
  const result = new Float32Array(values.length);
  for (let place = 0; place < values.length; place++) {
    const at = step === 1 ? place % width : Math.floor(place / width);
    const first = place - at * step;
    let total = values[place] * (weights[0] / sum);
    for (let x = BLUR_RADIUS; x > 0; x--) {
      const before = mirror(at - x, side);
      const after = mirror(at + x, side);
      total += (values[first + before * step] + values[first + after * step]) * (weights[x] / sum);
    }
    result[place] = total;
  }
  return result;
}

/** Return the place inside a side for a place up to a side beyond it. */
function mirror(place, side) {
  let inside = place;
  while (inside < 0 || inside >= side) inside = inside < 0 ? -1 - inside : 2 * side - 1 - inside;
  return inside;
}

/** Compute the largest (or smallest) value in the square around each pixel. */
function filterBoth(values, height, width, radius, choose) {
  const down = filterLines(values, height, width, width, radius, choose);
  return filterLines(down, width, height, 1, radius, choose);
}

/**
 * Compute the largest (or smallest) value along one axis, within a radius.
 *
 * Source: M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and
 * octagonal kernels", Pattern Recognition Letters 13 (1992): blocks of the window's size, of which
 * the results from the left and from the right are enough for each window.
 */
function filterLines(values, side, count, step, radius, choose) {
  const size = 2 * radius + 1;
  const fromLeft = new Float32Array(side);
  const fromRight = new Float32Array(side);
  const result = new Float32Array(values.length);
  for (let line = 0; line < count; line++) {
    const first = step === 1 ? line * side : line;
    for (let at = 0; at < side; at++) {
      const value = values[first + at * step];
      fromLeft[at] = at % size ? choose(fromLeft[at - 1], value) : value;
    }
    for (let at = side - 1; at >= 0; at--) {
      const value = values[first + at * step];
      const isBlockEnd = at === side - 1 || (at + 1) % size === 0;
      fromRight[at] = isBlockEnd ? value : choose(fromRight[at + 1], value);
    }
    for (let at = 0; at < side; at++) {
      const [low, high] = [Math.max(at - radius, 0), Math.min(at + radius, side - 1)];
      result[first + at * step] = chooseWithin(fromLeft, fromRight, low, high, size, choose);
    }
  }
  return result;
}

/** Choose from the places `low` to `high` of a line, by what each block says from both sides. */
function chooseWithin(fromLeft, fromRight, low, high, size, choose) {
  const isOneBlock = Math.floor(low / size) === Math.floor(high / size);
  if (!isOneBlock) return choose(fromRight[low], fromLeft[high]);
  return low % size === 0 ? fromLeft[high] : fromRight[low];
}
