/**
 * Activations and their derivatives, by the names and definitions of Keras.
 */

// Klambauer et al. 2017, "Self-Normalizing Neural Networks".
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const hardSigmoid = (x) => Math.min(Math.max(x + 3, 0), 6) / 6;
const normalDensity = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const normalDistribution = (x) => complementaryError(-x / Math.SQRT2) / 2;

/** Each activation: x -> [value, derivative], where `fields` are those of the config. */
const FUNCTIONS = {
  linear: () => (x) => [x, 1],
  relu: () => (x) => (x > 0 ? [x, 1] : [0, 0]),
  relu6: () => (x) => [Math.min(Math.max(x, 0), 6), x > 0 && x < 6 ? 1 : 0],
  leaky_relu: ({ negative_slope: slope }) => (x) => (x > 0 ? [x, 1] : [slope * x, slope]),
  elu: ({ alpha }) => (x) => (x > 0 ? [x, 1] : [alpha * Math.expm1(x), alpha * Math.exp(x)]),
  selu: () => (x) =>
    x >= 0
      ? [SELU_SCALE * x, SELU_SCALE]
      : [SELU_SCALE * SELU_ALPHA * Math.expm1(x), SELU_SCALE * SELU_ALPHA * Math.exp(x)],
  gelu: () => (x) => [x * normalDistribution(x), normalDistribution(x) + x * normalDensity(x)],
  silu: () => (x) => [x * sigmoid(x), sigmoid(x) * (1 + x * (1 - sigmoid(x)))],
  mish: () => (x) => {
    const tanh = Math.tanh(softplus(x));
    return [x * tanh, tanh + x * (1 - tanh * tanh) * sigmoid(x)];
  },
  sigmoid: () => (x) => [sigmoid(x), sigmoid(x) * (1 - sigmoid(x))],
  hard_sigmoid: () => (x) => [hardSigmoid(x), Math.abs(x) < 3 ? 1 / 6 : 0],
  hard_silu: () => (x) => [x * hardSigmoid(x), hardSigmoid(x) + (Math.abs(x) < 3 ? x / 6 : 0)],
  tanh: () => (x) => [Math.tanh(x), 1 - Math.tanh(x) ** 2],
  softplus: () => (x) => [softplus(x), sigmoid(x)],
  softsign: () => (x) => [x / (1 + Math.abs(x)), 1 / (1 + Math.abs(x)) ** 2],
  exponential: () => (x) => [Math.exp(x), Math.exp(x)],
};

/**
 * Replace each number by the activation of it.
 * @param {{kind: string, fields: Object}} activation
 * @param {Float32Array} values
 * @param {number} channels the length of the last axis, over which softmax works
 */
export function applyActivation({ kind, fields }, values, channels) {
  if (kind === "softmax") {
    softmax(values, channels);
  } else if (kind === "relu") {
    for (let i = 0; i < values.length; i++) {
      values[i] = values[i] > 0 ? values[i] : 0;
    }
  } else {
    const compute = FUNCTIONS[kind](fields);
    for (let i = 0; i < values.length; i++) {
      values[i] = compute(values[i])[0];
    }
  }
}

/**
 * Compute the gradient by the numbers before an activation from that by the numbers after it.
 * @param {Float32Array} before
 * @param {Float32Array} gradient
 */
export function computeActivationGradient({ kind, fields }, before, gradient, channels) {
  if (kind === "linear") {
    return gradient;
  }
  if (kind === "softmax") {
    return computeSoftmaxGradient(before, gradient, channels);
  }
  const compute = FUNCTIONS[kind](fields);
  return gradient.map((slope, i) => (slope === 0 ? 0 : slope * compute(before[i])[1]));
}

/** Replace each vector of `channels` numbers by its softmax; the largest is subtracted first. */
export function softmax(values, channels) {
  for (let start = 0; start < values.length; start += channels) {
    const vector = values.subarray(start, start + channels);
    const largest = vector.reduce((one, other) => Math.max(one, other), -Infinity);
    const powers = Array.from(vector, (value) => Math.exp(value - largest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    vector.set(powers.map((power) => power / total));
  }
}

function computeSoftmaxGradient(before, gradient, channels) {
  const shares = before.slice();
  softmax(shares, channels);
  const result = new Float32Array(before.length);
  for (let start = 0; start < before.length; start += channels) {
    let mean = 0;
    for (let i = start; i < start + channels; i++) {
      mean += shares[i] * gradient[i];
    }
    for (let i = start; i < start + channels; i++) {
      result[i] = shares[i] * (gradient[i] - mean);
    }
  }
  return result;
}

/**
 * Compute the complementary error function with an error below 1.2e-7 of the result.
 * Source: W. H. Press et al., "Numerical Recipes in Fortran 77", 1992, section 6.2, `erfcc`.
 */
function complementaryError(x) {
  const t = 1 / (1 + Math.abs(x) / 2);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ];
  const polynomial = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const result = t * Math.exp(-x * x + polynomial);
  return x >= 0 ? result : 2 - result;
}
