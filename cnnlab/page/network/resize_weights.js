/**
 * The weights of input cells in each output cell when an axis is resized, as TensorFlow computes them.
 *
 * Keras 3.15 calls `tf.image.resize`, which has three programs: one for the nearest and the bilinear
 * weights, one for bicubic weights from a table, and `ScaleAndTranslate` for lanczos and for antialiasing.
 * They compute positions in float32, and so does this file: at a tie, another rounding is another cell.
 * Source: tensorflow/core/kernels/image/resize_bilinear_op.cc, resize_bicubic_op.cc and
 * scale_and_translate_op.cc of TensorFlow 2.21.
 */

const TABLE_SIZE = 1024; // steps from one cell to the next in the table of bicubic weights
const round32 = Math.fround;

/** Kernels by method: the radius, and the weight at a distance x >= 0. */
const KERNELS = {
  bilinear: { radius: 1, weigh: (x) => Math.max(1 - x, 0) },
  bicubic: { radius: 2, weigh: weighCubic },
  lanczos3: { radius: 3, weigh: (x) => weighLanczos(x, 3) },
  lanczos5: { radius: 5, weigh: (x) => weighLanczos(x, 5) },
};

/** Keys 1981, "Cubic Convolution Interpolation for Digital Image Processing", with a = -1/2. */
function weighCubic(x) {
  if (x >= 2) {
    return 0;
  }
  return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1;
}

function weighLanczos(x, radius) {
  if (x > radius) {
    return 0;
  }
  const angle = Math.PI * x;
  return x <= 1e-3 ? 1 : (radius * Math.sin(angle) * Math.sin(angle / radius)) / (angle * angle);
}

/**
 * Find the weights for `outputs` cells from `length` cells.
 * @param {string} interpolation nearest, bilinear, bicubic, lanczos3 or lanczos5
 * @param {boolean} antialias whether a smaller output gets a wider kernel
 * @returns {import("./resizing.js").AxisWeights}
 */
export function findAxisWeights(length, outputs, interpolation, antialias) {
  const starts = [];
  const weights = [];
  for (let i = 0; i < outputs; i++) {
    const cell = findCellWeights(i, length, outputs, interpolation, antialias);
    starts.push(cell.start);
    weights.push(cell.weights);
  }
  return { starts, weights };
}

function findCellWeights(i, length, outputs, interpolation, antialias) {
  const scale = round32(length / outputs);
  const centre = round32(round32(i + 0.5) * scale);
  if (interpolation === "nearest") {
    return { start: Math.min(Math.floor(centre), length - 1), weights: [1] };
  }
  if (antialias || interpolation.startsWith("lanczos")) {
    return weighSpan(i, length, outputs, KERNELS[interpolation], antialias);
  }
  const position = round32(centre - 0.5);
  const before = Math.floor(position);
  const share = round32(position - before);
  if (interpolation === "bicubic") {
    return weighNeighbours(before, share, length);
  }
  if (before < 0 || before >= length - 1) {
    return { start: Math.max(before, 0), weights: [1] };
  }
  return { start: before, weights: [1 - share, share] };
}

/** The four cells around a position, with weights from the table; those outside are left out. */
function weighNeighbours(before, share, length) {
  const step = roundHalfToEven(share * TABLE_SIZE) / TABLE_SIZE;
  const cells = [before - 1, before, before + 1, before + 2];
  const weights = [1 + step, step, 1 - step, 2 - step].map(weighCubic);
  return normalizeWeights(
    Math.max(before - 1, 0),
    weights.filter((_, n) => cells[n] >= 0 && cells[n] < length),
  );
}

function roundHalfToEven(x) {
  const down = Math.floor(x);
  if (x - down !== 0.5) {
    return Math.round(x);
  }
  return down % 2 === 0 ? down : down + 1;
}

/** All cells within the radius of a kernel, as ScaleAndTranslate weighs them. */
function weighSpan(i, length, outputs, { radius, weigh }, antialias) {
  const inverseScale = round32(1 / round32(outputs / length));
  const kernelScale = antialias ? Math.max(inverseScale, 1) : 1;
  const reach = round32(radius * kernelScale);
  const position = round32(round32(i + 0.5) * inverseScale);
  if (position < 0 || position > length) {
    return { start: 0, weights: [] };
  }
  const clamp = (cell) => Math.min(Math.max(cell, 0), length - 1);
  const start = clamp(Math.ceil(round32(round32(position - reach) - 0.5)));
  const end = clamp(Math.floor(round32(round32(position + reach) - 0.5)));
  const weights = [];
  for (let cell = start; cell <= end; cell++) {
    weights.push(weigh(Math.abs(cell + 0.5 - position) / kernelScale));
  }
  return normalizeWeights(start, weights);
}

/** Divide weights by their sum. */
function normalizeWeights(start, weights) {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { start, weights: weights.map((weight) => weight / sum) };
}
