// Prepare the digits of a drawing as the images of MNIST were prepared.
//
// Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits": the
// authors resized the digits to fit into 20 × 20 pixels without changing the proportions, and
// placed each into 28 × 28 pixels, with the centre of mass in the middle.

import { measureDistances } from "./distances.js";
import { findInk } from "./ink.js";
import { clamp, findCentreOfMass, roundHalfEven, sumPairwise } from "./numbers.js";
import { cropImage } from "./regions.js";
import { BICUBIC, resizeFloats } from "./resize.js";

const SIDE = 28;
const BOX = 20;
const MIDDLE = 14; // row and column of the mean centre of mass over MNIST, counted from 0
const LARGE = 8 * BOX; // pixels of the longer side at which strokes are measured
const BELOW_HALF = 0.5 - 2 ** -26; // more than any number below 0.5 in single precision
// Stroke widths in pixels; those of nine in ten MNIST digits lie between these two.
const THINNEST = 1.6;
const THICKEST = 4.1;

/**
 * Prepare all digits of a drawing, from left to right.
 *
 * @param {import("./resize.js").Picture} picture
 * @returns {Uint8Array[]} 28 * 28 for each digit
 * @throws {import("./errors.js").PreparationError} the drawing has no digit
 */
export function prepareDigits(picture) {
  return findInk(picture).map((ink) => prepareDigit(cropInk(ink)));
}

function prepareDigit(ink) {
  const width = measureStrokeWidth(ink);
  const target = clamp(width, THINNEST, THICKEST);
  return centreDigit(fitIntoBox(target === width ? ink : changeStrokeWidth(ink, width, target)));
}

/** Cut off the rows and columns at the edges without a pixel that is at least half ink. */
const cropInk = (ink) => cropImage(ink, BELOW_HALF);

/**
 * Measure the mean width of a digit's strokes, in pixels of the digit resized to 20 × 20.
 *
 * Inside a stroke of width w, the mean distance to the nearer edge is w / 4.
 */
function measureStrokeWidth(ink) {
  const large = enlarge(ink);
  const { mask, height, width } = padMask(large, 1);
  const distances = measureDistances(mask, height, width);
  let count = 0;
  for (let place = 0; place < distances.length; place++) {
    if (distances[place] > 0) distances[count++] = distances[place] - 0.5;
  }
  const mean = sumPairwise(distances, 0, count) / count;
  return (4 * mean * BOX) / Math.max(large.height, large.width);
}

/** Make all strokes thicker or thinner by the same amount. */
function changeStrokeWidth(ink, oldWidth, newWidth) {
  const large = enlarge(ink);
  const wanted = (((newWidth - oldWidth) / 2) * Math.max(large.height, large.width)) / BOX;
  const { mask, height, width } = padMask(large, Math.ceil(Math.abs(wanted)) + 2);
  const inside = measureDistances(mask, height, width);
  const outside = measureDistances(mask, height, width, 1);
  let deepest = 0;
  for (let place = 0; place < inside.length; place++) deepest = Math.max(deepest, inside[place]);
  const growth = Math.max(wanted, 1 - deepest); // so that some ink always remains
  const values = new Float32Array(inside.length);
  for (let place = 0; place < values.length; place++) {
    values[place] = clamp(inside[place] - outside[place] + growth, 0, 1);
  }
  return cropInk({ height, width, values });
}

/** Mark the pixels that are at least half ink, with a margin of pixels around. */
function padMask({ height, width, values }, margin) {
  const padded = { height: height + 2 * margin, width: width + 2 * margin };
  const mask = new Uint8Array(padded.height * padded.width);
  for (let row = 0, place = 0; row < height; row++) {
    const start = (row + margin) * padded.width + margin;
    for (let column = 0; column < width; column++, place++) {
      if (values[place] >= 0.5) mask[start + column] = 1;
    }
  }
  return { ...padded, mask };
}

const enlarge = (ink) => scaleInk(ink, Math.max(LARGE, ink.height, ink.width));

/** Resize a digit so that its longer side has `longest` pixels. */
function scaleInk(ink, longest) {
  const oldLongest = Math.max(ink.height, ink.width);
  const scale = (side) => Math.max(1, roundHalfEven((side * longest) / oldLongest));
  return resizeFloats(ink, scale(ink.height), scale(ink.width), BICUBIC);
}

function fitIntoBox(ink) {
  const { height, width, values } = scaleInk(ink, BOX);
  return { height, width, values: values.map((value) => clamp(value, 0, 1)) };
}

/** Place a digit into 28 × 28 pixels, with its centre of mass in the middle. */
function centreDigit(digit) {
  const centre = findCentreOfMass(digit);
  const [top, left] = [digit.height, digit.width].map((side, axis) =>
    clamp(roundHalfEven(MIDDLE - centre[axis]), 0, SIDE - side),
  );
  const image = new Uint8Array(SIDE * SIDE);
  digit.values.forEach((value, place) => {
    const row = top + Math.floor(place / digit.width);
    const column = left + (place % digit.width);
    image[row * SIDE + column] = roundHalfEven(Math.fround(255 * value));
  });
  return image;
}
