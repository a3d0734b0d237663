/* All texts of the page, by language. */

import en from "./en.js";
import ko from "./ko.js";

/** The code of a language -> its texts. */
export const LANGUAGES = { en, ko };

/**
 * Build the function that gives texts in a language.
 *
 * `words("shape", {height: 28})` gives the text "shape" with 28 in place of `{height}`.
 */
export function buildWords(language) {
  const texts = LANGUAGES[language];
  return (key, values = {}) => {
    if (!(key in texts)) throw new Error(`words/${language}.js has no text "${key}"`);
    return texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  };
}
