/* What a number inside the network sees: the pixels of the image that it depends on. */

import { readWindow } from "../network/windows.js";

const WINDOWS = new Set(["conv", "depthwise_conv", "separable_conv", "max_pool", "avg_pool"]);
const RESIZERS = new Set(["zero_pad", "crop", "up_sample", "resize"]);

/**
 * Find the pixels that a number depends on, by the windows of the layers before it.
 *
 * Normalizations that use the mean of the whole image count as layers that look at one pixel, as in the table of layers.
 *
 * @param {import("../network/network.js").Network} network
 * @param {{node: number, row: number, column: number}} focus
 * @param {(node: number, row: number, column: number) => object} explain gives the explanation of a number of the first map.
 * @returns {{top, left, rows, columns}} pixels of the image; they may reach beyond the image, into the padding.
 */
export function findReceptiveField(network, { node, row, column }, explain) {
  const boxes = new Map([[node, { top: row, left: column, bottom: row, right: column }]]);
  for (let id = node; id > 0; id -= 1) {
    const box = boxes.get(id);
    if (!box) continue;
    const current = network.nodes[id];
    current.inputs.forEach((input, branch) => {
      const before = findBoxBefore(current, box, current.inputShapes[branch], explain);
      boxes.set(input, joinBoxes(boxes.get(input), before));
    });
  }
  const { top, left, bottom, right } = boxes.get(0);
  return { top, left, rows: bottom - top + 1, columns: right - left + 1 };
}

function findBoxBefore(node, box, shape, explain) {
  if (shape.length < 3) return { top: 0, left: 0, bottom: 0, right: 0 }; // a vector
  if (WINDOWS.has(node.kind)) return findWindowBox(readWindow(node), box);
  if (RESIZERS.has(node.kind)) return findResizedBox(node, box, explain);
  const isSame = node.shape.length === 3 && node.shape[0] === shape[0] && node.shape[1] === shape[1];
  return isSame ? box : { top: 0, left: 0, bottom: shape[0] - 1, right: shape[1] - 1 };
}

function findWindowBox(window, { top, left, bottom, right }) {
  const firstRow = top * window.rowStride - window.top;
  const firstColumn = left * window.columnStride - window.left;
  return {
    top: firstRow,
    left: firstColumn,
    bottom: firstRow + (bottom - top) * window.rowStride + (window.kernelRows - 1) * window.rowStep,
    right: firstColumn + (right - left) * window.columnStride + (window.kernelColumns - 1) * window.columnStep,
  };
}

/** The box before a layer that resizes: the windows of two corners, as the explanation gives them. */
function findResizedBox(node, { top, left, bottom, right }, explain) {
  const inside = (value, length) => Math.max(0, Math.min(length - 1, value));
  const [height, width] = node.shape;
  const corners = [[top, left], [bottom, right]].map(([row, column]) => explain(node.id, inside(row, height), inside(column, width)));
  const windows = corners.map(({ window }) => window).filter((window) => window.rows > 0);
  const boxes = windows.map((window) => ({
    top: window.top, left: window.left, bottom: window.top + window.rows - 1, right: window.left + window.columns - 1,
  }));
  return boxes.reduce(joinBoxes, null) ?? { top: 0, left: 0, bottom: 0, right: 0 };
}

function joinBoxes(first, second) {
  if (!first) return second;
  return {
    top: Math.min(first.top, second.top), left: Math.min(first.left, second.left),
    bottom: Math.max(first.bottom, second.bottom), right: Math.max(first.right, second.right),
  };
}
