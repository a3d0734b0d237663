// Measure the page's engine; benchmarks/page_network.py starts it and says what its arguments are.
import { readFileSync } from "node:fs";

const folder = new URL("../cnnlab/page/network/", import.meta.url);
const { Network } = await import(new URL("network.js", folder));
const { gradCam } = await import(new URL("gradients.js", folder));

const [descriptionPath, weightsPath, imagesPath, times] = process.argv.slice(2);
const network = new Network(JSON.parse(readFileSync(descriptionPath, "utf8")));
const weights = network.readWeights(new Uint8Array(readFileSync(weightsPath)).buffer);
const images = new Uint8Array(readFileSync(imagesPath));
const size = network.description.nodes[0].shape.reduce((product, side) => product * side, 1);
const count = images.length / size;

/** The milliseconds of each call of `work`, sorted, after as many calls that do not count. */
function measure(work) {
  const taken = [];
  for (let n = -times; n < times; n++) {
    const started = performance.now();
    work(n + Number(times));
    if (n >= 0) {
      taken.push(performance.now() - started);
    }
  }
  return taken.sort((one, other) => one - other);
}

const readImage = (n) => images.subarray((n % count) * size, ((n % count) + 1) * size);
const runs = measure((n) => network.run(weights, readImage(n)));
const result = network.run(weights, readImage(0));
const cams = measure((n) => gradCam(network, weights, result, n % network.description.classes.length));
process.stdout.write(JSON.stringify({ run: runs, gradCam: cams }));
