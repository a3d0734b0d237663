// Separate the strokes of a drawing into digits, from left to right, line by line.

import { PreparationError } from "./errors.js";
import { joinBoxes } from "./regions.js";

const MAJOR = 0.5; // of the tallest stroke; a lower stroke is a part of a digit
const OVERLAP = 0.4; // of the narrower of two strokes; those that overlap by more are one digit
const CLOSE_ABOVE = 0.1; // of the tallest stroke; the gap between two strokes of one digit
const NEAR = 0.4; // of the tallest stroke; a small stroke farther from all others is dirt
const MOST_STROKES = 200; // tall strokes; a picture with more is a texture

/**
 * The strokes of a drawing: the amount of ink of each pixel, the number of the stroke there or 0,
 * and the boxes of the strokes. The box of stroke n is `boxes[n - 1]`; a number that no pixel has
 * is dirt.
 *
 * @typedef {{height: number, width: number, ink: Float32Array, numbers: Int32Array,
 *   boxes: import("./regions.js").Box[]}} Strokes
 */

/**
 * Separate the ink of a drawing into digits in reading order.
 *
 * @param {Strokes} strokes
 * @returns {import("./resize.js").FloatImage[]}
 * @throws {PreparationError} there are more strokes than a page of digits can have
 */
export function separateDigits(strokes) {
  const { boxes } = strokes;
  const numbers = listNumbers(strokes);
  const tallest = Math.max(...numbers.map((number) => measureHeight(boxes[number - 1])));
  const isMajor = (number) => measureHeight(boxes[number - 1]) >= MAJOR * tallest;
  const major = numbers.filter(isMajor);
  if (major.length > MOST_STROKES) {
    const count = major.length.toLocaleString("en-US");
    const problem = `${count} separate strokes stand out from the background`;
    throw new PreparationError(`no digit found: ${problem}`);
  }
  const groups = groupStrokes(major, boxes, tallest);
  for (const number of numbers.filter((one) => !isMajor(one))) {
    addSmallStroke(number, groups, boxes, tallest);
  }
  return sortLines(groups, boxes).map((group) => cutOut(strokes, group));
}

/** List the numbers of the strokes that have pixels. */
function listNumbers({ numbers, boxes }) {
  const exists = new Uint8Array(boxes.length + 1);
  for (let place = 0; place < numbers.length; place++) exists[numbers[place]] = 1;
  return boxes.map((_, place) => place + 1).filter((number) => exists[number]);
}

const measureHeight = (box) => box.bottom - box.top;
const measureWidth = (box) => box.right - box.left;

/** Measure the rows that two boxes share; without any, minus the gap. */
function measureRowOverlap(one, other) {
  return Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
}

/** Measure the columns that two boxes share; without any, minus the gap. */
function measureColumnOverlap(one, other) {
  return Math.min(one.right, other.right) - Math.max(one.left, other.left);
}

/** Measure the gap between two boxes; 0 if the boxes overlap. */
function measureGap(one, other) {
  return Math.max(0, -measureRowOverlap(one, other), -measureColumnOverlap(one, other));
}

/** Tell whether two tall strokes are one digit, because one is closely above the other. */
function belongTogether(one, other, tallest) {
  const narrower = Math.min(measureWidth(one), measureWidth(other));
  if (measureColumnOverlap(one, other) < OVERLAP * narrower) return false;
  return -measureRowOverlap(one, other) < CLOSE_ABOVE * tallest;
}

/** Join tall strokes that belong to one digit: a list of numbers for each digit. */
function groupStrokes(major, boxes, tallest) {
  let groups = [];
  const sorted = [...major].sort((a, b) => boxes[a - 1].left - boxes[b - 1].left);
  for (const number of sorted) {
    const touches = (group) =>
      group.some((one) => belongTogether(boxes[one - 1], boxes[number - 1], tallest));
    const same = groups.filter(touches);
    groups = groups.filter((group) => !same.includes(group));
    groups.push([...same.flat(), number]);
  }
  return groups;
}

/** Add a small stroke to the digit that is nearest, if one is near. */
function addSmallStroke(number, groups, boxes, tallest) {
  const measure = (group) =>
    Math.min(...group.map((one) => measureGap(boxes[one - 1], boxes[number - 1])));
  const gaps = groups.map(measure);
  const smallest = Math.min(...gaps);
  if (smallest <= NEAR * tallest) groups[gaps.indexOf(smallest)].push(number);
}

/** Sort digits by lines from the top, and within each line from the left. */
function sortLines(groups, boxes) {
  const digits = groups.map((group) => ({
    group,
    box: joinBoxes(group.map((number) => boxes[number - 1])),
  }));
  const lines = [];
  for (const digit of digits.sort((a, b) => a.box.top - b.box.top)) {
    const line = lines.find(([first]) => {
      const lower = Math.min(measureHeight(digit.box), measureHeight(first.box));
      return measureRowOverlap(digit.box, first.box) > 0.5 * lower;
    });
    if (line) line.push(digit);
    else lines.push([digit]);
  }
  const sorted = lines.flatMap((line) => line.sort((a, b) => a.box.left - b.box.left));
  return sorted.map(({ group }) => group);
}

/** Cut out the ink of one digit with a margin of one pixel, because the edge is faint. */
function cutOut({ height, width, ink, numbers, boxes }, group) {
  const box = joinBoxes(group.map((number) => boxes[number - 1]));
  const [top, left] = [Math.max(box.top - 1, 0), Math.max(box.left - 1, 0)];
  const [bottom, right] = [Math.min(box.bottom + 1, height), Math.min(box.right + 1, width)];
  const isOwn = new Uint8Array(boxes.length + 1);
  for (const number of group) isOwn[number] = 1;
  const touchesOwn = (row, column) => {
    for (let y = Math.max(row - 1, top); y <= Math.min(row + 1, bottom - 1); y++) {
      for (let x = Math.max(column - 1, left); x <= Math.min(column + 1, right - 1); x++) {
        if (isOwn[numbers[y * width + x]]) return true;
      }
    }
    return false;
  };
  const values = new Float32Array((bottom - top) * (right - left));
  for (let row = top, target = 0; row < bottom; row++) {
    for (let column = left; column < right; column++, target++) {
      const amount = ink[row * width + column];
      if (amount && touchesOwn(row, column)) values[target] = amount;
    }
  }
  return { height: bottom - top, width: right - left, values };
}
