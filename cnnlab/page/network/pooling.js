/**
 * Pools: the largest number or the mean of each window, and of each whole map.
 *
 * `padding: same` leaves the zeros around the input out of the window. A padding that is a number puts
 * real zeros there, as the ZeroPadding2D layer does that cnnlab gives to Keras: they can be the
 * largest number, and they count in the mean.
 */

import { readWindow, visitWindow } from "./windows.js";

/** Whether the zeros around the input belong to the windows. */
export function hasRealZeros(node) {
  return typeof node.fields.padding === "number";
}

/** Count the cells that the mean of one output pixel of an avg_pool divides by. */
export function countPooledCells(node, window, row, column) {
  if (hasRealZeros(node)) {
    return window.kernelRows * window.kernelColumns;
  }
  let cells = 0;
  visitWindow(window, row, column, () => cells++);
  return cells;
}

function visitOutputs(window, visit) {
  for (let row = 0; row < window.rows; row++) {
    for (let column = 0; column < window.columns; column++) {
      visit(row, column, (row * window.columns + column) * window.channels);
    }
  }
}

/** Whether the window of an output pixel reaches into the padding. */
function touchesPadding(window, row, column) {
  const top = row * window.rowStride - window.top;
  const left = column * window.columnStride - window.left;
  return (
    top < 0 || left < 0 || top + window.kernelRows > window.height || left + window.kernelColumns > window.width
  );
}

function computeMaxPool(node, [input]) {
  const window = readWindow(node);
  const output = new Float32Array(window.rows * window.columns * window.channels).fill(-Infinity);
  visitOutputs(window, (row, column, o) => {
    if (hasRealZeros(node) && touchesPadding(window, row, column)) {
      output.fill(0, o, o + window.channels);
    }
    visitWindow(window, row, column, (pixel) => {
      const start = pixel * window.channels;
      for (let c = 0; c < window.channels; c++) {
        const value = input[start + c];
        if (value > output[o + c]) {
          output[o + c] = value;
        }
      }
    });
  });
  return output;
}

/** The gradient goes to the first of the largest numbers of each window. */
function computeMaxPoolGradients(node, [input], weights, gradient) {
  const window = readWindow(node);
  const output = computeMaxPool(node, [input]);
  const result = new Float32Array(input.length);
  visitOutputs(window, (row, column, o) => {
    const isDone = new Uint8Array(window.channels);
    if (hasRealZeros(node) && touchesPadding(window, row, column)) {
      markPaddingFirst(node, window, row, column, input, output, o, isDone);
    }
    visitWindow(window, row, column, (pixel) => {
      const start = pixel * window.channels;
      for (let c = 0; c < window.channels; c++) {
        if (!isDone[c] && input[start + c] === output[o + c]) {
          isDone[c] = 1;
          result[start + c] += gradient[o + c];
        }
      }
    });
  });
  return [result];
}

/** Mark the channels whose largest number is a zero of the padding that comes before any equal input. */
function markPaddingFirst(node, window, row, column, input, output, o, isDone) {
  const isInside = new Map();
  visitWindow(window, row, column, (pixel, cell) => isInside.set(cell, pixel));
  for (let c = 0; c < window.channels; c++) {
    for (let cell = 0; output[o + c] === 0 && cell < window.kernelRows * window.kernelColumns; cell++) {
      const pixel = isInside.get(cell);
      if (pixel === undefined) {
        isDone[c] = 1;
        break;
      }
      if (input[pixel * window.channels + c] === 0) {
        break;
      }
    }
  }
}

function computeAvgPool(node, [input]) {
  const window = readWindow(node);
  const output = new Float32Array(window.rows * window.columns * window.channels);
  const sums = new Float64Array(window.channels);
  visitOutputs(window, (row, column, o) => {
    sums.fill(0);
    visitWindow(window, row, column, (pixel) => {
      const start = pixel * window.channels;
      for (let c = 0; c < window.channels; c++) {
        sums[c] += input[start + c];
      }
    });
    const cells = countPooledCells(node, window, row, column);
    for (let c = 0; c < window.channels; c++) {
      output[o + c] = sums[c] / cells;
    }
  });
  return output;
}

function computeAvgPoolGradients(node, [input], weights, gradient) {
  const window = readWindow(node);
  const result = new Float32Array(input.length);
  visitOutputs(window, (row, column, o) => {
    const cells = countPooledCells(node, window, row, column);
    visitWindow(window, row, column, (pixel) => {
      for (let c = 0; c < window.channels; c++) {
        result[pixel * window.channels + c] += gradient[o + c] / cells;
      }
    });
  });
  return [result];
}

function computeGlobalAvgPool(node, [input]) {
  const [height, width, channels] = node.inputShapes[0];
  const sums = new Float64Array(channels);
  for (let i = 0; i < input.length; i++) {
    sums[i % channels] += input[i];
  }
  return Float32Array.from(sums, (sum) => sum / (height * width));
}

function computeGlobalAvgPoolGradients(node, [input], weights, gradient) {
  const [height, width, channels] = node.inputShapes[0];
  return [input.map((_, i) => gradient[i % channels] / (height * width))];
}

function computeGlobalMaxPool(node, [input]) {
  const channels = node.inputShapes[0][2];
  const output = new Float32Array(channels).fill(-Infinity);
  for (let i = 0; i < input.length; i++) {
    output[i % channels] = Math.max(output[i % channels], input[i]);
  }
  return output;
}

/** Equal largest numbers share the gradient, as in TensorFlow's `reduce_max`. */
function computeGlobalMaxPoolGradients(node, [input], weights, gradient) {
  const channels = node.inputShapes[0][2];
  const largest = computeGlobalMaxPool(node, [input]);
  const counts = new Float64Array(channels);
  input.forEach((value, i) => {
    counts[i % channels] += value === largest[i % channels] ? 1 : 0;
  });
  return [
    input.map((value, i) =>
      value === largest[i % channels] ? gradient[i % channels] / counts[i % channels] : 0,
    ),
  ];
}

export const POOLING_KINDS = {
  max_pool: { compute: computeMaxPool, computeGradients: computeMaxPoolGradients },
  avg_pool: { compute: computeAvgPool, computeGradients: computeAvgPoolGradients },
  global_avg_pool: { compute: computeGlobalAvgPool, computeGradients: computeGlobalAvgPoolGradients },
  global_max_pool: { compute: computeGlobalMaxPool, computeGradients: computeGlobalMaxPoolGradients },
};
