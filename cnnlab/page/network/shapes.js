/**
 * Shapes of maps, (height, width, channels), and of vectors, (units).
 */

/** Count the numbers in an array of a shape. */
export function countNumbers(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * For each number of an array of the shape `shape`, find the place of the number of a smaller array that
 * belongs to it. Where the smaller array has the side 1, all places of that axis share its numbers.
 * The smaller shape can have fewer axes; its last axis belongs to the last axis.
 * @returns {Int32Array}
 */
export function broadcastPlaces(shape, smaller) {
  const sides = [...Array(shape.length - smaller.length).fill(1), ...smaller];
  let places = Int32Array.of(0);
  shape.forEach((side, axis) => {
    const next = new Int32Array(places.length * side);
    next.forEach((_, i) => {
      next[i] = places[Math.floor(i / side)] * sides[axis] + (sides[axis] === 1 ? 0 : i % side);
    });
    places = next;
  });
  return places;
}

/** The place of a number in a map or a vector. */
export function findPlace(shape, row, column, channel) {
  return shape.length === 3 ? (row * shape[1] + column) * shape[2] + channel : channel;
}

/** The row, column and channel of a place; a vector has only row 0 and column 0. */
export function splitPlace(shape, place) {
  if (shape.length === 1) {
    return { row: 0, column: 0, channel: place };
  }
  const pixel = Math.floor(place / shape[2]);
  return { row: Math.floor(pixel / shape[1]), column: pixel % shape[1], channel: place % shape[2] };
}
