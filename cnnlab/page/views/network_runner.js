/*
 * Run a network on an image: in the page while this is quick, so that each frame shows its own answer, and in a Web Worker if
 * it is slow, so that drawing never waits.
 */

import { Network } from "../network/network.js";
import { NetworkWorker } from "../network/network_worker.js";

const SLOW = 25; // milliseconds for a run: with more, the page would show fewer than 30 frames a second
const COUNT = 5; // the quickest of so many runs counts, since the first runs wait for the compiler

export class NetworkRunner {
  /** @param {object} description network.json */
  constructor(description) {
    this.network = new Network(description);
    this.bytes = new Map(); // "member/checkpoint" -> ArrayBuffer
    this.weights = new Map(); // "member/checkpoint" -> weights of `network`
    this.times = []; // milliseconds of the last runs
    this.worker = null;
    this.numbers = new Map(); // "member/checkpoint" -> the promise of the worker's number of these weights
  }

  /** Keep the weights of a member at a checkpoint. */
  addWeights(key, bytes) {
    this.bytes.set(key, bytes);
    this.weights.set(key, this.network.readWeights(bytes));
  }

  /**
   * Run the network once for each key and each set of disabled maps.
   *
   * @param {string[]} keys of weights.
   * @param {Uint8Array} pixels
   * @param {Set<string>[]} switches sets of disabled maps.
   * @returns {Result[][]|Promise<Result[][]>} for each set, the result of each key; a promise while a worker runs the network.
   */
  run(keys, pixels, switches) {
    if (this.worker) return this.runInWorker(keys, pixels, switches);
    return switches.map((disabled) => keys.map((key) => this.runHere(key, pixels, disabled)));
  }

  runHere(key, pixels, disabled) {
    const start = performance.now();
    const result = this.network.run(this.weights.get(key), pixels, { disabled });
    this.times = [...this.times.slice(1 - COUNT), performance.now() - start];
    if (this.times.length === COUNT && Math.min(...this.times) > SLOW) this.startWorker();
    return result;
  }

  async runInWorker(keys, pixels, switches) {
    const all = [];
    for (const disabled of switches) {
      const results = [];
      for (const key of keys) {
        if (!this.numbers.has(key)) this.numbers.set(key, this.worker.readWeights(this.bytes.get(key)));
        results.push(await this.worker.run(await this.numbers.get(key), pixels, { disabled }));
      }
      all.push(results);
    }
    return all;
  }

  startWorker() {
    this.times = [];
    try {
      this.worker = new NetworkWorker(this.network.description);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // an exported file has no address of the worker's module
    }
  }

  close() {
    this.worker?.close();
  }
}
