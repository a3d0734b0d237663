// Numbers as Python, NumPy and SciPy compute them: rounding, sums, medians and quantiles.
// The preparation of drawings uses these functions so that it gives the images of `cnnlab predict`.

const PAIRWISE_BLOCK = 128; // values that NumPy adds without splitting them into two halves

/** Round to the nearest whole number, and a half to the even one, as Python's `round` does. */
export function roundHalfEven(value) {
  const nearest = Math.round(value);
  const isHalf = Math.abs(value % 1) === 0.5;
  return isHalf && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** Limit a value to the range from `low` to `high`. */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/**
 * Add numbers in the order in which NumPy adds them, so that the rounding errors are the same.
 *
 * @param {Float32Array|Float64Array} values in single precision, the sums are single too
 */
export function sumPairwise(values, start = 0, length = values.length) {
  const round = values instanceof Float32Array ? Math.fround : (value) => value;
  if (length > PAIRWISE_BLOCK) {
    let half = length >> 1;
    half -= half % 8;
    const first = sumPairwise(values, start, half);
    return round(first + sumPairwise(values, start + half, length - half));
  }
  let sum = 0;
  let place = 0;
  if (length >= 8) {
    const parts = Array.from(values.subarray(start, start + 8));
    for (place = 8; place + 8 <= length; place += 8) {
      for (let lane = 0; lane < 8; lane++) {
        parts[lane] = round(parts[lane] + values[start + place + lane]);
      }
    }
    const [a, b, c, d] = [0, 2, 4, 6].map((lane) => round(parts[lane] + parts[lane + 1]));
    sum = round(round(a + b) + round(c + d));
  }
  for (; place < length; place++) sum = round(sum + values[start + place]);
  return sum;
}

/** Compute the quantile of sorted numbers, between two numbers by linear interpolation. */
export function computeQuantile(sorted, share) {
  const place = (sorted.length - 1) * share;
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

/** Compute the median of numbers in any order; this sorts the array in place. */
export function computeMedian(values) {
  return computeQuantile(values.sort(), 0.5);
}

/**
 * Compute the row and the column of the centre of mass of an image.
 *
 * @param {{height: number, width: number, values: Float32Array}} image
 * @returns {[number, number]}
 */
export function findCentreOfMass({ height, width, values }) {
  const moments = [new Float64Array(values.length), new Float64Array(values.length)];
  for (let row = 0, place = 0; row < height; row++) {
    for (let column = 0; column < width; column++, place++) {
      moments[0][place] = values[place] * row;
      moments[1][place] = values[place] * column;
    }
  }
  const mass = sumPairwise(values);
  return moments.map((moment) => sumPairwise(moment) / mass);
}
