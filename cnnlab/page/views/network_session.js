/*
 * The session: the network, its weights, and the image that it reads. Draw and Look share one session.
 *
 * Each change of the drawing, the checkpoint or the disabled maps asks for an answer. The session computes at most one
 * answer in each frame of the screen, and always from the newest drawing.
 */

import { gradCam } from "../network/gradients.js";
import { PreparationError, prepareDrawing } from "../preparation/preparation.js";
import { Store } from "../store.js";
import { completeFocus } from "./focus.js";
import { NetworkRunner } from "./network_runner.js";
import { Strokes } from "./strokes.js";

// `isForeign`: the image is not from the drawing, but from the test set or a picture file.
const NO_IMAGE = { pixels: null, parts: [], part: 0, truth: null, notes: [], imageFault: "", isForeign: false };

export class NetworkSession extends Store {
  /** @param {object} api LabApi or LessonApi. */
  constructor(api) {
    super({
      run: "", // the name of the run
      description: null, // network.json, as soon as it is here
      member: null, // the number of a member; null stands for the mean answer of all members
      checkpoint: "",
      disabled: new Set(), // "node:channel" of each feature map that is switched off
      heatClass: null, // the number of the class of the Grad-CAM heat map
      focus: null, // the number that Look explains: {node, row, column, channel}
      answer: null, // see buildAnswer
      fault: "",
      ...NO_IMAGE,
    });
    this.api = api;
    this.runner = null;
    this.strokes = new Strokes();
    this.lastDrawing = null; // {pixels, height, width}, for another network
    this.drawing = null; // {pixels, height, width} of the canvas, which wait for their preparation
    this.nextFocus = null; // the number that Look shall explain as soon as there is an answer
    this.frame = 0;
    this.isRunning = false; // a worker computes an answer
    this.isStale = false; // something has changed since that answer began
  }

  /** The network of the run, which explains single numbers. */
  get network() {
    return this.runner.network;
  }

  /** Open the network of a run with its trained weights. The drawing stays. */
  async open(run) {
    if (run === this.values.run && !this.values.fault) return;
    this.close();
    this.set({ run });
    await this.guard(run, async () => {
      const description = await this.api.readNetwork(run);
      if (run !== this.values.run) return;
      this.runner = new NetworkRunner(description);
      const { members } = description;
      const member = members.length > 1 ? null : 0;
      this.set({ description });
      await this.choose({ member, checkpoint: members[0].trained ?? "untrained" });
    });
  }

  /** Open the network of the run again, which has been trained further. */
  reload() {
    const { run } = this.values;
    this.close();
    if (run) this.open(run);
  }

  /** Show no network. The drawing stays. */
  close() {
    this.runner?.close();
    this.runner = null;
    this.nextFocus = null;
    this.set({ run: "", description: null, answer: null, fault: "", disabled: new Set(), focus: null, heatClass: null });
  }

  /** Use another checkpoint, or another member of an ensemble. */
  async choose({ member = this.values.member, checkpoint = this.values.checkpoint }) {
    const { run } = this.values;
    await this.guard(run, async () => {
      await Promise.all(this.listMembers(member).map((number) => this.loadWeights(number, checkpoint)));
      if (run !== this.values.run) return; // another run was opened meanwhile
      this.set({ member, checkpoint, fault: "" });
      this.prepareAgain();
    });
  }

  /** Show a fault of the server, unless another run is open by now. */
  async guard(run, load) {
    try {
      await load();
    } catch (error) {
      if (run === this.values.run) this.set({ fault: error.message });
    }
  }

  async loadWeights(member, checkpoint) {
    const { runner } = this;
    const key = `${member}/${checkpoint}`;
    if (runner.weights.has(key)) return;
    runner.addWeights(key, await this.api.readWeights(this.values.run, member, checkpoint));
  }

  listMembers(member = this.values.member) {
    return member === null ? this.values.description.members.map((_, number) => number) : [member];
  }

  /** Read a drawing, {pixels, height, width}: RGB pixels of a canvas. null stands for an empty canvas. */
  showDrawing(drawing) {
    this.drawing = drawing;
    this.lastDrawing = drawing;
    if (drawing === null) this.set(NO_IMAGE);
    this.requestAnswer();
  }

  /** Read an image that is prepared already: {pixels, truth?, notes?}, such as an image of the test set. */
  showImage(image) {
    this.showParts([image]);
  }

  /** Read the images of a picture file, of which the first is shown. */
  showParts(parts) {
    this.drawing = null;
    this.lastDrawing = null;
    this.strokes.clear();
    const [{ pixels, truth = null, notes = [] }] = parts;
    this.set({ ...NO_IMAGE, pixels, parts, truth, notes, isForeign: true });
    this.requestAnswer();
  }

