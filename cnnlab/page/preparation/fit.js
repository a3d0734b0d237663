// Resize a whole picture to the image that a network reads, without changing the proportions.

import { findMedianLevel } from "./ground.js";
import { roundHalfEven } from "./numbers.js";
import { BILINEAR, convertToGray, resizePicture } from "./resize.js";

/**
 * Resize a picture; the remaining area gets the colour of the picture's border.
 *
 * @param {import("./resize.js").Picture} picture
 * @param {[number, number, number]} shape height, width and channels (1 or 3) of the image
 * @returns {Uint8Array} height * width * channels
 */
export function fitImage(picture, [height, width, channels]) {
  const scale = Math.min(height / picture.height, width / picture.width);
  const rows = Math.max(1, roundHalfEven(picture.height * scale));
  const columns = Math.max(1, roundHalfEven(picture.width * scale));
  // Bilinear, since sharper filters draw halos around dark edges; training images have none.
  const small = resizePicture(picture, rows, columns, BILINEAR);
  const isWhole = rows === height && columns === width;
  const canvas = isWhole ? small : createPicture(height, width, findBorderColour(picture));
  if (!isWhole) {
    const top = Math.floor((height - rows) / 2);
    pastePicture(canvas, small, top, Math.floor((width - columns) / 2));
  }
  return channels === 1 ? convertToGray(canvas) : canvas.pixels;
}

/**
 * Create a picture of one colour.
 *
 * @param {number[]} colour three levels from 0 to 255
 */
export function createPicture(height, width, colour) {
  const pixels = new Uint8Array(height * width * 3);
  for (let place = 0; place < pixels.length; place++) pixels[place] = colour[place % 3];
  return { height, width, pixels };
}

/** Copy a picture into a larger one, at a row and a column. */
export function pastePicture(canvas, picture, top, left) {
  const length = picture.width * 3;
  for (let row = 0; row < picture.height; row++) {
    const line = picture.pixels.subarray(row * length, (row + 1) * length);
    canvas.pixels.set(line, ((top + row) * canvas.width + left) * 3);
  }
}

/**
 * List where the pixels of the border begin in the pixels of a picture: the first row, the last
 * row, the first column and the last column. The corners occur twice.
 */
export function listBorderPlaces({ height, width }) {
  const places = [];
  for (const row of [0, height - 1]) {
    for (let column = 0; column < width; column++) places.push((row * width + column) * 3);
  }
  for (const column of [0, width - 1]) {
    for (let row = 0; row < height; row++) places.push((row * width + column) * 3);
  }
  return places;
}

function findBorderColour(picture) {
  const places = listBorderPlaces(picture);
  return [0, 1, 2].map((channel) => {
    const counts = new Int32Array(256);
    for (const place of places) counts[picture.pixels[place + channel]]++;
    return roundHalfEven(findMedianLevel(counts, places.length));
  });
}
