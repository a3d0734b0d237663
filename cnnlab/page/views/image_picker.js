/* Images in place of a drawing: some of the test set, and picture files. */

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { useStore } from "../store.js";
import { markCode } from "./code_text.js";
import { paintPixels } from "./map_tiles.js";
import { describeNote } from "./preparation_notes.js";

const COUNT = 12; // test images that show at once

export function ImagePicker({ session, api, words }) {
  const { run, description, parts, part, isForeign } = useStore(session, ["run", "description", "parts", "part", "isForeign"]);
  const [images, setImages] = useState(null); // null before a person asks for images
  const [seed, setSeed] = useState(0);
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const file = useRef();
  useEffect(() => {
    setImages(null);
    setSeed(api.hasImages ? 1 : 0);
  }, [run]);
  useEffect(() => {
    if (seed > 0) wait(async () => setImages((await api.readImages(run, { random: COUNT, seed })).images));
  }, [run, seed]);
  const wait = async (work) => {
    setFault("");
    setBusy(true);
    await work().catch((error) => setFault(error.message));
    setBusy(false);
  };
  const openFile = (picture) => wait(async () => session.showParts(await api.preparePicture(run, picture, description.input)));
  return html`
    <section class="picker" aria-label=${words("picker")}>
      <div class="row">
        ${!api.hasImages && html`
          <button type="button" disabled=${isBusy} onClick=${() => setSeed(seed + 1)}>${words(images ? "picker_more" : "picker_show")}</button>`}
        <button type="button" disabled=${isBusy} onClick=${() => file.current.click()}>${words("picker_file")}</button>
        <input ref=${file} type="file" accept="image/*" class="unseen" tabindex="-1" aria-label=${words("picker_file")}
          onChange=${(event) => event.target.files.length && openFile(event.target.files[0])} />
        ${isBusy && html`<span class="faint">${words("loading")}</span>`}
      </div>
      ${fault && html`<p class="fault small" role="alert">${markCode(describeNote(fault, words))}</p>`}
      ${parts.length > 1 && html`
        <p class="faint small">${words("picker_parts", { count: parts.length })}</p>
        <${Thumbnails} images=${parts} chosen=${part} shape=${description.input.shape} words=${words}
          onChoose=${(image, number) => session.choosePart(number)} />`}
      ${images && html`<${Thumbnails} images=${images} chosen=${isForeign ? images.findIndex((image) => image.pixels === session.values.pixels) : -1}
        shape=${description.input.shape} words=${words} onChoose=${(image) => session.showImage(image)} />`}
    </section>`;
}

function Thumbnails({ images, chosen, shape, words, onChoose }) {
  return html`
    <ul class="thumbnails">
      ${images.map((image, number) => {
        const label = image.truth === undefined ? words("picker_part", { number: number + 1 }) : words("picker_image", image);
        return html`
          <li key=${image.index ?? number}>
            <button type="button" aria-pressed=${number === chosen} aria-label=${label} title=${label} onClick=${() => onChoose(image, number)}>
              <${Thumbnail} pixels=${image.pixels} shape=${shape} />
            </button>
          </li>`;
      })}
    </ul>`;
}

/** A small picture of an image that a network reads. */
export function Thumbnail({ pixels, shape }) {
  const canvas = useRef();
  const [height, width] = shape;
  useEffect(() => {
    const image = new ImageData(width, height);
    paintPixels(image, shape, pixels, 1);
    canvas.current.getContext("2d").putImageData(image, 0, 0);
  }, [pixels]);
  return html`<canvas ref=${canvas} width=${width} height=${height} aria-hidden="true" />`;
}
