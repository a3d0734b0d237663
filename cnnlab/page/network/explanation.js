/**
 * Explain one number of a map: the inputs in its window, the weights, the products and their sum.
 *
 * Every layer but three is a weighted sum of its inputs and a bias: a convolution by its kernel, an
 * average pool by the weight 1 / cells, a max pool by the weight 1 of the largest number. The three others
 * say so in `operation`: multiply, maximum and minimum of branches.
 */

import {
  buildTerm, explainConvolution, explainDense, explainGlobalPool, explainPool,
} from "./explained_windows.js";
import { explainMerge, findJoinedChannel } from "./merging.js";
import { findLengthFactors, findScaling, findSlopePlaces } from "./normalization.js";
import { findWeights } from "./resizing.js";
import { findPlace } from "./shapes.js";

/**
 * An input of the explained number: `weight` times `input` is `product`. `node` is the node of the input;
 * a `padded` one lies outside of the map.
 * @typedef {{node: number, row: number, column: number, channel: number, input: number, weight: number,
 *   product: number, padded: boolean}} Term
 *
 * `window` covers the inputs in the map of `inputNode`; it can reach outside of it. `formula` has the
 * numbers of O = ⌊(N − F + 2P)/S⌋ + 1 along both axes, or is null. `after` is the number in the map.
 * @typedef {{nodeId: number, kind: string, inputNode: number, window: Object, terms: Term[],
 *   operation: string, sum: number, bias: number, before: number, after: number,
 *   formula: Object|null}} Explanation
 */

const EXPLAINERS = {
  conv: explainConvolution,
  depthwise_conv: explainConvolution,
  separable_conv: explainConvolution,
  dense: explainDense,
  max_pool: explainPool,
  avg_pool: explainPool,
  global_max_pool: explainGlobalPool,
  global_avg_pool: explainGlobalPool,
  batch_norm: explainScaling,
  layer_norm: explainScaling,
  group_norm: explainScaling,
  rescale: explainScaling,
  normalize: explainScaling,
  unit_norm: explainScaling,
  prelu: explainScaling,
  zero_pad: explainResizing,
  crop: explainResizing,
  up_sample: explainResizing,
  resize: explainResizing,
  add: explainBranches,
  average: explainBranches,
  multiply: explainBranches,
  subtract: explainBranches,
  maximum: explainBranches,
  minimum: explainBranches,
  concatenate: explainJoined,
};

const OPERATIONS = { multiply: "product", maximum: "maximum", minimum: "minimum", max_pool: "maximum" };

/**
 * @param {import("./network.js").Network} network
 * @param {Object} weights
 * @param {import("./network.js").Result} result
 * @param {{nodeId: number, row: number, column: number, channel: number}} pixel for a vector, row and
 *   column are 0
 * @returns {Explanation}
 */
export function explainPixel(network, weights, result, { nodeId, row, column, channel }) {
  const node = network.nodes[nodeId];
  const place = findPlace(node.shape, row, column, channel);
  const scene = {
    network, node, row, column, channel, place,
    weights: weights[nodeId],
    inputs: node.inputs.map((id) => result.maps[id]),
  };
  const explain = node.kind === "input" ? explainInput : (EXPLAINERS[node.kind] ?? explainUnchanged);
  const { terms, bias = 0, window, formula = null } = explain(scene, result);
  const operation = OPERATIONS[node.kind] ?? "sum";
  const sum = combine(operation, terms);
  return {
    nodeId, kind: node.kind, inputNode: terms[0]?.node ?? node.inputs[0] ?? nodeId,
    window: window ?? coverTerms(terms), terms, operation, sum, bias,
    before: sum + bias, after: result.maps[nodeId][place], formula,
  };
}

function combine(operation, terms) {
  if (operation === "product") {
    return terms.reduce((product, { input }) => product * input, 1);
  }
  return terms.reduce((sum, { product }) => sum + product, 0);
}

/** The smallest window around terms that are not padded. */
function coverTerms(terms) {
  const rows = terms.map(({ row }) => row);
  const columns = terms.map(({ column }) => column);
  const top = Math.min(...rows, Infinity);
  const left = Math.min(...columns, Infinity);
  if (terms.length === 0) {
    return { top: 0, left: 0, rows: 0, columns: 0, rowStep: 1, columnStep: 1 };
  }
  return {
    top, left, rows: Math.max(...rows) - top + 1, columns: Math.max(...columns) - left + 1,
    rowStep: 1, columnStep: 1,
  };
}

/** An input of the network: scale * pixel + offset. */
function explainInput({ network, node, row, column, channel, place }, result) {
  const { scale, offset } = network.description.input;
  const weight = scale[channel];
  const pixel = Math.round((result.maps[node.id][place] - offset[channel]) / weight);
  const term = { node: 0, row, column, channel, input: pixel, weight, product: pixel * weight, padded: false };
  return { terms: [term], bias: offset[channel] };
}

/** A layer that does not change the number: dropout, flatten, reshape, an activation. */
function explainUnchanged(scene) {
  return { terms: [buildTerm(scene, scene.place, 1)] };
}

/** A layer that scales each number: a factor and an offset, which may depend on the whole image. */
function explainScaling(scene) {
  const { node, inputs, weights, place } = scene;
  const [input] = inputs;
  if (node.kind === "unit_norm") {
    const [channels] = node.shape.slice(-1);
    return { terms: [buildTerm(scene, place, findLengthFactors(node, input)[Math.floor(place / channels)])] };
  }
  if (node.kind === "prelu") {
    const slope = weights.alpha[findSlopePlaces(node)[place]];
    return { terms: [buildTerm(scene, place, input[place] > 0 ? 1 : slope)] };
  }
  const { factors, offsets, places } = findScaling(node, input, weights);
  return { terms: [buildTerm(scene, place, factors[places(place)])], bias: offsets[places(place)] };
}

/** A resized pixel: the products of the weights along both axes; padding has no terms. */
function explainResizing(scene) {
  const { node, row, column, channel } = scene;
  const [rows, columns] = [findWeights(node, 0), findWeights(node, 1)];
  const terms = rows.weights[row].flatMap((rowWeight, i) =>
    columns.weights[column].map((columnWeight, j) => {
      const place = findPlace(node.inputShapes[0], rows.starts[row] + i, columns.starts[column] + j, channel);
      return buildTerm(scene, place, rowWeight * columnWeight);
    }),
  );
  return { terms };
}

/** A merge: one term for each branch. */
function explainBranches(scene) {
  const parts = explainMerge(scene.node, scene.inputs, scene.place);
  return { terms: parts.map(({ branch, place, slope }) => buildTerm(scene, place, slope, branch)) };
}

function explainJoined(scene) {
  const { node, row, column } = scene;
  const { branch, channel } = findJoinedChannel(node, scene.channel);
  const place = findPlace(node.inputShapes[branch], row, column, channel);
  return { terms: [buildTerm(scene, place, 1, branch)] };
}
