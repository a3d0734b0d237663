/* The feature maps of a layer as tiles in columns, painted into one canvas. */

import { findColour, packColour } from "./palette.js";

const MOST_TILES = 512; // of a layer with more maps, the picture shows the first ones
const SIDE_OF_TILES = [[16, 40], [64, 28], [160, 20], [Infinity, 14]]; // up to so many maps: this side, in CSS pixels
const SIDE_OF_VALUES = [[16, 22], [256, 11], [1024, 6], [Infinity, 3]]; // the same for layers without maps
const MOST_VALUES = 8192;

/**
 * Plan the tiles of a layer. All lengths are pixels of the canvas, which are CSS pixels.
 *
 * @param {number[]} shape [height, width, channels], or [units] of a layer without maps.
 * @param {number} scale 1, or more for larger tiles.
 * @param {number} columnHeight the largest height of the picture at scale 1.
 * @returns {object} {height, width, channels, zoom, skip, gap, tiles, columns, canvasWidth, canvasHeight}: each pixel of a map
 *   is a square of `zoom` pixels; of a large map, the picture shows each `skip`-th row and column.
 */
export function planTiles(shape, scale, columnHeight) {
  const isMap = shape.length === 3;
  const [height, width, channels] = isMap ? shape : [1, 1, shape.reduce((a, b) => a * b)];
  const tiles = Math.min(channels, isMap ? MOST_TILES : MOST_VALUES);
  const side = scale * (isMap ? SIDE_OF_TILES : SIDE_OF_VALUES).find(([most]) => tiles <= most)[1];
  const longest = Math.max(height, width);
  const target = channels <= 4 && isMap ? 56 * scale : side;
  const zoom = Math.max(1, Math.round(target / longest));
  const skip = Math.max(1, Math.ceil(longest / (1.5 * target)));
  const gap = zoom * Math.ceil(longest / skip) >= 10 ? Math.max(2, Math.round(2 * scale)) : tiles > 1024 ? 0 : 1;
  const tileHeight = Math.ceil(height / skip) * zoom;
  const tileWidth = Math.ceil(width / skip) * zoom;
  const mostRows = Math.max(1, Math.floor((columnHeight * scale + gap) / (tileHeight + gap)));
  const columns = Math.ceil(tiles / mostRows);
  const rows = Math.ceil(tiles / columns);
  return {
    height, width, channels, zoom, skip, gap, tiles, columns, tileHeight, tileWidth,
    canvasWidth: columns * (tileWidth + gap) - gap,
    canvasHeight: rows * (tileHeight + gap) - gap,
  };
}

/** The place of a tile: its top left corner in the canvas. Channels follow each other from left to right. */
export function placeTile(plan, channel) {
  const row = Math.floor(channel / plan.columns);
  return { x: (channel % plan.columns) * (plan.tileWidth + plan.gap), y: row * (plan.tileHeight + plan.gap) };
}

/** The number of a map under a point of the canvas: {row, column, channel}, or null in a gap. */
export function findPoint(plan, x, y) {
  const across = Math.floor(x / (plan.tileWidth + plan.gap));
  const down = Math.floor(y / (plan.tileHeight + plan.gap));
  const channel = down * plan.columns + across;
  const place = placeTile(plan, channel);
  const column = Math.floor((x - place.x) / plan.zoom) * plan.skip;
  const row = Math.floor((y - place.y) / plan.zoom) * plan.skip;
  const isInside = across >= 0 && across < plan.columns && channel < plan.tiles && row < plan.height && column < plan.width;
  return isInside ? { row, column, channel } : null;
}

/** The largest absolute value of a layer, which gets the strongest colour. */
export function findLargest(values) {
  let largest = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = Math.abs(values[index]);
    if (value > largest) largest = value;
  }
  return largest;
}

/**
 * Paint the maps of a layer.
 *
 * @param {ImageData} image of the size of the plan's canvas; the gaps keep their pixels.
 * @param {Float32Array} values channels last.
 */
export function paintTiles(image, plan, values, largest, colours) {
  const target = new Uint32Array(image.data.buffer);
  const { height, width, channels, zoom, skip, tiles, canvasWidth } = plan;
  for (let channel = 0; channel < tiles; channel += 1) {
    const place = placeTile(plan, channel);
    for (let row = 0, y = place.y; row < height; row += skip, y += zoom) {
      let start = y * canvasWidth + place.x;
      for (let column = 0; column < width; column += skip, start += zoom) {
        const colour = findColour(colours, values[(row * width + column) * channels + channel], largest);
        for (let down = 0; down < zoom; down += 1) {
          const from = start + down * canvasWidth;
          target.fill(colour, from, from + zoom);
        }
      }
    }
  }
}

/** Paint an image of uint8 values with 1 or 3 channels in its own colours: each pixel a square of `zoom` pixels. */
export function paintPixels(image, [height, width, channels], pixels, zoom) {
  const target = new Uint32Array(image.data.buffer);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const place = (row * width + column) * channels;
      const green = channels === 3 ? 1 : 0;
      const colour = packColour(pixels[place], pixels[place + green], pixels[place + 2 * green]);
      for (let down = 0; down < zoom; down += 1) {
        const from = (row * zoom + down) * width * zoom + column * zoom;
        target.fill(colour, from, from + zoom);
      }
    }
  }
}
