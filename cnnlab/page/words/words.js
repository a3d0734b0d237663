/* All texts of the page, by language. */

import en from "./en.js";
import ko from "./ko.js";

/** The code of a language -> its texts. */
export const LANGUAGES = { en, ko };

/**
 * Build the function that gives texts in a language.
 *
 * `words("answer_truth", {truth: "7"})` gives the text "answer_truth" with 7 in place of `{truth}`.
 */
export function buildWords(language) {
  const texts = LANGUAGES[language];
  return (key, values = {}) => {
    if (!(key in texts)) throw new Error(`words/${language}.js has no text "${key}"`);
    return texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  };
}
