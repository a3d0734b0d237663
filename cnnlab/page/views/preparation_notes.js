/* What the preparation of a drawing or a picture file changed, in the language of the page. The notes are those of `predict`. */

import { html } from "../vendor/preact.js";
import { markCode } from "./code_text.js";

const KEYS = {
  "turned the light background into a dark one": "note_dark_ground",
  "turned the dark background into a light one": "note_light_ground",
  "gave the background the brightness of the training images": "note_ground",
  "found no plain background as in the training images, and kept the whole picture": "note_no_ground",
  "cut the object out, and gave it the usual size and position": "note_object",
  "cut the sheet of paper out": "note_sheet",
  "removed the printed lines": "note_lines",
  "no digit found: nothing stands out from the background": "note_no_digit",
  "read the picture as a drawing": "note_as_drawing", // see LessonApi
  "expected a plain background": "note_plain_ground",
};

/** @param {object} properties {notes, words} */
export function PreparationNotes({ notes, words }) {
  if (notes.length === 0) return null;
  return html`<ul class="notes faint small">${notes.map((note) => html`<li key=${note}>${markCode(describeNote(note, words))}</li>`)}</ul>`;
}

/** Write a note as a sentence; a note that the page does not know stays as it is. */
export function describeNote(note, words) {
  return note in KEYS ? words(KEYS[note]) : note;
}
