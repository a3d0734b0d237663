/*
 * The requests of the page to the server of `cnnlab lab`.
 *
 * Each method returns a promise. A request that fails rejects with an Error whose message is the text of the server, or a
 * text in the language of the page where no server gave one.
 */

import { decodeBase64 } from "./base64.js";
import { buildWords } from "./words/words.js";

export class LabApi {
  /** Read JSON from an address of the server. */
  async get(path) {
    return (await this.request(path)).json();
  }

  /** Send a value as JSON, or a Blob as it is; returns the JSON of the answer. */
  async post(path, body = {}, method = "POST") {
    const isBlob = body instanceof Blob;
    const headers = { "Content-Type": isBlob ? "application/octet-stream" : "application/json" };
    const response = await this.request(path, { method, headers, body: isBlob ? body : JSON.stringify(body) });
    return response.json();
  }

  async request(path, options) {
    const response = await fetch(path, options).catch(() => {
      throw new Error(writeText("no_answer"));
    });
    if (response.ok) return response;
    const { error } = await response.json().catch(() => ({}));
    throw new Error(error ?? writeText("strange_answer", { status: `${response.status} ${response.statusText}` }));
  }

  /** List the runs, newest first: {folder, runs: [{name, kind, status, …}]}. */
  listRuns() {
    return this.get("/api/runs");
  }

  /** Read the description of a trained network, network.json. */
  readNetwork(run) {
    return this.get(`/api/runs/${encodeName(run)}/network`);
  }

  /** Read the weights of a member (0 for a single run) at a checkpoint, as an ArrayBuffer. */
  async readWeights(run, member, checkpoint) {
    const response = await this.request(`/api/runs/${encodeName(run)}/weights/${member}/${checkpoint}`);
    return response.arrayBuffer();
  }

  /**
   * Read images of the data set of a run.
   *
   * @param {object} query {split, index}, {truth, prediction} or {random, seed}.
   * @returns {Promise<{images: object[], count: number}>} each image has `pixels`, a Uint8Array.
   */
  async readImages(run, query) {
    const answer = await this.get(`/api/runs/${encodeName(run)}/images?${new URLSearchParams(query)}`);
    return { ...answer, images: answer.images.map(decodePixels) };
  }

  /** Prepare a picture file as `cnnlab predict` does: [{pixels, shape, notes}], one for each digit in it. */
  async preparePicture(run, file) {
    const { parts } = await this.post(`/api/runs/${encodeName(run)}/prepare`, file);
    return parts.map(decodePixels);
  }

  /** Call `listener(type, data)` for each event of the server. Returns a function that ends this. */
  listen(listener) {
    const source = new EventSource("/api/events");
    source.onmessage = (event) => listener("message", JSON.parse(event.data));
    source.addEventListener("list", () => listener("list", null));
    return () => source.close();
  }
}

/** Write the name of a run into an address. The slashes in the name stay slashes. */
export function encodeName(name) {
  return name.split("/").map(encodeURIComponent).join("/");
}

function decodePixels(image) {
  return { ...image, pixels: new Uint8Array(decodeBase64(image.pixels)) };
}

/** A text in the language that the page has at this moment. */
function writeText(key, values) {
  return buildWords(document.documentElement.lang)(key, values);
}
