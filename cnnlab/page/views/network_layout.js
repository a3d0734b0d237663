/* The places of layers in the picture of a network, and the lines between them. */

/**
 * Give each node a rank and a lane. The ranks are columns from left to right. A chain of layers keeps its lane; each further
 * branch has a lane of its own below.
 *
 * @param {object[]} nodes of network.json, each after its inputs.
 * @returns {Map<number, {rank: number, lane: number}>} by the id of the node.
 */
export function placeNodes(nodes) {
  const places = new Map();
  const continued = new Set(); // nodes whose lane goes on in a later node
  for (const { id, inputs } of nodes) {
    const before = inputs.map((input) => places.get(input));
    const rank = before.length ? 1 + Math.max(...before.map((place) => place.rank)) : 0;
    const free = inputs.filter((input) => !continued.has(input));
    const lanes = free.map((input) => places.get(input).lane);
    const lane = lanes.length ? Math.min(...lanes) : inputs.length ? openLane(places, before[0].rank) : 0;
    for (const input of inputs) continued.add(input);
    places.set(id, { rank, lane });
  }
  return places;
}

/** The first lane below all layers that stand after `rank`. */
function openLane(places, rank) {
  return 1 + Math.max(0, ...[...places.values()].filter((place) => place.rank > rank).map((place) => place.lane));
}

/**
 * List the lines between layers: {from, to, isBypass}. A bypass has layers between its ends in the same lane, so it is drawn
 * above them.
 */
export function listLines(nodes, places) {
  return nodes.flatMap(({ id, inputs }) =>
    inputs.map((input) => {
      const [from, to] = [places.get(input), places.get(id)];
      return { from: input, to: id, isBypass: to.rank - from.rank > 1 && to.lane === from.lane };
    }),
  );
}

/**
 * The SVG path of a line.
 *
 * @param {DOMRect} from the box of the first layer. @param {DOMRect} to the box of the second layer.
 * @param {number|null} above the height at which a bypass runs, or null for a line that is no bypass.
 */
export function describeLine(from, to, above) {
  const [x1, y1, x2, y2] = [from.right, (from.top + from.bottom) / 2, to.left, (to.top + to.bottom) / 2].map(Math.round);
  if (above !== null) {
    return `M${x1} ${y1}C${x1 + 16} ${y1} ${x1} ${above} ${x1 + 20} ${above}H${x2 - 20}C${x2} ${above} ${x2 - 16} ${y2} ${x2} ${y2}`;
  }
  const bend = Math.min(20, (x2 - x1) / 2); // a long line runs straight first, below the layers of other lanes
  return `M${x1} ${y1}H${x2 - 2 * bend}C${x2 - bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
