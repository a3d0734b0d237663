/* A group of buttons of which one is chosen, such as the checkpoints. The arrow keys choose, as the ARIA pattern "radio group" says. */

import { html, useRef } from "../vendor/preact.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** @param {object} properties {label, options: [{value, text, label?}], value, onChoose, kind?}: `kind` is a CSS class. */
export function Choice({ label, options, value, onChoose, kind = "choice" }) {
  const group = useRef();
  const chosen = Math.max(0, options.findIndex((option) => option.value === value));
  const move = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (chosen + step + options.length) % options.length;
    onChoose(options[next].value);
    group.current.children[next].focus();
  };
  return html`
    <div class=${kind} role="radiogroup" aria-label=${label} ref=${group} onKeyDown=${move}>
      ${options.map(
        (option, place) => html`
          <button key=${option.value} type="button" role="radio" aria-checked=${option.value === value} aria-label=${option.label}
            tabindex=${place === chosen ? 0 : -1} onClick=${() => onChoose(option.value)}>${option.text}</button>`,
      )}
    </div>`;
}
