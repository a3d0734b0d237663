// Find the strokes of a drawing, and the amount of ink at each pixel.

import { PreparationError } from "./errors.js";
import { separateDigits } from "./digit_separation.js";
import { estimateGround, measureContrast, measureNoise } from "./ground.js";
import { computeMedian } from "./numbers.js";
import { computeOtsuThreshold } from "./otsu.js";
import { labelRegions } from "./regions.js";
import { reducePicture } from "./resize.js";

const WORKING_SIDE = 1024; // pixels of the longer side from which digits are cut out
const LEAST_CONTRAST = 10; // levels of 255 between ink and ground
const LEAST_PART = 0.05; // share of the area of a digit's largest part; a smaller part is dirt

/**
 * Find the digits of a drawing, from left to right, line by line.
 *
 * @param {import("./resize.js").Picture} picture on a plain ground, light or dark
 * @returns {import("./resize.js").FloatImage[]} the amount of ink of each digit, from 0 to 1
 * @throws {PreparationError} no strokes differ enough from the ground
 */
export function findInk(picture) {
  const working = reducePicture(picture, WORKING_SIDE);
  const contrast = measureContrast(working, estimateGround(working));
  return separateDigits(selectInk(contrast, working.height, working.width));
}

/**
 * Select the strokes by their contrast, from 0 to 255.
 *
 * @returns {import("./digit_separation.js").Strokes}
 */
function selectInk(contrast, height, width) {
  const floor = measureNoise(contrast);
  const candidates = selectAbove(contrast, Math.max(floor, LEAST_CONTRAST));
  if (!candidates.length) {
    throw new PreparationError("no digit found: nothing stands out from the background");
  }
  const threshold = computeOtsuThreshold(candidates);
  const weakest = Math.max(floor, threshold * 0.5);
  const mask = new Uint8Array(contrast.length);
  for (let place = 0; place < mask.length; place++) mask[place] = contrast[place] > weakest ? 1 : 0;
  const { numbers, boxes } = labelRegions(mask, height, width);
  removeDirt(contrast, numbers, boxes.length, threshold);
  const level = findInkLevel(contrast, numbers, threshold);
  const ink = new Float32Array(contrast.length);
  const lowest = Math.fround(floor);
  const range = Math.fround(level - floor);
  for (let place = 0; place < ink.length; place++) {
    if (contrast[place] > lowest) ink[place] = Math.min((contrast[place] - lowest) / range, 1);
  }
  return { height, width, ink, numbers, boxes };
}

/** Return the values above a limit. */
function selectAbove(values, limit) {
  const selected = new Float32Array(values.length);
  let count = 0;
  for (let place = 0; place < values.length; place++) {
    if (values[place] > limit) selected[count++] = values[place];
  }
  return selected.subarray(0, count);
}

/** Set the numbers of regions that are too small for strokes to 0. */
function removeDirt(contrast, numbers, count, threshold) {
  const areas = new Int32Array(count + 1);
  for (let place = 0; place < numbers.length; place++) {
    if (numbers[place] && contrast[place] >= threshold) areas[numbers[place]]++;
  }
  const least = Math.max(LEAST_PART * Math.max(...areas), 1);
  if (areas.subarray(1).every((area) => area >= least)) return;
  for (let place = 0; place < numbers.length; place++) {
    if (areas[numbers[place]] < least) numbers[place] = 0;
  }
}

/** Find the contrast of full ink: the median over the strong pixels of all strokes. */
function findInkLevel(contrast, numbers, threshold) {
  const strong = new Float32Array(contrast.length);
  let count = 0;
  for (let place = 0; place < strong.length; place++) {
    if (numbers[place] && contrast[place] >= threshold) strong[count++] = contrast[place];
  }
  return computeMedian(strong.subarray(0, count));
}
