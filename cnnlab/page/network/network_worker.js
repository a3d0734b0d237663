/**
 * The client of worker.js: a network that runs in a Web Worker. Its methods are those of `Network`, but
 * return promises. While one image is computed, only the newest of the others waits: the latest wins.
 */

export class NetworkWorker {
  /**
   * @param {Object} description the content of network.json
   * @param {Worker} worker a worker that runs worker.js
   */
  constructor(description, worker = startWorker()) {
    this.worker = worker;
    this.requests = new Map();
    this.lastId = 0;
    this.isRunning = false;
    this.waitingRun = null;
    this.failure = null;
    worker.onmessage = ({ data }) => this.settle(data);
    worker.onerror = (event) => this.fail(new Error(event.message ?? "the worker cannot start"));
    /** Fulfilled when the worker knows the network; rejected if it cannot compute one of its layers. */
    this.ready = this.ask("describe", { description });
  }

  /** Give weights to the worker. @returns {Promise<number>} the number of these weights, for `run` */
  readWeights(buffer) {
    return this.ask("readWeights", { buffer });
  }

  /**
   * Run the network on an image.
   * @param {number} weights the number that `readWeights` returned
   * @returns {Promise<import("./network.js").Result|null>} null if a newer image took its place
   */
  run(weights, pixels, { disabled = new Set() } = {}) {
    return new Promise((resolve, reject) => {
      this.waitingRun?.resolve(null);
      this.waitingRun = { message: { weights, pixels, disabled }, resolve, reject };
      this.startNextRun();
    });
  }

  /** Explain a number of the last result with these weights; see `Network.explainPixel`. */
  explainPixel(weights, nodeId, row, column, channel) {
    return this.ask("explainPixel", { weights, pixel: [nodeId, row, column, channel] });
  }

  /** Compute Grad-CAM of the last result with these weights; see gradients.js. */
  gradCam(weights, classIndex) {
    return this.ask("gradCam", { weights, classIndex });
  }

  /** End the worker; what still waits, and every later request, is rejected. */
  close() {
    this.worker.terminate();
    this.fail(new Error("the worker was closed"));
  }

  startNextRun() {
    if (this.isRunning || this.waitingRun === null) {
      return;
    }
    const { message, resolve, reject } = this.waitingRun;
    this.waitingRun = null;
    this.isRunning = true;
    this.ask("run", message)
      .then(resolve, reject)
      .finally(() => {
        this.isRunning = false;
        this.startNextRun();
      });
  }

  ask(type, values) {
    if (this.failure !== null) {
      return Promise.reject(this.failure);
    }
    const id = (this.lastId += 1);
    return new Promise((resolve, reject) => {
      this.requests.set(id, { resolve, reject });
      this.worker.postMessage({ id, type, ...values });
    });
  }

  settle({ id, answer, error }) {
    const { resolve, reject } = this.requests.get(id);
    this.requests.delete(id);
    if (error === undefined) {
      resolve(answer);
    } else {
      reject(new Error(error));
    }
  }

  /** Reject what waits, and all that comes: the worker is gone. */
  fail(error) {
    this.failure = error;
    for (const { reject } of this.requests.values()) {
      reject(error);
    }
    this.requests.clear();
    this.waitingRun?.reject(error);
    this.waitingRun = null;
  }
}

function startWorker() {
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}
