/* The number that Look explains: its layer, its row and column, and its channel. */

/**
 * Complete a choice, and keep it inside the layer.
 *
 * @param {object[]} nodes of network.json.
 * @param {object|null} focus {node, row?, column?, channel?, input?}; null chooses the first layer with weights.
 * @returns {{node, row, column, channel, input}}: without a row and a column, the middle of the map. `input` is the chosen
 *   channel of the layer before; null stands for the one that counts most.
 */
export function completeFocus(nodes, focus) {
  const node = nodes[focus?.node] ?? nodes.find((one) => one.parameters > 0) ?? nodes.at(-1);
  const [height, width, channels] = node.shape.length === 3 ? node.shape : [1, 1, node.shape.reduce((a, b) => a * b)];
  return {
    node: node.id,
    row: clamp(focus?.row ?? Math.floor(height / 2), height),
    column: clamp(focus?.column ?? Math.floor(width / 2), width),
    channel: clamp(focus?.channel ?? 0, channels),
    input: focus?.input ?? null,
  };
}

function clamp(value, length) {
  return Math.max(0, Math.min(length - 1, value));
}
