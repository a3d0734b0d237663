/**
 * Layers that scale numbers: normalizations, rescaling by constants, and PReLU with its learned slopes.
 *
 * All but unit_norm multiply each number by a factor and add an offset. Batch normalization, `rescale`
 * and `normalize` have fixed ones; layer and group normalization compute them from the image itself.
 */

import { broadcastPlaces } from "./shapes.js";

const SMALLEST_DEVIATION = 1e-7; // keras.config.epsilon(), below which `normalize` does not divide
const SMALLEST_LENGTH = 1e-12; // of a vector in keras.layers.UnitNormalization

/**
 * Return the factor and the offset of each number of the input: output = factor * input + offset.
 * @returns {{factors: Float64Array, offsets: Float64Array, places: (i: number) => number}} `places`
 *   tells which factor and offset the number i of the input has
 */
export function findScaling(node, input, weights) {
  return SCALINGS[node.kind](node, input, weights);
}

const SCALINGS = {
  batch_norm: findBatchScaling,
  layer_norm: (node, input, weights) => {
    const [channels] = node.inputShapes[0].slice(-1);
    const groupOf = (i) => Math.floor(i / channels);
    return findGroupScaling(node, input, weights, groupOf, input.length / channels);
  },
  group_norm: (node, input, weights) => {
    const [channels] = node.inputShapes[0].slice(-1);
    const size = channels / node.fields.groups;
    return findGroupScaling(node, input, weights, (i) => Math.floor((i % channels) / size), node.fields.groups);
  },
  rescale: ({ inputShapes, fields: { scale, offset } }) => {
    const [channels] = inputShapes[0].slice(-1);
    return {
      factors: repeat(scale, channels),
      offsets: repeat(offset, channels),
      places: (i) => i % channels,
    };
  },
  normalize: findFixedScaling,
};

function repeat(numbers, count) {
  return Float64Array.from({ length: count }, (_, i) => numbers[numbers.length === 1 ? 0 : i]);
}

function findBatchScaling({ fields }, input, weights) {
  const { gamma, beta, moving_mean: mean, moving_variance: variance } = weights;
  const factors = Float64Array.from(variance, (v, c) => (gamma ? gamma[c] : 1) / Math.sqrt(v + fields.epsilon));
  const offsets = factors.map((factor, c) => (beta ? beta[c] : 0) - mean[c] * factor);
  return { factors, offsets, places: (i) => i % factors.length };
}

/** Compute the factor and the offset of each number from the mean and the variance of its group. */
function findGroupScaling({ inputShapes, fields }, input, { gamma, beta }, groupOf, groups) {
  const { means, roots } = computeStatistics(input, groupOf, groups, fields.epsilon);
  const [channels] = inputShapes[0].slice(-1);
  const factors = new Float64Array(input.length);
  const offsets = new Float64Array(input.length);
  for (let i = 0; i < input.length; i++) {
    const group = groupOf(i);
    factors[i] = (gamma ? gamma[i % channels] : 1) / roots[group];
    offsets[i] = (beta ? beta[i % channels] : 0) - means[group] * factors[i];
  }
  return { factors, offsets, places: (i) => i };
}

/** The mean of each group, and the root of its variance plus epsilon. */
function computeStatistics(input, groupOf, groups, epsilon) {
  const means = new Float64Array(groups);
  const roots = new Float64Array(groups);
  const count = input.length / groups;
  input.forEach((value, i) => {
    means[groupOf(i)] += value / count;
  });
  input.forEach((value, i) => {
    roots[groupOf(i)] += (value - means[groupOf(i)]) ** 2 / count;
  });
  return { means, roots: roots.map((variance) => Math.sqrt(variance + epsilon)) };
}

/** `normalize` of a foreign network: (x - mean) / deviation, or the inverse of it. */
function findFixedScaling({ inputShapes, fields }, input, weights) {
  const [shape] = inputShapes;
  const means = weights.mean ?? fields.mean;
  const variances = weights.variance ?? fields.variance;
  const sides = shape.map((side, axis) => (means.length > 1 && fields.axes.includes(axis + 1) ? side : 1));
  const deviations = Float64Array.from(variances, (v) => Math.max(Math.sqrt(v), SMALLEST_DEVIATION));
  const factors = fields.invert ? deviations : deviations.map((deviation) => 1 / deviation);
  const offsets = factors.map((factor, i) => (fields.invert ? means[i] : -means[i] * factor));
  const places = broadcastPlaces(shape, sides);
  return { factors, offsets, places: (i) => places[i] };
}

function computeScaled(node, [input], weights) {
  const { factors, offsets, places } = findScaling(node, input, weights);
  const output = new Float32Array(input.length);
  for (let i = 0; i < input.length; i++) {
    const place = places(i);
    output[i] = factors[place] * input[i] + offsets[place];
  }
  return output;
}

