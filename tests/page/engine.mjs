// Runs networks with the page's engine: reads one request in JSON per line, and answers each with a line.
import { createInterface } from "node:readline";

const folder = new URL("../../cnnlab/page/network/", import.meta.url);
const { Network } = await import(new URL("network.js", folder));
const { gradCam } = await import(new URL("gradients.js", folder));

const toBytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const toText = (floats) => Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString("base64");

/** The largest difference between what explanations of some pixels add up to and the map. */
function checkExplanations(network, weights, result, count) {
  let worst = 0;
  for (const node of network.nodes) {
    const map = result.maps[node.id];
    const before = node.id === 0 ? map : network.computeBefore(weights, result, node.id);
    const scale = Math.max(1, before.reduce((one, other) => Math.max(one, Math.abs(other)), 0));
    const [channels] = node.shape.slice(-1);
    const columns = node.shape.length === 3 ? node.shape[1] : 1;
    for (let n = 0; n < count; n++) {
      const place = (n * 7919) % map.length;
      const pixel = Math.floor(place / channels);
      const found = network.explainPixel(
        weights, result, node.id, Math.floor(pixel / columns), pixel % columns, place % channels,
      );
      const sum = found.operation === "sum" ? found.terms.reduce((total, { product }) => total + product, 0) : found.sum;
      for (const [one, other] of [[found.after, map[place]], [found.before, before[place]], [sum, found.sum]]) {
        worst = Math.max(worst, Math.abs(one - other) / scale);
      }
    }
  }
  return worst;
}

function answer({ description, weights, pixels, disabled, labels, explained, pixel }) {
  const network = new Network(description);
  const arrays = network.readWeights(toBytes(weights).slice().buffer);
  const result = network.run(arrays, toBytes(pixels), { disabled: new Set(disabled) });
  const maps = labels.map((label) => gradCam(network, arrays, result, label));
  return {
    maps: result.maps.map(toText),
    probabilities: toText(result.probabilities),
    gradCam: maps.map((map) => map && { ...map, values: toText(map.values), channelWeights: toText(map.channelWeights) }),
    explained: checkExplanations(network, arrays, result, explained),
    pixel: pixel && network.explainPixel(arrays, result, ...pixel),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = answer(JSON.parse(line));
  } catch (error) {
    reply = { error: error.stack };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
