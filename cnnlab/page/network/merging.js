/**
 * Merges of branches: sums, means, products, differences, largest and smallest numbers, and joined channels.
 */

import { broadcastPlaces, countNumbers } from "./shapes.js";

/** Combine two numbers of branches; three branches are combined one after the other. */
const COMBINATIONS = {
  add: (one, other) => one + other,
  average: (one, other) => one + other, // and divide the sum, see `merge`
  multiply: (one, other) => one * other,
  subtract: (one, other) => one - other,
  maximum: Math.max,
  minimum: Math.min,
};

/** Compute the derivative of a merged number by the number of each branch. */
const SLOPES = {
  add: (numbers) => numbers.map(() => 1),
  average: (numbers) => numbers.map(() => 1 / numbers.length),
  multiply: (numbers) =>
    numbers.map((_, branch) => numbers.reduce((product, x, i) => (i === branch ? product : product * x), 1)),
  subtract: () => [1, -1],
  maximum: (numbers) => chooseFrom(numbers, (one, other) => one >= other),
  minimum: (numbers) => chooseFrom(numbers, (one, other) => one <= other),
};

/** 1 for the number that wins against all others, else 0; Keras compares them two by two, in order. */
function chooseFrom(numbers, wins) {
  let winner = 0;
  numbers.forEach((number, branch) => {
    winner = wins(numbers[winner], number) ? winner : branch;
  });
  return numbers.map((_, branch) => (branch === winner ? 1 : 0));
}

/** The places of each branch's numbers, for each number of the merge: a factor can be a single channel. */
function findPlaces(node) {
  return node.inputShapes.map((shape) => broadcastPlaces(node.shape, shape));
}

function merge(node, inputs) {
  const count = countNumbers(node.shape);
  const combine = COMBINATIONS[node.kind];
  let output = null;
  inputs.forEach((input, branch) => {
    let numbers = input;
    if (input.length !== count) {
      const places = broadcastPlaces(node.shape, node.inputShapes[branch]);
      numbers = Float32Array.from(places, (place) => input[place]);
    }
    if (output === null) {
      output = numbers.slice();
      return;
    }
    for (let i = 0; i < count; i++) {
      output[i] = combine(output[i], numbers[i]);
    }
  });
  return node.kind === "average" ? output.map((sum) => sum / inputs.length) : output;
}

function mergeGradients(node, inputs, weights, gradient) {
  const places = findPlaces(node);
  const results = inputs.map((input) => new Float64Array(input.length));
  gradient.forEach((slope, i) => {
    const numbers = inputs.map((input, branch) => input[places[branch][i]]);
    SLOPES[node.kind](numbers).forEach((branchSlope, branch) => {
      results[branch][places[branch][i]] += slope * branchSlope;
    });
  });
  return results.map((result) => Float32Array.from(result));
}

/** Copy the channels of all branches side by side, or back. */
function visitJoined(node, visit) {
  const [total] = node.shape.slice(-1);
  let first = 0;
  node.inputShapes.forEach((shape, branch) => {
    const [channels] = shape.slice(-1);
    const pixels = countNumbers(shape) / channels;
    for (let pixel = 0; pixel < pixels; pixel++) {
      visit(branch, pixel * channels, pixel * total + first, channels);
    }
    first += channels;
  });
}

const CONCATENATE = {
  compute: (node, inputs) => {
    const output = new Float32Array(countNumbers(node.shape));
    visitJoined(node, (branch, start, place, channels) => {
      output.set(inputs[branch].subarray(start, start + channels), place);
    });
    return output;
  },
  computeGradients: (node, inputs, weights, gradient) => {
    const results = inputs.map((input) => new Float32Array(input.length));
    visitJoined(node, (branch, start, place, channels) => {
      results[branch].set(gradient.subarray(place, place + channels), start);
    });
    return results;
  },
};

/** Find the branch of a concatenation that a channel comes from, and its channel there. */
export function findJoinedChannel(node, channel) {
  let branch = 0;
  let rest = channel;
  for (const shape of node.inputShapes) {
    const [channels] = shape.slice(-1);
    if (rest < channels) {
      break;
    }
    rest -= channels;
    branch += 1;
  }
  return { branch, channel: rest };
}

/** Return what each branch contributes to one merged number: its place, number and derivative. */
export function explainMerge(node, inputs, place) {
  const places = findPlaces(node).map((branch) => branch[place]);
  const numbers = inputs.map((input, branch) => input[places[branch]]);
  const slopes = SLOPES[node.kind](numbers);
  return numbers.map((number, branch) => ({ branch, place: places[branch], number, slope: slopes[branch] }));
}

export const MERGING_KINDS = {
  ...Object.fromEntries(
    Object.keys(COMBINATIONS).map((kind) => [kind, { compute: merge, computeGradients: mergeGradients }]),
  ),
  concatenate: CONCATENATE,
};