function computeScaledGradients(node, [input], weights, gradient) {
  const { factors, places } = findScaling(node, input, weights);
  return [gradient.map((slope, i) => slope * factors[places(i)])];
}

/**
 * The gradient of a normalization by statistics of the input itself: with x̂ = (x - mean) / root and the
 * gradient g by x̂, it is (g - mean(g) - x̂ * mean(g * x̂)) / root, where the means are over the group.
 */
function computeGroupGradients(node, input, { gamma }, gradient, groupOf, groups) {
  const { means, roots } = computeStatistics(input, groupOf, groups, node.fields.epsilon);
  const [channels] = node.inputShapes[0].slice(-1);
  const count = input.length / groups;
  const slopes = Float64Array.from(gradient, (slope, i) => slope * (gamma ? gamma[i % channels] : 1));
  const scaled = Float64Array.from(input, (value, i) => (value - means[groupOf(i)]) / roots[groupOf(i)]);
  const slopeMeans = new Float64Array(groups);
  const productMeans = new Float64Array(groups);
  slopes.forEach((slope, i) => {
    slopeMeans[groupOf(i)] += slope / count;
    productMeans[groupOf(i)] += (slope * scaled[i]) / count;
  });
  return Float32Array.from(slopes, (slope, i) => {
    const group = groupOf(i);
    return (slope - slopeMeans[group] - scaled[i] * productMeans[group]) / roots[group];
  });
}

/** The factor of each pixel that makes the length of its channels 1. */
export function findLengthFactors(node, input) {
  const [channels] = node.inputShapes[0].slice(-1);
  const squares = new Float64Array(input.length / channels);
  input.forEach((value, i) => {
    squares[Math.floor(i / channels)] += value * value;
  });
  return squares.map((square) => Math.min(1 / Math.sqrt(square), 1 / SMALLEST_LENGTH));
}

function computeUnitNorm(node, [input]) {
  const factors = findLengthFactors(node, input);
  const channels = input.length / factors.length;
  return input.map((value, i) => value * factors[Math.floor(i / channels)]);
}

function computeUnitNormGradients(node, [input], weights, gradient) {
  const factors = findLengthFactors(node, input);
  const channels = input.length / factors.length;
  const products = new Float64Array(factors.length);
  input.forEach((value, i) => {
    products[Math.floor(i / channels)] += value * gradient[i];
  });
  const result = input.map((value, i) => {
    const pixel = Math.floor(i / channels);
    const factor = factors[pixel];
    const isLong = factor < 1 / SMALLEST_LENGTH;
    return factor * gradient[i] - (isLong ? factor ** 3 * products[pixel] * value : 0);
  });
  return [result];
}

/** The places of the slopes of a prelu, for each number of its input. */
export function findSlopePlaces(node) {
  const [shape] = node.inputShapes;
  const sides = shape.map((side, axis) => (node.fields.shared_axes.includes(axis + 1) ? 1 : side));
  return broadcastPlaces(shape, sides);
}

function computePrelu(node, [input], { alpha }) {
  const places = findSlopePlaces(node);
  return input.map((value, i) => (value > 0 ? value : alpha[places[i]] * value));
}

/** At 0, the gradient is 0, as Keras computes relu(x) - alpha * relu(-x). */
function computePreluGradients(node, [input], { alpha }, gradient) {
  const places = findSlopePlaces(node);
  const findSlope = (value, i) => (value > 0 ? 1 : value < 0 ? alpha[places[i]] : 0);
  return [input.map((value, i) => gradient[i] * findSlope(value, i))];
}

const SCALED = { compute: computeScaled, computeGradients: computeScaledGradients };

export const NORMALIZATION_KINDS = {
  batch_norm: SCALED,
  rescale: SCALED,
  normalize: SCALED,
  layer_norm: {
    compute: computeScaled,
    computeGradients: (node, [input], weights, gradient) => {
      const [channels] = node.inputShapes[0].slice(-1);
      const groupOf = (i) => Math.floor(i / channels);
      return [computeGroupGradients(node, input, weights, gradient, groupOf, input.length / channels)];
    },
  },
  group_norm: {
    compute: computeScaled,
    computeGradients: (node, [input], weights, gradient) => {
      const [channels] = node.inputShapes[0].slice(-1);
      const size = channels / node.fields.groups;
      const groupOf = (i) => Math.floor((i % channels) / size);
      return [computeGroupGradients(node, input, weights, gradient, groupOf, node.fields.groups)];
    },
  },
  unit_norm: { compute: computeUnitNorm, computeGradients: computeUnitNormGradients },
  prelu: { compute: computePrelu, computeGradients: computePreluGradients },
};
