// Find the strokes of a drawing, and the amount of ink at each pixel.

import { PreparationError } from "./errors.js";
import { separateDigits } from "./digit_separation.js";
import { estimateGround, isPaper, measureContrast, measureNoise } from "./ground.js";
import { computeMedian } from "./numbers.js";
import { computeOtsuThreshold } from "./otsu.js";
import { measurePaper } from "./paper.js";
import { cropImage, labelRegions } from "./regions.js";
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
  const ground = estimateGround(working);
  if (isPaper(working, ground)) {
    const { contrast, floor } = measurePaper(working);
    return separateDigits(selectInk(contrast, floor, true));
  }
  const contrast = measureContrast(working, ground);
  const floor = measureNoise(contrast.values);
  return separateDigits(selectInk(cropImage(contrast, floor), floor, false));
}

/**
 * Select the strokes by their contrast, from 0 to 255; contrast up to `floor` is noise.
 *
 * @param {boolean} isOnPaper regions at the border are then no strokes
 *
 * @returns {import("./digit_separation.js").Strokes}
 */
function selectInk({ height, width, values: contrast }, floor, isOnPaper) {
  const candidates = selectAbove(contrast, Math.max(floor, LEAST_CONTRAST));
  if (!candidates.length) {
    throw new PreparationError("no digit found: nothing stands out from the background");
  }
  const threshold = computeOtsuThreshold(candidates);
  const weakest = Math.max(floor, threshold * (isOnPaper ? 0.7 : 0.5));
  const mask = new Uint8Array(contrast.length);
  for (let place = 0; place < mask.length; place++) mask[place] = contrast[place] > weakest ? 1 : 0;
  const { numbers, boxes } = labelRegions(mask, height, width);
  const areas = countStrongPixels(contrast, numbers, boxes.length, threshold);
  removeDirt(numbers, isOnPaper ? dropBorderRegions(areas, boxes, height, width) : areas);
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

/** Count the pixels of each region that reach the threshold; the first number is always 0. */
function countStrongPixels(contrast, numbers, count, threshold) {
  const areas = new Int32Array(count + 1);
  for (let place = 0; place < numbers.length; place++) {
    if (numbers[place] && contrast[place] >= threshold) areas[numbers[place]]++;
  }
  return areas;
}

/**
 * Set the areas of the regions that touch the border to 0, because they show the table or shadows.
 * If all regions touch the border, keep all of them.
 */
function dropBorderRegions(areas, boxes, height, width) {
  const inner = areas.map((area, number) => {
    if (number === 0) return 0;
    const { top, bottom, left, right } = boxes[number - 1];
    return top > 0 && left > 0 && bottom < height && right < width ? area : 0;
  });
  return inner.some((area) => area > 0) ? inner : areas;
}

/** Set the numbers of regions whose areas are too small for strokes to 0. */
function removeDirt(numbers, areas) {
  const least = Math.max(LEAST_PART * Math.max(...areas), 1);
  if (areas.subarray(1).every((area) => area >= least)) return;
  for (let place = 0; place < numbers.length; place++) {
    if (areas[numbers[place]] < least) numbers[place] = 0;
  }
}

/** Find the contrast of full ink: the median over the strong pixels of all strokes. */
function findInkLevel(contrast, numbers, threshold) {
  const strong = new Float32Array(contrast.length);
  let [count, largest, largestCount] = [0, 0, 0];
  for (let place = 0; place < strong.length; place++) {
    const value = contrast[place];
    if (!numbers[place] || value < threshold) continue;
    strong[count++] = value;
    if (value > largest) [largest, largestCount] = [value, 0];
    if (value === largest) largestCount++;
  }
  if (2 * largestCount > count) return largest; // as in nearly all drawings; sorting is slow
  return computeMedian(strong.subarray(0, count));
}
