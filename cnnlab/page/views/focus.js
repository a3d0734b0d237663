/* The number that Look explains: its layer, its row and column, and its channel. */

/**
 * Complete a choice, and keep it inside the layer.
 *
 * @param {object[]} nodes of network.json.
 * @param {{node?, row?, column?, channel?, input?}} focus without a node, the first layer with weights; without a channel, the
 *   largest number of the layer.
 * @param {Float32Array[]} maps the maps of all nodes.
 * @returns {{node, row, column, channel, input}} `input` is the chosen channel of the layer before; null stands for the one that
 *   counts most.
 */
export function completeFocus(nodes, focus, maps) {
  const node = nodes[focus.node] ?? nodes.find((one) => one.parameters > 0) ?? nodes.at(-1);
  const [height, width, channels] = node.shape.length === 3 ? node.shape : [1, 1, node.shape.reduce((a, b) => a * b)];
  if (focus.channel === undefined) {
    const place = maps[node.id].reduce((best, value, index, values) => (value > values[best] ? index : best), 0);
    const pixel = Math.floor(place / channels);
    return { node: node.id, row: Math.floor(pixel / width), column: pixel % width, channel: place % channels, input: null };
  }
  return {
    node: node.id,
    row: clamp(focus.row, height),
    column: clamp(focus.column, width),
    channel: clamp(focus.channel, channels),
    input: focus.input ?? null,
  };
}

function clamp(value, length) {
  return Math.max(0, Math.min(length - 1, value));
}
