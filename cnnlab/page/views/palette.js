/*
 * Colours of numbers: blue above zero, orange below zero, and the colour of the page for zero.
 *
 * A table holds the colour of each of 511 levels, from -1 to 1, as one 32-bit number, so that painting a map is one look-up
 * for each pixel.
 */

const LEVELS = 255;
const MIDDLE = 0.35; // the share of the largest number that has the middle colour: small numbers stay visible
const STOPS = {
  light: { zero: [238, 241, 244], positive: [[121, 168, 214], [8, 64, 129]], negative: [[235, 170, 112], [138, 59, 0]] },
  dark: { zero: [34, 41, 51], positive: [[58, 117, 176], [178, 217, 255]], negative: [[166, 92, 33], [255, 205, 158]] },
};
const tables = new Map();

/** The table of a theme: Uint32Array(511), whose middle is the colour of 0. */
export function getColours(theme) {
  if (!tables.has(theme)) tables.set(theme, buildColours(STOPS[theme]));
  return tables.get(theme);
}

/** The colour of `value` where `largest` has the strongest colour. */
export function findColour(colours, value, largest) {
  const level = largest > 0 ? Math.round((value / largest) * LEVELS) : 0;
  return colours[LEVELS + Math.max(-LEVELS, Math.min(LEVELS, level || 0))]; // `|| 0`: NaN
}

/** The same colour as a CSS text, and a colour of text that one can read on it. */
export function describeColour(colours, value, largest) {
  const number = findColour(colours, value, largest);
  const [red, green, blue] = [number & 255, (number >> 8) & 255, (number >> 16) & 255];
  const luminance = [red, green, blue].map(toLinear);
  const light = 0.2126 * luminance[0] + 0.7152 * luminance[1] + 0.0722 * luminance[2]; // WCAG 2: relative luminance
  return { background: `rgb(${red} ${green} ${blue})`, color: light > 0.179 ? "#000000" : "#ffffff" };
}

function toLinear(byte) {
  const share = byte / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function buildColours({ zero, positive, negative }) {
  const colours = new Uint32Array(2 * LEVELS + 1);
  for (let level = -LEVELS; level <= LEVELS; level += 1) {
    const [middle, end] = level < 0 ? negative : positive;
    const share = Math.abs(level) / LEVELS;
    const colour = share < MIDDLE ? mix(zero, middle, share / MIDDLE) : mix(middle, end, (share - MIDDLE) / (1 - MIDDLE));
    colours[LEVELS + level] = packColour(...colour);
  }
  return colours;
}

function mix(first, second, share) {
  return first.map((value, place) => Math.round(value + (second[place] - value) * share));
}

/** Pack a colour in the order of bytes of ImageData, on the little-endian machines that browsers run on. */
export function packColour(red, green, blue) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
