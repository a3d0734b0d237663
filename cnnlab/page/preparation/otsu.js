// Otsu's threshold, which separates values into the two most distinct groups.
//
// Source: N. Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on
// Systems, Man and Cybernetics 9 (1979), equation 18.

const BINS = 256;

/**
 * Compute Otsu's threshold of values in single precision.
 *
 * @param {Float32Array} values at least one
 * @returns {number} the edge of a bin of the histogram, or the smallest value if all are in one bin
 */
export function computeOtsuThreshold(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const edges = low < high ? spaceEdges(low, high) : spaceEdges(low - 0.5, high + 0.5);
  const counts = countBins(values, edges);
  const centres = counts.map((_, bin) => Math.fround(Math.fround(edges[bin + 1] + edges[bin]) / 2));
  const total = values.length;
  const wholeSum = counts.reduce((sum, count, bin) => sum + count * centres[bin], 0);
  let [below, sumBelow, best, bestBin] = [0, 0, 0, -1];
  for (let bin = 0; bin < BINS - 1; bin++) {
    below += counts[bin];
    sumBelow += counts[bin] * centres[bin];
    const above = total - below;
    if (!below || !above) continue;
    const between = below * above * (sumBelow / below - (wholeSum - sumBelow) / above) ** 2;
    if (between > best) [best, bestBin] = [between, bin];
  }
  return bestBin < 0 ? low : edges[bestBin + 1];
}

/** Compute the edges of equal bins, in single precision as NumPy does. */
function spaceEdges(low, high) {
  const first = Math.fround(low);
  const step = Math.fround(Math.fround(Math.fround(high) - first) / BINS);
  const edges = new Float32Array(BINS + 1);
  for (let bin = 0; bin < BINS; bin++) edges[bin] = Math.fround(bin * step) + first;
  edges[BINS] = high;
  return edges;
}

/** Count the values in each bin; a value at an edge belongs to the bin above, as in NumPy. */
function countBins(values, edges) {
  const counts = new Float64Array(BINS);
  const first = edges[0];
  const range = Math.fround(edges[BINS] - first);
  for (const value of values) {
    let bin = Math.trunc(Math.fround(Math.fround(Math.fround(value - first) / range) * BINS));
    if (bin === BINS) bin--;
    if (value < edges[bin]) bin--;
    else if (bin !== BINS - 1 && value >= edges[bin + 1]) bin++;
    counts[bin]++;
  }
  return counts;
}
