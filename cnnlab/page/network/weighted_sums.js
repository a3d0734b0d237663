/**
 * Weighted sums, in which a convolution and a dense layer spend nearly all their time.
 *
 * The inputs that are not 0 are gathered first, each with the place of its weights; behind a ReLU,
 * half of them or more are 0. Then eight outputs are summed at once, in variables instead of an array.
 */

/** The gathered inputs: `values[i]` belongs to the weights from `places[i]` on, for i < count. */
export class Gathering {
  constructor(capacity) {
    this.values = new Float64Array(capacity);
    this.places = new Int32Array(capacity);
    this.count = 0;
  }
}

/**
 * Compute output[o + f] = bias[b + f] + sum of values[i] * kernel[places[i] + f], for f < length.
 * @param {Gathering} gathering
 * @param {Float32Array} kernel
 * @param {Float32Array|undefined} bias
 */
export function addWeighted({ values, places, count }, kernel, bias, b, output, o, length) {
  let f = 0;
  for (; f + 8 <= length; f += 8) {
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
    for (let i = 0; i < count; i++) {
      const value = values[i];
      const place = places[i] + f;
      s0 += value * kernel[place];
      s1 += value * kernel[place + 1];
      s2 += value * kernel[place + 2];
      s3 += value * kernel[place + 3];
      s4 += value * kernel[place + 4];
      s5 += value * kernel[place + 5];
      s6 += value * kernel[place + 6];
      s7 += value * kernel[place + 7];
    }
    output[o + f] = s0;
    output[o + f + 1] = s1;
    output[o + f + 2] = s2;
    output[o + f + 3] = s3;
    output[o + f + 4] = s4;
    output[o + f + 5] = s5;
    output[o + f + 6] = s6;
    output[o + f + 7] = s7;
  }
  for (; f < length; f++) {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += values[i] * kernel[places[i] + f];
    }
    output[o + f] = sum;
  }
  if (bias) {
    for (f = 0; f < length; f++) {
      output[o + f] += bias[b + f];
    }
  }
}
