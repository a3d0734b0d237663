/**
 * A convolutional network, computed in plain JavaScript from network.json and its weights.
 *
 * The network is a list of nodes in the order of computation. Every map is a Float32Array with the
 * channels last: the number at (row, column, channel) is at (row * columns + column) * channels + channel.
 * Each kind of node is computed by one file of this folder: `layer_kinds.js` lists them. Numbers
 * are summed in 64 bits and stored in 32 bits, as the weights are, whatever precision the training had.
 */

import { applyActivation, softmax } from "./activations.js";
import { explainPixel } from "./explanation.js";
import { LAYER_KINDS } from "./layer_kinds.js";

const NOTHING_DISABLED = new Set();

/**
 * A node as this engine needs it: that of network.json, with the shapes of its inputs.
 * @typedef {{id: number, kind: string, name: string, inputs: number[], shape: number[],
 *   inputShapes: number[][], fields: Object, padding: number[][]|null,
 *   activation: {kind: string, fields: Object}, weights: Object}} Node
 *
 * What a run computes: the map of each node by its id, the probability of each class, and the channels
 * that were switched off, by node id.
 * @typedef {{maps: Float32Array[], probabilities: Float32Array,
 *   disabledChannels: Map<number, number[]>}} Result
 */

export class Network {
  /** @param {Object} description the content of network.json */
  constructor(description) {
    this.description = description;
    const shapes = description.nodes.map((node) => node.shape);
    this.nodes = description.nodes.map((node) => ({
      ...node,
      inputShapes: node.inputs.map((id) => shapes[id]),
      activation: readActivation(node.fields.activation ?? node.fields.function),
    }));
    const strange = this.nodes.find((node) => node.kind !== "input" && !LAYER_KINDS[node.kind]);
    if (strange) {
      throw new Error(`this page cannot compute layers of the kind ${strange.kind}`);
    }
  }

  /**
   * Find the weight arrays of each node in the bytes of a weights file.
   * @param {ArrayBuffer} buffer little-endian float32
   * @returns {Object<number, Object<string, Float32Array>>} by node id and name; views of the buffer
   */
  readWeights(buffer) {
    const { floats } = this.description;
    if (buffer.byteLength !== 4 * floats) {
      throw new Error(`the weights have ${buffer.byteLength} bytes, expected ${4 * floats}`);
    }
    const weights = {};
    for (const node of this.nodes) {
      weights[node.id] = {};
      for (const [name, { offset, length }] of Object.entries(node.weights)) {
        weights[node.id][name] = new Float32Array(buffer, 4 * offset, length);
      }
    }
    return weights;
  }

  /**
   * Compute every map and the probabilities for one image.
   * @param {Object} weights from `readWeights`
   * @param {Uint8Array} pixels height * width * channels numbers from 0 to 255
   * @param {{disabled?: Set<string>}} options "nodeId:channel" of each kernel that is switched off:
   *   its map is 0 everywhere, after the node's own activation
   * @returns {Result}
   */
  run(weights, pixels, { disabled = NOTHING_DISABLED } = {}) {
    const maps = [this.scaleInput(pixels)];
    const disabledChannels = groupByNode(disabled);
    for (const node of this.nodes.slice(1)) {
      maps[node.id] = this.computeMap(node, maps, weights, disabledChannels);
    }
    return { maps, probabilities: this.computeProbabilities(maps), disabledChannels };
  }

  /** Scale pixels to the network's input: scale * pixel + offset in each channel. */
  scaleInput(pixels) {
    const { scale, offset } = this.description.input;
    const channels = scale.length;
    return Float32Array.from(pixels, (pixel, i) => pixel * scale[i % channels] + offset[i % channels]);
  }

  /**
   * Compute the map of one node from the maps of the nodes before it.
   * @param {Node} node
   * @param {Map<number, number[]>} disabledChannels the channels that are switched off, by node id
   */
  computeMap(node, maps, weights, disabledChannels, activation = node.activation) {
    const inputs = node.inputs.map((id) => maps[id]);
    const before = LAYER_KINDS[node.kind].compute(node, inputs, weights[node.id]);
    const channels = disabledChannels.get(node.id) ?? [];
    if (activation.kind === "linear" && channels.length === 0) {
      return before;
    }
    const values = inputs.includes(before) ? before.slice() : before;
    applyActivation(activation, values, lastSide(node.shape));
    clearChannels(values, lastSide(node.shape), channels);
    return values;
  }

  /** Compute the numbers that a node's activation gets; the array may be the map of an input. */
  computeBefore(weights, result, nodeId) {
    const node = this.nodes[nodeId];
    return LAYER_KINDS[node.kind].compute(node, node.inputs.map((id) => result.maps[id]), weights[nodeId]);
  }

  /** Convert the last map to probabilities, as `predict` does: it can hold logits. */
  computeProbabilities(maps) {
    const { node, activation } = this.description.output;
    const values = maps[node].slice();
    const isLogit = activation !== "softmax" && activation !== "sigmoid";
    if (values.length > 1) {
      if (isLogit) {
        softmax(values, values.length);
      }
      return values;
    }
    // A single number stands for the second of two classes.
    const second = isLogit ? 1 / (1 + Math.exp(-values[0])) : values[0];
    return Float32Array.of(1 - second, second);
  }

  /** Explain one number of a map; see explanation.js. */
  explainPixel(weights, result, nodeId, row, column, channel) {
    return explainPixel(this, weights, result, { nodeId, row, column, channel });
  }
}

export const LINEAR = { kind: "linear", fields: {} };

/** Read an activation of network.json, such as {leaky_relu: {negative_slope: 0.2}}. */
function readActivation(word) {
  if (!word) {
    return LINEAR;
  }
  const [[kind, fields]] = Object.entries(word);
  return { kind, fields };
}

function lastSide(shape) {
  return shape[shape.length - 1];
}

/** Group "nodeId:channel" by node: a Map from node ids to lists of channels. */
function groupByNode(disabled) {
  const channels = new Map();
  for (const key of disabled) {
    const [id, channel] = key.split(":").map(Number);
    channels.set(id, [...(channels.get(id) ?? []), channel]);
  }
  return channels;
}

/** Set some channels of a map to 0; `count` is the number of all channels. */
export function clearChannels(map, count, channels) {
  for (const channel of channels) {
    for (let i = channel; i < map.length; i += count) {
      map[i] = 0;
    }
  }
}
