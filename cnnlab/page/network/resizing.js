/**
 * Layers that change the height and width of maps: zero_pad, crop, up_sample and resize.
 *
 * To resize, each output row is a weighted sum of input rows, and each output column one of input
 * columns. `resize_weights.js` computes these weights; zeros and crops are weights, too.
 */

import { findAxisWeights } from "./resize_weights.js";

/**
 * How an axis changes: output cell i is the sum of weights[i][n] * input cell (starts[i] + n).
 * @typedef {{starts: number[], weights: number[][]}} AxisWeights
 */

/** A cell of each output that is the same cell of the input, moved by `shift`; outside, it is 0. */
function moveCells(length, outputs, shift) {
  const starts = [];
  const weights = [];
  for (let i = 0; i < outputs; i++) {
    const isInside = i - shift >= 0 && i - shift < length;
    starts.push(isInside ? i - shift : 0);
    weights.push(isInside ? [1] : []);
  }
  return { starts, weights };
}

/**
 * Find the weights along an axis of a layer: 0 is the height, 1 the width.
 * @param {import("./network.js").Node} node
 * @returns {AxisWeights}
 */
export function findWeights(node, axis) {
  const length = node.inputShapes[0][axis];
  const outputs = node.shape[axis];
  switch (node.kind) {
    case "zero_pad":
      return moveCells(length, outputs, node.fields.padding[axis][0]);
    case "crop":
      return moveCells(length, outputs, -node.fields.cropping[axis][0]);
    case "up_sample":
      return findAxisWeights(length, outputs, node.fields.interpolation, false);
    default:
      return findResizeWeights(node, axis);
  }
}

/** The weights of a `resize`, which can first cut the maps or put zeros around them. */
function findResizeWeights({ inputShapes, fields }, axis) {
  const { interpolation, antialias } = fields;
  const sides = inputShapes[0].slice(0, 2);
  const length = sides[axis];
  const outputs = fields.size[axis];
  // The length of this axis that has the proportions of the new size, in float32 as in Keras.
  const wanted = Math.trunc(
    Math.fround(Math.fround(sides[1 - axis] * outputs) / Math.fround(fields.size[1 - axis])),
  );
  if (fields.crop_to_aspect_ratio) {
    const kept = Math.max(Math.min(length, wanted), 1);
    const first = Math.trunc((length - kept) / 2);
    const { starts, weights } = findAxisWeights(kept, outputs, interpolation, antialias);
    return { starts: starts.map((start) => start + first), weights };
  }
  const zeros = fields.pad_to_aspect_ratio ? Math.trunc((Math.max(length, wanted) - length) / 2) : 0;
  const { starts, weights } = findAxisWeights(length + 2 * zeros, outputs, interpolation, antialias);
  return dropZeros(starts, weights, zeros, length);
}

/** Remove the weights of cells that are zeros around the input. */
function dropZeros(starts, weights, zeros, length) {
  const result = { starts: [], weights: [] };
  starts.forEach((start, i) => {
    const first = Math.min(Math.max(start - zeros, 0), length - 1);
    const cells = weights[i].filter((_, n) => start + n >= zeros && start + n < zeros + length);
    result.starts.push(first);
    result.weights.push(cells);
  });
  return result;
}

/** Call `visit(input, output, weight)` with the first channel of each pair of pixels along an axis. */
function visitPairs(shape, axis, outputs, { starts, weights }, visit) {
  const [height, width, channels] = shape;
  const others = axis === 0 ? width : height;
  for (let i = 0; i < outputs; i++) {
    weights[i].forEach((weight, n) => {
      for (let other = 0; other < others; other++) {
        const input = axis === 0 ? (starts[i] + n) * width + other : other * width + starts[i] + n;
        const output = axis === 0 ? i * width + other : other * outputs + i;
        visit(input * channels, output * channels, weight);
      }
    });
  }
}

/** Add `weight` times a pixel of `from` to a pixel of `to`, in all channels. */
function addPixel(from, start, to, place, weight, channels) {
  for (let c = 0; c < channels; c++) {
    to[place + c] += weight * from[start + c];
  }
}

/** The shape between the two steps: the rows are resized, the columns are not. */
function findMiddleShape(node) {
  return [node.shape[0], node.inputShapes[0][1], node.shape[2]];
}

function computeResized(node, [input]) {
  const [height, width, channels] = node.shape;
  const middleShape = findMiddleShape(node);
  const middle = new Float64Array(height * middleShape[1] * channels);
  visitPairs(node.inputShapes[0], 0, height, findWeights(node, 0), (start, place, weight) => {
    addPixel(input, start, middle, place, weight, channels);
  });
  const output = new Float64Array(height * width * channels);
  visitPairs(middleShape, 1, width, findWeights(node, 1), (start, place, weight) => {
    addPixel(middle, start, output, place, weight, channels);
  });
  return Float32Array.from(output);
}

function computeResizedGradients(node, [input], weights, gradient) {
  const [height, width, channels] = node.shape;
  const middleShape = findMiddleShape(node);
  const middle = new Float64Array(height * middleShape[1] * channels);
  visitPairs(middleShape, 1, width, findWeights(node, 1), (start, place, weight) => {
    addPixel(gradient, place, middle, start, weight, channels);
  });
  const result = new Float64Array(input.length);
  visitPairs(node.inputShapes[0], 0, height, findWeights(node, 0), (start, place, weight) => {
    addPixel(middle, place, result, start, weight, channels);
  });
  return [Float32Array.from(result)];
}

const RESIZED = { compute: computeResized, computeGradients: computeResizedGradients };

export const RESIZING_KINDS = { zero_pad: RESIZED, crop: RESIZED, up_sample: RESIZED, resize: RESIZED };
