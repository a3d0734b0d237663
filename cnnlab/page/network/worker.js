/**
 * A Web Worker that runs networks, so that drawing never waits for a large one.
 *
 * `network_worker.js` is its client. Each message has an id, a type and arguments; the answer has the
 * same id, and `answer` or `error`. The worker keeps the last result of each set of weights, which
 * `explainPixel` and `gradCam` read.
 */

import { gradCam } from "./gradients.js";
import { Network } from "./network.js";

let network = null;
const weightSets = [];
const results = [];

const ANSWERS = {
  describe({ description }) {
    network = new Network(description);
  },
  readWeights({ buffer }) {
    return weightSets.push(network.readWeights(buffer)) - 1;
  },
  run({ weights, pixels, disabled }) {
    results[weights] = network.run(weightSets[weights], pixels, { disabled });
    return results[weights];
  },
  explainPixel({ weights, pixel }) {
    return network.explainPixel(weightSets[weights], results[weights], ...pixel);
  },
  gradCam({ weights, classIndex }) {
    return gradCam(network, weightSets[weights], results[weights], classIndex);
  },
};

self.onmessage = ({ data: { id, type, ...values } }) => {
  try {
    self.postMessage({ id, answer: ANSWERS[type](values) });
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
};
