/**
 * Dense layers: weighted sums of a vector, or of the channels of each pixel of maps.
 */

import { Gathering, addWeighted } from "./weighted_sums.js";

function computeDense(node, [input], { kernel, bias }) {
  const units = node.fields.units;
  const length = kernel.length / units;
  const output = new Float32Array((input.length / length) * units);
  const gathering = new Gathering(length);
  for (let pixel = 0; pixel * length < input.length; pixel++) {
    gathering.count = 0;
    for (let i = 0; i < length; i++) {
      const value = input[pixel * length + i];
      if (value !== 0) {
        gathering.values[gathering.count] = value;
        gathering.places[gathering.count++] = i * units;
      }
    }
    addWeighted(gathering, kernel, bias, 0, output, pixel * units, units);
  }
  return output;
}

function computeDenseGradients(node, [input], { kernel }, gradient) {
  const units = node.fields.units;
  const length = kernel.length / units;
  const result = new Float32Array(input.length);
  for (let i = 0; i < input.length; i++) {
    const start = (i % length) * units;
    const o = Math.floor(i / length) * units;
    let sum = 0;
    for (let unit = 0; unit < units; unit++) {
      sum += kernel[start + unit] * gradient[o + unit];
    }
    result[i] = sum;
  }
  return [result];
}

export const DENSE_KINDS = {
  dense: { compute: computeDense, computeGradients: computeDenseGradients },
};
