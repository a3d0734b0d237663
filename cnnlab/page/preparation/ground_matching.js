// Give a drawing the background of training images, and its object their size and position.

import { createPicture, listBorderPlaces, pastePicture } from "./fit.js";
import { clamp, computeMedian, findCentreOfMass, roundHalfEven } from "./numbers.js";
import { joinBoxes, labelRegions } from "./regions.js";
import { BICUBIC, convertToGray, reducePicture, resizePicture } from "./resize.js";

const WORKING_SIDE = 1024; // pixels of the longer side of a picture
const SAME = 16; // levels of 255; a smaller difference from the ground is noise
const OBJECT = 32; // levels of 255; an object differs from the ground by more
const SHOWN = 0.4; // share of the border at which a ground of one colour shows
const INVERTED = 64; // levels of 255 between two grounds of different polarity
const SLACK = 0.08; // of the image, 2 of 28 pixels; how far a size or place may be from the usual
const LEAST_PART = 0.05; // share of the area of an object's largest part; a smaller part is dirt

const NO_GROUND =
  "found no plain background as in the training images, and kept the whole picture";
const MOVED_GROUND = "gave the background the brightness of the training images";
const MOVED_OBJECT = "cut the object out, and gave it the usual size and position";

/**
 * The plain background of training images, and the usual position of the object.
 *
 * @typedef {{level: number[], polarity: "light"|"dark"|"mixed", size: [number, number],
 *   typical_size: number, shift: number, centring: "box"|"mass"}} PlainGround
 */

/**
 * Prepare a picture like training images with a plain background.
 *
 * The background gets the brightness of the training images' background. If the polarity is the
 * opposite one, light and dark are exchanged. An object of unusual size or position is cut out, and
 * gets the usual size and position.
 *
 * @param {import("./resize.js").Picture} picture
 * @param {PlainGround} ground
 * @param {[number, number, number]} shape height, width and channels of the training images
 * @returns {{picture: import("./resize.js").Picture, notes: string[]}}
 */
export function matchGround(picture, ground, shape) {
  const reduced = reducePicture(picture, WORKING_SIDE);
  const working = shape[2] === 1 ? removeColour(reduced) : reduced;
  const own = findGround(working);
  if (own === null) return { picture, notes: [NO_GROUND] };
  const { level } = ground;
  const target = [0, 1, 2].map((channel) => Math.fround(level[channel % level.length]));
  const { levels, notes } = changeLevels(working, own, target, ground.polarity);
  const box = findObject(levels, target);
  if (box !== null && !hasUsualPlace(box, levels, ground, shape)) {
    const placed = placeObject(levels, box, target, ground, shape);
    return { picture: placed, notes: [...notes, MOVED_OBJECT] };
  }
  return { picture: notes.length ? levels : picture, notes };
}

function removeColour(picture) {
  const gray = convertToGray(picture);
  const pixels = new Uint8Array(3 * gray.length);
  for (let place = 0, at = 0; place < gray.length; place++, at += 3) {
    pixels[at] = pixels[at + 1] = pixels[at + 2] = gray[place];
  }
  return { height: picture.height, width: picture.width, pixels };
}

/** Find the background colour of a picture, or null if the background is not plain. */
function findGround(picture) {
  const { pixels } = picture;
  const border = listBorderPlaces(picture);
  const lightness = border.map((at) =>
    Math.fround((pixels[at] + pixels[at + 1] + pixels[at + 2]) / 3),
  );
  const level = findFrequentLevel(lightness);
  const same = border.filter((_, place) => Math.abs(lightness[place] - level) <= SAME);
  const chosen = same.length ? same : border;
  const summarize = same.length ? computeMedian : computeMean;
  const colour = [0, 1, 2].map((channel) =>
    summarize(Float32Array.from(chosen, (at) => pixels[at + channel])),
  );
  const isGround = (at) =>
    colour.every((value, channel) => Math.abs(pixels[at + channel] - value) <= SAME);
  return border.filter(isGround).length >= SHOWN * border.length ? colour : null;
}

const computeMean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Find the level around which most values lie, within half of `SAME`. */
function findFrequentLevel(lightness) {
  const counts = new Int32Array(256);
  for (const value of lightness) counts[roundHalfEven(value)]++;
  const countNear = (level) => {
    let sum = 0;
    const last = Math.min(level + SAME / 2, 255);
    for (let near = Math.max(level - SAME / 2, 0); near <= last; near++) sum += counts[near];
    return sum;
  };
  const near = Array.from(counts, (_, level) => countNear(level));
  const most = Math.max(...near);
  const levels = near.flatMap((count, level) => (count === most ? [level] : []));
  return levels.reduce((sum, level) => sum + level, 0) / levels.length;
}

/** Give the background of a picture the colour `target`, with a note for each change. */
function changeLevels(picture, own, target, polarity) {
  const distance = computeMean(own) - computeMean(target);
  const isFar = polarity !== "mixed" && Math.abs(distance) > INVERTED;
  const isInverted = isFar && hasOpposite(picture, own, polarity);
  if (!isInverted && Math.abs(distance) <= SAME) return { levels: picture, notes: [] };
  const [old, fresh] = distance > 0 ? ["light", "dark"] : ["dark", "light"];
  const note = isInverted ? `turned the ${old} background into a ${fresh} one` : MOVED_GROUND;
  const ground = isInverted ? invertColours(own) : own;
  const tables = ground.map((level, channel) => listMovedLevels(level, target[channel]));
  const pixels = isInverted ? invertColours(picture.pixels) : picture.pixels.slice();
  for (let at = 0; at < pixels.length; at += 3) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[at + channel] = tables[channel][pixels[at + channel]];
    }
  }
  return { levels: { ...picture, pixels }, notes: [note] };
}

