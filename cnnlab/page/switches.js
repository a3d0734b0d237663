/* The switches of the header: dark or light, large type for a projector, and the language. The browser remembers them. */

import { html } from "./vendor/preact.js";
import { LANGUAGES } from "./words/words.js";

const KEY = "cnnlab";

/** Read the choices from the last visit, or derive them from the browser. */
export function readChoices() {
  const stored = readStored();
  const isDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const language = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in LANGUAGES);
  return {
    theme: stored.theme ?? (isDark ? "dark" : "light"),
    language: stored.language in LANGUAGES ? stored.language : (language ?? "en"),
    projector: stored.projector === true,
  };
}

function readStored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // no storage, such as in a private window
  }
}

/** A group of three small buttons. */
export function Switches({ values, set, words }) {
  const choose = (changes) => {
    set(changes);
    const { theme, language, projector } = { ...values, ...changes };
    try {
      localStorage.setItem(KEY, JSON.stringify({ theme, language, projector }));
    } catch {
      // The choice holds until the page closes.
    }
  };
  const { theme, language, projector } = values;
  const languages = Object.keys(LANGUAGES);
  const next = languages[(languages.indexOf(language) + 1) % languages.length];
  const isDark = theme === "dark";
  return html`
    <div class="switches" role="group" aria-label=${words("settings")}>
      <button type="button" class="quiet" aria-pressed=${isDark} title=${words("dark")} aria-label=${words("dark")}
        onClick=${() => choose({ theme: isDark ? "light" : "dark" })}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" /><path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" /></svg>
      </button>
      <button type="button" class="quiet" aria-pressed=${projector} title=${words("projector")} aria-label=${words("projector")}
        onClick=${() => choose({ projector: !projector })}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1 13 5 3l4 10M2.4 10h5.2M10 13l2.5-6 2.5 6M10.9 11h3.2" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" /></svg>
      </button>
      <button type="button" class="quiet" lang=${next} onClick=${() => choose({ language: next })}>${LANGUAGES[next].language}</button>
    </div>`;
}
