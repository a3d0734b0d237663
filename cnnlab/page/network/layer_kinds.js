/**
 * The kinds of nodes that the engine computes, each with the file that computes it.
 *
 * A kind has two functions.
 *   compute(node, inputs, weights): the node's output before its activation, a Float32Array; it may be
 *     the array of an input itself if the numbers stay the same.
 *   computeGradients(node, inputs, weights, gradient): for the gradient of a number by the output
 *     before the activation, the gradients by each input, a list of Float32Arrays.
 */

import { CONVOLUTION_KINDS } from "./convolution.js";
import { DENSE_KINDS } from "./dense.js";
import { MERGING_KINDS } from "./merging.js";
import { NORMALIZATION_KINDS } from "./normalization.js";
import { POOLING_KINDS } from "./pooling.js";
import { RESIZING_KINDS } from "./resizing.js";

/** Layers that return their input: those that act only in training, or give it another shape. */
const UNCHANGED = {
  compute: (node, [input]) => input,
  computeGradients: (node, inputs, weights, gradient) => [gradient],
};

const UNCHANGED_KINDS = Object.fromEntries(
  ["activation", "alpha_dropout", "dropout", "flatten", "gaussian_noise", "reshape", "spatial_dropout"].map(
    (kind) => [kind, UNCHANGED],
  ),
);

export const LAYER_KINDS = {
  ...CONVOLUTION_KINDS,
  ...DENSE_KINDS,
  ...MERGING_KINDS,
  ...NORMALIZATION_KINDS,
  ...POOLING_KINDS,
  ...RESIZING_KINDS,
  ...UNCHANGED_KINDS,
};
