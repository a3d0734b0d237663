// The exact Euclidean distance of each pixel in a mask to the nearest pixel outside.
//
// Source: A. Meijster, J. Roerdink, W. Hesselink, "A general algorithm for computing distance
// transforms in linear time", Mathematical Morphology and its Applications to Image and Signal
// Processing (2000), pages 331 to 340.

/**
 * Measure the distance of each pixel in a mask to the nearest pixel outside, between their centres.
 *
 * @param {Uint8Array} mask height * width; not 0 inside; at least one pixel is outside
 * @param {0|1} outside 0, or 1 to exchange inside and outside
 * @returns {Float64Array} in pixels; 0 outside
 */
export function measureDistances(mask, height, width, outside = 0) {
  const rises = measureColumnDistances(mask, height, width, outside);
  const distances = new Float64Array(mask.length);
  const centres = new Int32Array(width);
  const starts = new Int32Array(width);
  for (let top = 0; top < mask.length; top += width) {
    measureRow(rises.subarray(top, top + width), distances, top, centres, starts);
  }
  return distances;
}

/** Measure the distance of each pixel to the nearest pixel outside in the same column. */
function measureColumnDistances(mask, height, width, outside) {
  const infinite = height + width;
  const rises = new Int32Array(mask.length);
  for (let place = 0; place < mask.length; place++) {
    const above = place < width ? infinite : rises[place - width];
    const isOutside = (mask[place] ? 1 : 0) === outside;
    rises[place] = isOutside ? 0 : Math.min(above + 1, infinite);
  }
  for (let place = mask.length - width - 1; place >= 0; place--) {
    const below = rises[place + width] + 1;
    if (below < rises[place]) rises[place] = below;
  }
  return rises;
}

/**
 * Find, for each pixel of a row, the column whose distance is smallest, and write the distances.
 *
 * Each column c gives the parabola (x - c)² + rises[c]². `centres` collects the columns whose
 * parabolas are lowest somewhere, and `starts` the first pixel where each of them is lowest.
 */
function measureRow(rises, distances, top, centres, starts) {
  const width = rises.length;
  let last = 0;
  centres[0] = 0;
  starts[0] = 0;
  const measureSquare = (x, column) => (x - column) ** 2 + rises[column] ** 2;
  for (let column = 1; column < width; column++) {
    const isHidden = (x) => measureSquare(x, centres[last]) > measureSquare(x, column);
    while (last >= 0 && isHidden(starts[last])) last--;
    if (last < 0) {
      last = 0;
      centres[0] = column;
      continue;
    }
    const other = centres[last];
    const difference = column ** 2 - other ** 2 + rises[column] ** 2 - rises[other] ** 2;
    const start = 1 + Math.floor(difference / (2 * (column - other)));
    if (start >= width) continue;
    last++;
    centres[last] = column;
    starts[last] = start;
  }
  for (let x = width - 1; x >= 0; x--) {
    distances[top + x] = Math.sqrt(measureSquare(x, centres[last]));
    if (x === starts[last]) last--;
  }
}
