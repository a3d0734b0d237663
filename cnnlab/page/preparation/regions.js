// Regions of an image: number the connected regions of a mask, and cut out the box around pixels.

/**
 * A box of pixels; `bottom` and `right` are the first row and column outside.
 *
 * @typedef {{top: number, bottom: number, left: number, right: number}} Box
 */

/**
 * Number the regions of a mask from 1, in the order of their first pixels, row by row. Pixels that
 * touch at a corner belong to one region.
 *
 * @param {Uint8Array} mask height * width; not 0 inside a region
 * @returns {{numbers: Int32Array, boxes: Box[]}} the number of each pixel's region, 0 outside all;
 *   the box of region n is `boxes[n - 1]`
 */
export function labelRegions(mask, height, width) {
  const numbers = new Int32Array(mask.length);
  const stack = new Int32Array(mask.length);
  const boxes = [];
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || numbers[start]) continue;
    boxes.push(fillRegion(mask, numbers, stack, start, boxes.length + 1, height, width));
  }
  return { numbers, boxes };
}

/** Give all pixels of the region around the pixel `start` a number; return the region's box. */
function fillRegion(mask, numbers, stack, start, number, height, width) {
  const box = { top: height, bottom: 0, left: width, right: 0 };
  let count = 0;
  stack[count++] = start;
  numbers[start] = number;
  while (count) {
    const place = stack[--count];
    const row = Math.floor(place / width);
    const column = place - row * width;
    if (row < box.top) box.top = row;
    if (row >= box.bottom) box.bottom = row + 1;
    if (column < box.left) box.left = column;
    if (column >= box.right) box.right = column + 1;
    const lastRow = Math.min(row + 1, height - 1);
    const lastColumn = Math.min(column + 1, width - 1);
    for (let y = Math.max(row - 1, 0); y <= lastRow; y++) {
      for (let x = Math.max(column - 1, 0); x <= lastColumn; x++) {
        const neighbour = y * width + x;
        if (!mask[neighbour] || numbers[neighbour]) continue;
        numbers[neighbour] = number;
        stack[count++] = neighbour;
      }
    }
  }
  return box;
}

/** Return the smallest box that contains all boxes. */
export function joinBoxes(boxes) {
  return {
    top: Math.min(...boxes.map((box) => box.top)),
    bottom: Math.max(...boxes.map((box) => box.bottom)),
    left: Math.min(...boxes.map((box) => box.left)),
    right: Math.max(...boxes.map((box) => box.right)),
  };
}

/**
 * Cut off the rows and columns at the edges in which no value is above a limit.
 *
 * @param {import("./resize.js").FloatImage} image
 * @returns {import("./resize.js").FloatImage} without a value above, its height and width are 0
 */
export function cropImage({ height, width, values }, limit) {
  const box = { top: height, bottom: 0, left: width, right: 0 };
  for (let row = 0, place = 0; row < height; row++) {
    for (let column = 0; column < width; column++, place++) {
      if (!(values[place] > limit)) continue;
      if (row < box.top) box.top = row;
      if (column < box.left) box.left = column;
      if (column >= box.right) box.right = column + 1;
      box.bottom = row + 1;
    }
  }
  const size = {
    height: Math.max(box.bottom - box.top, 0),
    width: Math.max(box.right - box.left, 0),
  };
  const crop = new Float32Array(size.height * size.width);
  for (let row = 0; row < size.height; row++) {
    const start = (box.top + row) * width + box.left;
    crop.set(values.subarray(start, start + size.width), row * size.width);
  }
  return { ...size, values: crop };
}
