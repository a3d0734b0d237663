/**
 * Grad-CAM: at which pixels the feature maps of a network are evidence for a class.
 *
 * Source: R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
 * Localization", ICCV 2017, equations 1 and 2. As in `cnnlab explain`, the gradients are those of the
 * class's logit, the number before the final softmax, since those of a confident probability are nearly 0.
 */

import { computeActivationGradient } from "./activations.js";
import { LAYER_KINDS } from "./layer_kinds.js";
import { LINEAR, clearChannels } from "./network.js";

/**
 * Compute Grad-CAM of a class for an image that the network has run on.
 * @param {import("./network.js").Network} network
 * @param {Object} weights
 * @param {import("./network.js").Result} result
 * @param {number} classIndex
 * @returns {{nodeId: number, height: number, width: number, values: Float32Array, strongest: number,
 *   channelWeights: Float32Array, logit: number}|null} `values` go from 0 to 1, which is `strongest` in
 *   units of the logit; all are 0 if no pixel is evidence for the class. `channelWeights` has the mean
 *   gradient of each map. Null if the network has no convolution.
 */
export function gradCam(network, weights, result, classIndex) {
  const settings = network.description.grad_cam;
  if (settings === null) {
    return null;
  }
  const nodeId = settings.node;
  const logits = computeLogits(network, weights, result, settings.softmaxes);
  const gradient = computeGradient(network, weights, logits, nodeId, classIndex);
  const [height, width, channels] = network.nodes[nodeId].shape;
  const sums = new Float64Array(channels);
  gradient.forEach((slope, i) => {
    sums[i % channels] += slope;
  });
  const channelWeights = Float32Array.from(sums, (sum) => sum / (height * width)); // equation 1
  const values = new Float32Array(height * width);
  for (let pixel = 0; pixel < values.length; pixel++) {
    let evidence = 0;
    for (let c = 0; c < channels; c++) {
      evidence += channelWeights[c] * logits.maps[nodeId][pixel * channels + c];
    }
    values[pixel] = Math.max(evidence, 0); // equation 2
  }
  const strongest = values.reduce((one, other) => Math.max(one, other), 0);
  if (strongest > 0) {
    values.forEach((value, pixel) => {
      values[pixel] = value / strongest;
    });
  }
  const logit = findLogit(logits.maps[network.description.output.node], classIndex);
  return { nodeId, height, width, values, strongest, channelWeights, logit };
}

/** The logit of a class. A single number is the logit of the second of two classes. */
function findLogit(outputs, classIndex) {
  return outputs.length > 1 ? outputs[classIndex] : outputs[0] * (classIndex === 1 ? 1 : -1);
}

/** Compute all maps once more without the softmaxes that make the probabilities. */
function computeLogits(network, weights, result, softmaxes) {
  const { disabledChannels } = result;
  const maps = [result.maps[0]];
  const activations = [LINEAR];
  const isChanged = [false];
  for (const node of network.nodes.slice(1)) {
    const isSoftmax = softmaxes.includes(node.id);
    activations[node.id] = isSoftmax ? LINEAR : node.activation;
    isChanged[node.id] = isSoftmax || node.inputs.some((id) => isChanged[id]);
    maps[node.id] = isChanged[node.id]
      ? network.computeMap(node, maps, weights, disabledChannels, activations[node.id])
      : result.maps[node.id];
  }
  return { maps, activations, disabledChannels };
}

/** Compute the gradient of the logit of a class by the map of the node `targetId`. */
function computeGradient(network, weights, logits, targetId, classIndex) {
  const { output } = network.description;
  const dependsOnTarget = [];
  for (const node of network.nodes) {
    dependsOnTarget[node.id] = node.id === targetId || node.inputs.some((id) => dependsOnTarget[id]);
  }
  const start = new Float32Array(logits.maps[output.node].length);
  start[start.length > 1 ? classIndex : 0] = start.length > 1 || classIndex === 1 ? 1 : -1;
  const gradients = new Map([[output.node, start]]);
  for (let id = output.node; id > targetId; id--) {
    if (gradients.has(id) && dependsOnTarget[id]) {
      const parts = computeInputGradients(network, weights, logits, network.nodes[id], gradients.get(id));
      network.nodes[id].inputs.forEach((input, n) => addGradient(gradients, input, parts[n]));
    }
  }
  return gradients.get(targetId) ?? new Float32Array(logits.maps[targetId].length);
}

function computeInputGradients(network, weights, { maps, activations, disabledChannels }, node, gradient) {
  const [channels] = node.shape.slice(-1);
  const slopes = gradient.slice();
  clearChannels(slopes, channels, disabledChannels.get(node.id) ?? []);
  const activation = activations[node.id];
  const before = activation === LINEAR ? null : network.computeBefore(weights, { maps }, node.id);
  const slopesBefore = computeActivationGradient(activation, before, slopes, channels);
  const inputs = node.inputs.map((id) => maps[id]);
  return LAYER_KINDS[node.kind].computeGradients(node, inputs, weights[node.id], slopesBefore);
}

/** Add a gradient to that of the same node from another branch. Arrays can be shared, so copy. */
function addGradient(gradients, id, part) {
  const other = gradients.get(id);
  gradients.set(id, other ? part.map((slope, i) => slope + other[i]) : part);
}
