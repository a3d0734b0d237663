/**
 * Convolutions: plain ones, also in groups; depthwise ones; and the two in a row, separable ones.
 */

import { Gathering, addWeighted } from "./weighted_sums.js";
import { readWindow, visitWindow } from "./windows.js";

/** A 1 × 1 convolution of maps with `channels` channels, as `readWindow` describes it. */
function buildPointwiseWindow(window, channels) {
  const { rows, columns, outputs } = window;
  return {
    height: rows, width: columns, channels, rows, columns, outputs, kernelRows: 1, kernelColumns: 1,
    rowStride: 1, columnStride: 1, rowStep: 1, columnStep: 1, top: 0, left: 0,
  };
}

/** Gather the inputs of one output pixel that are not 0, from the channels of one group. */
function gather(gathering, window, input, row, column, first, groupChannels, filters) {
  gathering.count = 0;
  const { height, width, channels, kernelRows, kernelColumns } = window;
  const top = row * window.rowStride - window.top;
  const left = column * window.columnStride - window.left;
  for (let i = 0; i < kernelRows; i++) {
    const y = top + i * window.rowStep;
    for (let j = 0; j < kernelColumns && y >= 0 && y < height; j++) {
      const x = left + j * window.columnStep;
      if (x < 0 || x >= width) {
        continue;
      }
      const start = (y * width + x) * channels + first;
      let place = (i * kernelColumns + j) * groupChannels * filters;
      for (let c = 0; c < groupChannels; c++, place += filters) {
        const value = input[start + c];
        if (value !== 0) {
          gathering.values[gathering.count] = value;
          gathering.places[gathering.count++] = place;
        }
      }
    }
  }
}

/**
 * Convolve maps. The kernel has (rows, columns, channels of a group, filters) numbers; group g reads
 * its own channels and makes its own filters.
 */
function convolve(window, groups, input, kernel, bias) {
  const { rows, columns, channels, outputs } = window;
  const groupChannels = channels / groups;
  const groupFilters = outputs / groups;
  const output = new Float32Array(rows * columns * outputs);
  const gathering = new Gathering(window.kernelRows * window.kernelColumns * groupChannels);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const o = (row * columns + column) * outputs;
      for (let group = 0; group < groups; group++) {
        gather(gathering, window, input, row, column, group * groupChannels, groupChannels, outputs);
        const filter = group * groupFilters;
        const groupKernel = filter ? kernel.subarray(filter) : kernel;
        addWeighted(gathering, groupKernel, bias, filter, output, o + filter, groupFilters);
      }
    }
  }
  return output;
}

/** Compute the gradient by the input of a convolution. */
function convolveGradient(window, groups, kernel, gradient) {
  const { rows, columns, channels, outputs } = window;
  const groupChannels = channels / groups;
  const groupFilters = outputs / groups;
  const result = new Float32Array(window.height * window.width * channels);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const o = (row * columns + column) * outputs;
      visitWindow(window, row, column, (pixel, cell) => {
        for (let c = 0; c < channels; c++) {
          const group = Math.floor(c / groupChannels);
          const start = (cell * groupChannels + (c % groupChannels)) * outputs;
          let sum = 0;
          for (let f = group * groupFilters; f < (group + 1) * groupFilters; f++) {
            sum += kernel[start + f] * gradient[o + f];
          }
          result[pixel * channels + c] += sum;
        }
      });
    }
  }
  return result;
}

/**
 * Convolve each channel alone. The kernel has (rows, columns, channels, multiplier) numbers; channel c
 * makes the outputs c * multiplier to c * multiplier + multiplier - 1.
 */
function convolveChannels(window, multiplier, input, kernel, bias) {
  const { rows, columns, channels } = window;
  const outputs = channels * multiplier;
  const output = new Float32Array(rows * columns * outputs);
  const sums = new Float64Array(outputs);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      sums.fill(0);
      visitWindow(window, row, column, (pixel, cell) => {
        const start = pixel * channels;
        const place = cell * outputs;
        for (let f = 0; f < outputs; f++) {
          sums[f] += input[start + Math.floor(f / multiplier)] * kernel[place + f];
        }
      });
      const o = (row * columns + column) * outputs;
      for (let f = 0; f < outputs; f++) {
        output[o + f] = sums[f] + (bias ? bias[f] : 0);
      }
    }
  }
  return output;
}

/** Compute the gradient by the input of `convolveChannels`. */
function convolveChannelsGradient(window, multiplier, kernel, gradient) {
  const { rows, columns, channels } = window;
  const outputs = channels * multiplier;
  const result = new Float32Array(window.height * window.width * channels);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const o = (row * columns + column) * outputs;
      visitWindow(window, row, column, (pixel, cell) => {
        for (let f = 0; f < outputs; f++) {
          const c = Math.floor(f / multiplier);
          result[pixel * channels + c] += kernel[cell * outputs + f] * gradient[o + f];
        }
      });
    }
  }
  return result;
}

function computeSeparable(node, [input], { depthwise_kernel: depthwise, pointwise_kernel: pointwise, bias }) {
  const window = readWindow(node);
  const multiplier = node.fields.depth_multiplier;
  const middle = convolveChannels(window, multiplier, input, depthwise);
  return convolve(buildPointwiseWindow(window, window.channels * multiplier), 1, middle, pointwise, bias);
}

function computeSeparableGradients(node, inputs, weights, gradient) {
  const window = readWindow(node);
  const multiplier = node.fields.depth_multiplier;
  const pointwise = buildPointwiseWindow(window, window.channels * multiplier);
  const middle = convolveGradient(pointwise, 1, weights.pointwise_kernel, gradient);
  return [convolveChannelsGradient(window, multiplier, weights.depthwise_kernel, middle)];
}

export const CONVOLUTION_KINDS = {
  conv: {
    compute: (node, [input], { kernel, bias }) =>
      convolve(readWindow(node), node.fields.groups, input, kernel, bias),
    computeGradients: (node, inputs, { kernel }, gradient) => [
      convolveGradient(readWindow(node), node.fields.groups, kernel, gradient),
    ],
  },
  depthwise_conv: {
    compute: (node, [input], { kernel, bias }) =>
      convolveChannels(readWindow(node), node.fields.depth_multiplier, input, kernel, bias),
    computeGradients: (node, inputs, { kernel }, gradient) => [
      convolveChannelsGradient(readWindow(node), node.fields.depth_multiplier, kernel, gradient),
    ],
  },
  separable_conv: { compute: computeSeparable, computeGradients: computeSeparableGradients },
};