  /** Show another image of a picture file, or another digit of a drawing. */
  choosePart(part) {
    this.set({ part, pixels: this.values.parts[part].pixels });
    this.requestAnswer();
  }

  /** Prepare the drawing for another network, which may read images of another size. */
  prepareAgain() {
    const [height, width, channels] = this.values.description.input.shape;
    const { pixels } = this.values;
    if (pixels && pixels.length !== height * width * channels) this.set(NO_IMAGE);
    this.drawing ??= this.lastDrawing;
    this.requestAnswer();
  }

  /** Switch a feature map off, or on again. */
  toggleChannel(node, channel) {
    const disabled = new Set(this.values.disabled);
    const key = `${node}:${channel}`;
    if (!disabled.delete(key)) disabled.add(key);
    this.set({ disabled });
    this.requestAnswer();
  }

  enableAll() {
    this.set({ disabled: new Set() });
    this.requestAnswer();
  }

  /** Show where the network looks for a class; null hides the heat map. */
  showHeat(heatClass) {
    this.set({ heatClass });
    this.requestAnswer();
  }

  /** Choose the number that Look explains; see completeFocus. */
  look(focus) {
    const { description, answer } = this.values;
    this.nextFocus = answer ? null : focus;
    if (answer) this.set({ focus: completeFocus(description.nodes, focus, answer.maps) });
  }

  requestAnswer() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.answerNow());
  }

  answerNow() {
    this.frame = 0;
    if (!this.values.description || !this.listKeys().every((key) => this.runner.weights.has(key))) return;
    this.isStale = this.isRunning;
    if (this.isRunning) return;
    if (this.drawing) this.set(this.prepare(this.drawing));
    this.drawing = null;
    const { pixels, truth, disabled, description } = this.values;
    const input = pixels ?? new Uint8Array(description.input.shape.reduce((a, b) => a * b));
    const switches = disabled.size ? [disabled, new Set()] : [disabled];
    const results = this.runner.run(this.listKeys(), input, switches);
    const image = { isEmpty: pixels === null, truth };
    if (results instanceof Promise) this.waitForAnswer(results, image);
    else this.set({ answer: this.buildAnswer(results, image) });
  }

  async waitForAnswer(promise, image) {
    const { runner } = this; // another network may be open when the worker answers
    this.isRunning = true;
    try {
      const results = await promise;
      if (runner === this.runner) this.set({ answer: this.buildAnswer(results, image) });
    } catch (error) {
      if (runner === this.runner) this.set({ fault: error.message });
    }
    this.isRunning = false;
    if (this.isStale) this.requestAnswer();
  }

  /** The keys of the weights that answer: one, or those of all members. */
  listKeys() {
    return this.listMembers().map((number) => `${number}/${this.values.checkpoint}`);
  }

  prepare(drawing) {
    try {
      const { images, notes } = prepareDrawing(drawing.pixels, drawing.height, drawing.width, this.values.description.input);
      const parts = images.map((pixels) => ({ pixels }));
      return { ...NO_IMAGE, pixels: images[0], parts, notes };
    } catch (error) {
      if (!(error instanceof PreparationError)) throw error;
      return { ...NO_IMAGE, imageFault: error.message };
    }
  }

  /**
   * Build the answer from the results of the members. Without an image, the network read zeros, and there is no answer in words.
   *
   * @param {{isEmpty, truth}} image What the network read: no image at all, or one whose class is known (`truth`) or not (null).
   * @returns {{maps, probabilities, result, weights, isEmpty, truth, undisturbed, heat}} `maps` are those of the chosen member, or
   *   of the first one, as NetworkChoice says; `probabilities` are a mean if all members answer; `undisturbed` are the probabilities with no map
   *   switched off, or null; `heat` is the Grad-CAM heat map, or null.
   */
  buildAnswer([results, undisturbed = null], image) {
    const { heatClass } = this.values;
    const [result] = results;
    const weights = this.runner.weights.get(this.listKeys()[0]);
    return {
      result,
      weights,
      maps: result.maps,
      ...image,
      probabilities: averageProbabilities(results),
      undisturbed: undisturbed && averageProbabilities(undisturbed),
      heat: heatClass === null ? null : gradCam(this.network, weights, result, heatClass),
    };
  }
}

/** The mean probabilities of several results. */
function averageProbabilities(results) {
  if (results.length === 1) return results[0].probabilities;
  const mean = new Float32Array(results[0].probabilities.length);
  for (const { probabilities } of results) {
    for (let index = 0; index < mean.length; index += 1) mean[index] += probabilities[index] / results.length;
  }
  return mean;
}
