/* Texts with code in them: what stands between two backticks is shown as code, as in the terminal and the documents. */

import { html } from "../vendor/preact.js";

/** Turn "type `cnnlab train`" into texts and <code> elements. */
export function markCode(text) {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return text; // a backtick without its other half
  return parts.map((part, place) => (place % 2 === 1 ? html`<code>${part}</code>` : part));
}
