/**
 * Explain one number of a convolution, a dense layer or a pool, whose inputs lie in a window.
 */

import { countPooledCells, hasRealZeros } from "./pooling.js";
import { findPlace, splitPlace } from "./shapes.js";
import { readWindow } from "./windows.js";

/** Build the term of one input; `branch` is the place of its node in the node's inputs. */
export function buildTerm({ node, inputs }, place, weight, branch = 0) {
  const input = inputs[branch][place];
  const where = splitPlace(node.inputShapes[branch], place);
  return { node: node.inputs[branch], ...where, input, weight, product: input * weight, padded: false };
}

/** List the cells of the window of one output pixel, row by row; some can lie in the padding. */
function listCells(window, row, column) {
  const top = row * window.rowStride - window.top;
  const left = column * window.columnStride - window.left;
  const cells = [];
  for (let i = 0; i < window.kernelRows; i++) {
    for (let j = 0; j < window.kernelColumns; j++) {
      const y = top + i * window.rowStep;
      const x = left + j * window.columnStep;
      const padded = y < 0 || y >= window.height || x < 0 || x >= window.width;
      cells.push({ cell: i * window.kernelColumns + j, row: y, column: x, padded });
    }
  }
  return cells;
}

/** The window of an output pixel, with the distances between the cells of a dilated kernel. */
function describeWindow(window, row, column) {
  return {
    top: row * window.rowStride - window.top,
    left: column * window.columnStride - window.left,
    rows: (window.kernelRows - 1) * window.rowStep + 1,
    columns: (window.kernelColumns - 1) * window.columnStep + 1,
    rowStep: window.rowStep,
    columnStep: window.columnStep,
  };
}

/** The numbers of O = ⌊(N − F + 2P)/S⌋ + 1: N, F, P before and after, S and O, along an axis. */
function describeFormula(node, window) {
  const build = (axis, kernel, step, stride) => ({
    length: node.inputShapes[0][axis],
    extent: (kernel - 1) * step + 1,
    padding: node.padding[axis],
    stride,
    output: node.shape[axis],
  });
  return {
    rows: build(0, window.kernelRows, window.rowStep, window.rowStride),
    columns: build(1, window.kernelColumns, window.columnStep, window.columnStride),
  };
}

/** Build the terms of one input channel: a term for each cell, where `weigh` returns its weight. */
function buildWindowTerms(scene, window, channel, weigh) {
  return listCells(window, scene.row, scene.column).map(({ cell, row, column, padded }) => {
    const weight = weigh(cell, padded);
    if (padded) {
      return { node: scene.node.inputs[0], row, column, channel, input: 0, weight, product: 0, padded };
    }
    return buildTerm(scene, findPlace(scene.node.inputShapes[0], row, column, channel), weight);
  });
}

/** The input channels that an output channel of a convolution reads, and its weights in each cell. */
function findKernel({ node, weights, channel }, channels) {
  const { depth_multiplier: multiplier, groups, filters } = node.fields;
  if (node.kind === "depthwise_conv") {
    const own = Math.floor(channel / multiplier);
    return { first: own, count: 1, weigh: (cell) => weights.kernel[cell * channels * multiplier + channel] };
  }
  if (node.kind === "conv") {
    const count = channels / groups;
    const first = Math.floor(channel / (filters / groups)) * count;
    return { first, count, weigh: (cell, c) => weights.kernel[(cell * count + c - first) * filters + channel] };
  }
  // The two kernels of a separable convolution work like one kernel, their product.
  const { depthwise_kernel: depthwise, pointwise_kernel: pointwise } = weights;
  const weigh = (cell, c) => {
    let sum = 0;
    for (let m = c * multiplier; m < (c + 1) * multiplier; m++) {
      sum += depthwise[cell * channels * multiplier + m] * pointwise[m * filters + channel];
    }
    return sum;
  };
  return { first: 0, count: channels, weigh };
}

/** A convolution: kernel weights times inputs, channel by channel. */
export function explainConvolution(scene) {
  const window = readWindow(scene.node);
  const { first, count, weigh } = findKernel(scene, window.channels);
  const channels = Array.from({ length: count }, (_, c) => first + c);
  return {
    terms: channels.flatMap((c) => buildWindowTerms(scene, window, c, (cell) => weigh(cell, c))),
    bias: scene.weights.bias?.[scene.channel] ?? 0,
    window: describeWindow(window, scene.row, scene.column),
    formula: describeFormula(scene.node, window),
  };
}

/** A pool: the weight of a cell is 1 or 0 in a max pool, and 1 / cells or 0 in an average pool. */
export function explainPool(scene) {
  const { node, row, column, channel } = scene;
  const window = readWindow(node);
  const countsZeros = hasRealZeros(node);
  const share = node.kind === "avg_pool" ? 1 / countPooledCells(node, window, row, column) : 1;
  const terms = buildWindowTerms(scene, window, channel, (cell, padded) => (padded && !countsZeros ? 0 : share));
  if (node.kind === "max_pool") {
    chooseLargest(terms, ({ padded }) => !padded || countsZeros);
  }
  return {
    terms,
    window: describeWindow(window, row, column),
    formula: describeFormula(node, window),
  };
}

/** Give the first of the largest inputs the weight 1, and all others 0. */
function chooseLargest(terms, counts) {
  const candidates = terms.filter(counts);
  const largest = candidates.reduce((one, other) => (other.input > one.input ? other : one));
  for (const term of terms) {
    term.weight = term === largest ? 1 : 0;
    term.product = term.weight * term.input;
  }
}

/** A pool over a whole map. */
export function explainGlobalPool(scene) {
  const [height, width, channels] = scene.node.inputShapes[0];
  const pixels = Array.from({ length: height * width }, (_, pixel) => pixel * channels + scene.channel);
  const terms = pixels.map((place) => buildTerm(scene, place, 1 / pixels.length));
  if (scene.node.kind === "global_max_pool") {
    chooseLargest(terms, () => true);
  }
  return { terms, window: { top: 0, left: 0, rows: height, columns: width, rowStep: 1, columnStep: 1 } };
}

const KEEPS_NUMBERS = new Set(["flatten", "reshape", "dropout", "alpha_dropout", "gaussian_noise"]);

/** Find the maps that a vector was made of without a change of its numbers; else the vector itself. */
function findMapsBefore(network, nodeId) {
  let node = network.nodes[nodeId];
  while (node.shape.length === 1 && KEEPS_NUMBERS.has(node.kind)) {
    node = network.nodes[node.inputs[0]];
  }
  return node.shape.length === 3 ? node : network.nodes[nodeId];
}

/** A dense layer: each input times its weight. The terms name the pixels of maps before a `flatten`. */
export function explainDense(scene) {
  const { network, node, row, column, channel, weights } = scene;
  const { units } = node.fields;
  const length = weights.kernel.length / units;
  const start = findPlace([...node.shape.slice(0, -1), length], row, column, 0);
  const source = findMapsBefore(network, node.inputs[0]);
  const terms = Array.from({ length }, (_, i) => {
    const term = buildTerm(scene, start + i, weights.kernel[i * units + channel]);
    return source.id === term.node ? term : { ...term, node: source.id, ...splitPlace(source.shape, i) };
  });
  return { terms, bias: weights.bias?.[channel] ?? 0 };
}