/** Tell whether the object of a picture is on the other side of its ground than `polarity`. */
function hasOpposite({ pixels }, own, polarity) {
  let [sum, exists] = [0, false];
  const ground = computeMean(own);
  for (let at = 0; at < pixels.length; at += 3) {
    const difference = (pixels[at] + pixels[at + 1] + pixels[at + 2]) / 3 - ground;
    if (Math.abs(difference) <= OBJECT) continue;
    sum += difference;
    exists = true;
  }
  return exists && sum > 0 !== (polarity === "light");
}

/** Exchange light and dark, and keep the hue: gray g becomes 255 - g, and red stays red. */
function invertColours(levels) {
  const inverted = levels.slice();
  for (let at = 0; at < levels.length; at += 3) {
    const [red, green, blue] = [levels[at], levels[at + 1], levels[at + 2]];
    const change = 255 - Math.max(red, green, blue) - Math.min(red, green, blue);
    inverted[at] = red + change;
    inverted[at + 1] = green + change;
    inverted[at + 2] = blue + change;
  }
  return inverted;
}

/** List what becomes of the levels from 0 to 255 if the level `ground` becomes `target`. */
function listMovedLevels(ground, target) {
  return Uint8Array.from({ length: 256 }, (_, level) =>
    roundHalfEven(clamp(moveLevel(level, ground, target), 0, 255)),
  );
}

/** Move a level with its ground to `target`, and scale the difference to stay within 0 to 255. */
function moveLevel(level, ground, target) {
  const round = Math.fround;
  const difference = level - ground;
  if (level >= ground) {
    const room = Math.max(255 - ground, 1);
    return round(target + round(round(difference * round(255 - target)) / room));
  }
  const factor = ground > 0 ? round(target / Math.max(ground, 1)) : 1;
  return round(target + round(difference * factor));
}

/** Find the box around the larger regions that differ from the background; null without any. */
function findObject({ height, width, pixels }, target) {
  const mask = new Uint8Array(height * width);
  const [red, green, blue] = target;
  for (let place = 0, at = 0; place < mask.length; place++, at += 3) {
    const differs =
      Math.abs(pixels[at] - red) > OBJECT ||
      Math.abs(pixels[at + 1] - green) > OBJECT ||
      Math.abs(pixels[at + 2] - blue) > OBJECT;
    mask[place] = differs ? 1 : 0;
  }
  const { numbers, boxes } = labelRegions(mask, height, width);
  if (!boxes.length) return null;
  const areas = new Int32Array(boxes.length + 1);
  for (const number of numbers) if (number) areas[number]++;
  const least = LEAST_PART * Math.max(...areas);
  return joinBoxes(boxes.filter((_, place) => areas[place + 1] >= least));
}

/** Tell whether an object has the usual size and position of the objects in training images. */
function hasUsualPlace(box, picture, ground, [height, width]) {
  // The picture is fitted into the image, and padded.
  const scale = Math.max(picture.height / height, picture.width / width);
  const parts = [
    { start: box.top, stop: box.bottom, own: picture.height, side: scale * height },
    { start: box.left, stop: box.right, own: picture.width, side: scale * width },
  ];
  const size = Math.max(...parts.map(({ start, stop, side }) => (stop - start) / side));
  const shift = Math.max(
    ...parts.map(({ start, stop, own, side }) => Math.abs((start + stop) / 2 - own / 2) / side),
  );
  const [smallest, largest] = ground.size;
  // The middle of the box differs from the centre of mass.
  const slack = ground.centring === "box" ? SLACK : 2 * SLACK;
  return smallest - SLACK <= size && size <= largest + SLACK && shift <= ground.shift + slack;
}

/** Put an object, at the usual size, in the middle of a new picture of the network's size. */
function placeObject(levels, box, target, ground, [height, width]) {
  const part = cutOut(levels, box);
  const scale = ground.typical_size * Math.min(height / part.height, width / part.width);
  const rows = Math.max(1, roundHalfEven(part.height * scale));
  const columns = Math.max(1, roundHalfEven(part.width * scale));
  // Bicubic, since an object that is cut out falls between pixels, which blurs its edges.
  const small = resizePicture(part, rows, columns, BICUBIC);
  const isByMass = ground.centring === "mass";
  const middle = isByMass ? findMiddleOfMass(small, target) : [rows / 2, columns / 2];
  const canvas = createPicture(height, width, target.map(roundHalfEven));
  const top = clamp(roundHalfEven(height / 2 - middle[0]), 0, height - rows);
  const left = clamp(roundHalfEven(width / 2 - middle[1]), 0, width - columns);
  pastePicture(canvas, small, top, left);
  return canvas;
}

/** Find the centre of mass of an object, in pixels from its upper left corner. */
function findMiddleOfMass({ height, width, pixels }, target) {
  const values = new Float32Array(height * width);
  for (let place = 0, at = 0; place < values.length; place++, at += 3) {
    let sum = 0;
    for (let channel = 0; channel < 3; channel++) {
      sum = Math.fround(sum + Math.abs(Math.fround(pixels[at + channel] - target[channel])));
    }
    values[place] = sum / 3;
  }
  return findCentreOfMass({ height, width, values }).map((centre) => centre + 0.5);
}

function cutOut({ width, pixels }, { top, bottom, left, right }) {
  const part = createPicture(bottom - top, right - left, [0, 0, 0]);
  for (let row = top; row < bottom; row++) {
    const line = pixels.subarray((row * width + left) * 3, (row * width + right) * 3);
    part.pixels.set(line, (row - top) * part.width * 3);
  }
  return part;
}
