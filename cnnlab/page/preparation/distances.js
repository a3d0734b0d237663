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
    for (let column = 0; column < width; column++) {
      if (!rises[top + column]) continue;
      // No pixel is nearer than the outside pixels at both ends of a run of inside pixels.
      const first = top + Math.max(column - 1, 0);
      while (column < width && rises[top + column]) column++;
      const length = top + Math.min(column + 1, width) - first;
      measureRun(rises, distances, first, length, centres, starts);
    }
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
 * Measure the distances in a part of a row, from the pixel `first` on.
 *
 * Each column c gives the parabola (x - c)² + rises[c]². The squared distance at x is the lowest of
 * all. `centres` collects the columns whose parabolas are lowest somewhere, and `starts` the
 * first pixel where each of them is lowest; both are workspace.
 */
function measureRun(rises, distances, first, length, centres, starts) {
  const measureSquare = (x, column) => {
    const rise = rises[first + column];
    return (x - column) * (x - column) + rise * rise;
  };
  let last = 0;
  centres[0] = 0;
  starts[0] = 0;
  for (let column = 1; column < length; column++) {
    while (last >= 0) {
      const x = starts[last];
      if (measureSquare(x, centres[last]) <= measureSquare(x, column)) break;
      last--;
    }
    if (last < 0) {
      last = 0;
      centres[0] = column;
      continue;
    }
    const other = centres[last];
    // The whole part of the place where both parabolas are equally low.
    const difference = measureSquare(0, column) - measureSquare(0, other);
    const start = 1 + Math.floor(difference / (2 * (column - other)));
    if (start >= length) continue;
    last++;
    centres[last] = column;
    starts[last] = start;
  }
  for (let x = length - 1; x >= 0; x--) {
    distances[first + x] = Math.sqrt(measureSquare(x, centres[last]));
    if (x === starts[last]) last--;
  }
}
