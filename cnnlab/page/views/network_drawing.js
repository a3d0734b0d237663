/*
 * The drawing of a network, an SVG from the server. The page has the styles of its classes itself: the
 * Content-Security-Policy forbids the <style> element with which the SVG is complete as a file.
 */

import { html, useEffect, useRef } from "../vendor/preact.js";

/** @param {object} properties `svg`: text that cnnlab wrote, with all names escaped. */
export function NetworkDrawing({ svg, label }) {
  const place = useRef(null);
  useEffect(() => {
    place.current.innerHTML = svg.replace(/<style>[^]*?<\/style>/, "");
  }, [svg]);
  return html`<div class="network-drawing scroll" role="region" tabindex="0" aria-label=${label} ref=${place}></div>`;
}
