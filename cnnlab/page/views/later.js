/* Load the code of a view when a person opens the view for the first time, so that the page opens quickly. */

import { html, useEffect, useState } from "../vendor/preact.js";
import { markCode } from "./code_text.js";

/**
 * Build a component that loads the real component, and shows it with the same properties.
 *
 * @param {() => Promise<Function>} load gives the real component.
 */
export function loadLater(load) {
  let loaded = null;
  return function LaterView(properties) {
    const [View, setView] = useState(() => loaded);
    const [hasFailed, setHasFailed] = useState(false);
    useEffect(() => {
      if (View) return;
      load().then(
        (component) => {
          loaded = component;
          setView(() => component);
        },
        () => setHasFailed(true),
      );
    }, []);
    if (hasFailed) return html`<p class="fault" role="alert">${markCode(properties.words("no_answer"))}</p>`;
    return View ? html`<${View} ...${properties} />` : html`<p class="faint">${properties.words("loading")}</p>`;
  };
}
