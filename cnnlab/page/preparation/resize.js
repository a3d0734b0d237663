// Resize pictures as Pillow does, with the same rounding: `cnnlab predict` prepares pictures with
// Pillow. Also Pillow's reduction by a whole factor, and its conversion to gray.

/**
 * @typedef {{height: number, width: number, pixels: Uint8Array}} Picture RGB, three bytes a pixel
 * @typedef {{height: number, width: number, values: Float32Array}} FloatImage
 */

const WEIGHT_BITS = 22; // fixed-point digits of Pillow's weights for pictures of bytes: 32 - 8 - 2

/** Keys's cubic convolution with a = -0.5, which Pillow calls BICUBIC. */
export const BICUBIC = {
  support: 2,
  weigh(distance) {
    const x = Math.abs(distance);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
  },
};

/** The triangle filter, which Pillow calls BILINEAR. */
export const BILINEAR = {
  support: 1,
  weigh: (distance) => Math.max(1 - Math.abs(distance), 0),
};

/**
 * Compute the weights with which one side of a picture is resized.
 *
 * @returns {{starts: Int32Array, counts: Int32Array, weights: Float64Array, most: number}} for each
 *   new pixel the first old pixel, the number of old pixels, and `most` places for their weights
 */
function computeWeights(oldSize, newSize, filter) {
  const scale = oldSize / newSize;
  const stretch = Math.max(scale, 1);
  const support = filter.support * stretch;
  const most = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(newSize);
  const counts = new Int32Array(newSize);
  const weights = new Float64Array(newSize * most);
  for (let place = 0; place < newSize; place++) {
    const centre = (place + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const count = Math.min(Math.trunc(centre + support + 0.5), oldSize) - start;
    let sum = 0;
    for (let step = 0; step < count; step++) {
      const weight = filter.weigh((step + start - centre + 0.5) * (1 / stretch));
      weights[place * most + step] = weight;
      sum += weight;
    }
    for (let step = 0; step < count; step++) weights[place * most + step] /= sum;
    starts[place] = start;
    counts[place] = count;
  }
  return { starts, counts, weights, most };
}

/** Convert weights to Pillow's whole numbers: the weight 1 is 2 to the power of 22. */
function toFixedPoint(sides) {
  const weights = sides.weights.map((weight) => {
    const scaled = weight * 2 ** WEIGHT_BITS;
    return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  });
  return { ...sides, weights };
}

// The arithmetic of the two kinds of images: a sum of products begins with `first`.
const FLOATS = {
  channels: 1,
  makeArray: (length) => new Float32Array(length),
  convertWeights: (sides) => sides,
  first: 0,
  finish: (sum) => sum,
};
const BYTES = {
  channels: 3,
  makeArray: (length) => new Uint8ClampedArray(length),
  convertWeights: toFixedPoint,
  first: 2 ** (WEIGHT_BITS - 1), // a half, so that the shift rounds
  finish: (sum) => sum >> WEIGHT_BITS,
};

/**
 * Resize one side of an array, which has `outer` blocks of `oldSize` lines of `inner` values.
 *
 * @returns an array with `outer` blocks of `newSize` lines of `inner` values
 */
function resizeSide(source, [outer, oldSize, newSize, inner], filter, arithmetic) {
  const { first, finish } = arithmetic;
  const sides = arithmetic.convertWeights(computeWeights(oldSize, newSize, filter));
  const { starts, counts, weights, most } = sides;
  const target = arithmetic.makeArray(outer * newSize * inner);
  for (let line = 0, to = 0; line < outer * newSize; line++) {
    const place = line % newSize;
    const from = (((line - place) / newSize) * oldSize + starts[place]) * inner;
    for (let lane = 0; lane < inner; lane++, to++) {
      let sum = first;
      for (let step = 0, at = from + lane; step < counts[place]; step++, at += inner) {
        sum += source[at] * weights[place * most + step];
      }
      target[to] = finish(sum);
    }
  }
  return target;
}

/**
 * Resize both sides of an image; a side of the right size stays as it is.
 *
 * The width is first, except for tall images that become much lower, as in Pillow 13. The order
 * matters for pictures, since the result of the first step is rounded and clipped to bytes.
 */
function resizeBoth(source, size, height, width, filter, arithmetic) {
  const { channels } = arithmetic;
  const resizeWidth = (values, rows) =>
    width === size.width
      ? values
      : resizeSide(values, [rows, size.width, width, channels], filter, arithmetic);
  const resizeHeight = (values, columns) =>
    height === size.height
      ? values
      : resizeSide(values, [1, size.height, height, columns * channels], filter, arithmetic);
  const isHeightFirst = height < size.height && size.height - height > 2 * (size.width - width);
  if (isHeightFirst) return resizeWidth(resizeHeight(source, size.width), height);
  return resizeHeight(resizeWidth(source, size.height), width);
}

/**
 * Resize an image of single-precision numbers, as Pillow resizes its mode F.
 *
 * @param {FloatImage} image
 * @returns {FloatImage}
 */
export function resizeFloats(image, height, width, filter) {
  const values = resizeBoth(image.values, image, height, width, filter, FLOATS);
  return { height, width, values };
}

/**
 * Resize a picture, as Pillow resizes its mode RGB.
 *
 * @param {Picture} picture
 * @returns {Picture}
 */
export function resizePicture(picture, height, width, filter) {
  const pixels = resizeBoth(picture.pixels, picture, height, width, filter, BYTES);
  return { height, width, pixels: new Uint8Array(pixels) };
}

/**
 * Make a picture smaller by a whole factor, so that no side has more than `longest` pixels.
 *
 * Each new pixel is the mean of a square of old pixels, which is cut off at the edges.
 *
 * @param {Picture} picture
 * @returns {Picture}
 */
export function reducePicture(picture, longest) {
  const factor = Math.ceil(Math.max(picture.height, picture.width) / longest);
  if (factor <= 1) return picture;
  const height = Math.ceil(picture.height / factor);
  const width = Math.ceil(picture.width / factor);
  const pixels = new Uint8Array(height * width * 3);
  for (let row = 0, target = 0; row < height; row++) {
    for (let column = 0; column < width; column++, target += 3) {
      averageBlock(picture, row * factor, column * factor, factor, pixels, target);
    }
  }
  return { height, width, pixels };
}

/**
 * Write the mean of a square of pixels, with the multiplication by which Pillow divides.
 *
 * @param {Uint8Array} target gets three bytes, from `place` on
 */
export function averageBlock({ height, width, pixels }, top, left, factor, target, place) {
  const bottom = Math.min(top + factor, height);
  const right = Math.min(left + factor, width);
  const count = (bottom - top) * (right - left);
  let [red, green, blue] = [0, 0, 0];
  for (let row = top; row < bottom; row++) {
    for (let at = (row * width + left) * 3; at < (row * width + right) * 3; at += 3) {
      red += pixels[at];
      green += pixels[at + 1];
      blue += pixels[at + 2];
    }
  }
  const half = Math.floor(count / 2);
  const multiplier = Math.floor(2 ** 24 / count);
  target[place] = Math.floor(((red + half) * multiplier) / 2 ** 24);
  target[place + 1] = Math.floor(((green + half) * multiplier) / 2 ** 24);
  target[place + 2] = Math.floor(((blue + half) * multiplier) / 2 ** 24);
}

/**
 * Compute the lightness of each pixel, as Pillow converts RGB to its mode L.
 *
 * @param {Picture} picture
 * @returns {Uint8Array} height * width
 */
export function convertToGray({ pixels }) {
  const gray = new Uint8Array(pixels.length / 3);
  for (let place = 0, at = 0; place < gray.length; place++, at += 3) {
    // ITU-R 601-2: 0.299, 0.587 and 0.114, as shares of 65,536
    const sum = pixels[at] * 19595 + pixels[at + 1] * 38470 + pixels[at + 2] * 7471;
    gray[place] = (sum + 0x8000) >> 16;
  }
  return gray;
}
