/*
 * What LabApi reads from the server, read from an exported file. The file has each text in an element of its own.
 *
 * Picture files are prepared in the browser, and not on a server. This preparation expects a drawing: it finds no sheet of
 * paper in a photo, and removes no shadows and no printed lines, so the page says so.
 */

import { decodeBase64 } from "./base64.js";
import { prepareDrawing } from "./preparation/preparation.js";

const LONGEST_SIDE = 800; // pixels; a larger picture is made smaller before its preparation
// What `predict` does with a photo and this page does not, by the preparation of the network; see preparation_notes.js.
const LIMITS = { digits: ["read the picture as a drawing"], ground: ["expected a plain background"], fit: [] };

export class LessonApi {
  constructor() {
    /** Whether the test images are here already, and show without a request. */
    this.hasImages = true;
  }

  async listRuns() {
    const { name } = readElement("network");
    return { folder: "", runs: [{ name, kind: "run", status: "finished", accuracy: null }] };
  }

  async readNetwork() {
    return readElement("network");
  }

  /** The weights of a member at a checkpoint, as an ArrayBuffer of float32. */
  async readWeights(run, member, checkpoint) {
    const { form, data, arrays } = readElement(`weights-${member}-${checkpoint}`);
    const bytes = await decompress(decodeBase64(data));
    return form === "float32" ? joinBytes(bytes) : scaleLevels(bytes, arrays);
  }

  /** All test images of the file: {images: [{index, truth, pixels}], count}. */
  async readImages() {
    const images = readElement("images").map((image) => ({ ...image, pixels: new Uint8Array(decodeBase64(image.pixels)) }));
    return { images, count: images.length };
  }

  /** Prepare a picture file as a drawing is prepared: [{pixels, notes}]. The last note says it, unless the picture is only resized. */
  async preparePicture(run, file, input) {
    const picture = await createImageBitmap(file);
    const share = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * share)));
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context.fillStyle = "#ffffff"; // transparent pixels become white, as `predict` reads them
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, width, height);
    const { images, notes } = prepareDrawing(context.getImageData(0, 0, width, height).data, height, width, input);
    return images.map((pixels) => ({ pixels, notes: [...notes, ...LIMITS[input.preparation]] }));
  }
}

function readElement(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

/** Decompress bytes that zlib compressed. */
async function decompress(buffer) {
  const stream = new Blob([buffer]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Put the four bytes of each float32 together: the bytes come grouped by their place in the number. */
function joinBytes(bytes) {
  const joined = new Uint8Array(bytes.length);
  const count = bytes.length / 4;
  for (let place = 0; place < 4; place += 1) {
    for (let number = 0; number < count; number += 1) joined[4 * number + place] = bytes[place * count + number];
  }
  return joined.buffer;
}

/** Compute weights from their levels: each array is [offset, length, value of level 0, value of a step]. */
function scaleLevels(levels, arrays) {
  const weights = new Float32Array(levels.length);
  for (const [offset, length, low, step] of arrays) {
    for (let place = offset; place < offset + length; place += 1) weights[place] = low + step * levels[place];
  }
  return weights.buffer;
}
