/* The draft: the text that somebody changes. It survives another view, and a reload of the page. */

const KEY = "cnnlab-draft";

/**
 * @typedef {{text: string, version: number, path: string, run: string, isEdited: boolean}} Draft
 * `version` counts the texts that were opened; `path` is the config file, `run` the run that the text
 * comes from, or "".
 */
let draft = readStored();

/** Read the draft, with an empty text at first. */
export function readDraft() {
  return draft;
}

/** Change some values of the draft, and return the new draft. */
export function changeDraft(changes) {
  draft = { ...draft, ...changes };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // The draft lives as long as the page.
  }
  return draft;
}

/** Put another text in place of the draft; `source` is {path} or {run}. */
export function openDraft(text, source) {
  return changeDraft({ path: "", run: "", ...source, text, version: draft.version + 1, isEdited: false });
}

function readStored() {
  const first = { text: "", version: 0, path: "", run: "", isEdited: false };
  try {
    return { ...first, ...JSON.parse(sessionStorage.getItem(KEY)) };
  } catch {
    return first;
  }
}
