/* The looks of the editor, from the variables of the page. Variables of CSS reach into shadow roots. */

/** Build the extensions for the looks of the editor, on a dark or a light page. */
export function buildTheme({ EditorView, HighlightStyle, syntaxHighlighting, tags }, isDark) {
  const colours = HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
    { tag: tags.comment, color: "var(--faint)", fontStyle: "italic" },
    { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--faint)" },
    { tag: [tags.content, tags.string], color: "var(--ink)" },
  ]);
  return [EditorView.theme(RULES, { dark: isDark }), syntaxHighlighting(colours)];
}

const POPUP = {
  border: "1px solid var(--line)",
  borderRadius: "var(--radius)",
  background: "var(--raised)",
  color: "var(--ink)",
  boxShadow: "0 .25rem 1rem rgb(0 0 0 / .18)",
  overflow: "hidden",
};

const RULES = {
  "&": { height: "100%", fontSize: ".9375rem", background: "var(--paper)", color: "var(--ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { padding: ".75rem 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--accent-faint)",
  },
  ".cm-activeLine": { background: "color-mix(in srgb, var(--accent-faint) 45%, transparent)" },
  ".cm-gutters": { background: "var(--paper)", color: "var(--faint)", border: "none" },
  ".cm-activeLineGutter": { background: "none", color: "var(--ink)" },
  "&.cm-focused .cm-matchingBracket": { background: "var(--accent-faint)", outline: "1px solid var(--line-strong)" },
  ".cm-selectionMatch": { background: "var(--accent-faint)" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--bad) 1.5px",
    textUnderlineOffset: "4px",
    paddingBottom: 0,
  },
  ".cm-tooltip": { ...POPUP, overflow: "visible" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "14rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".2rem .6rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: ".75", fontSize: ".85em" },
  ".cm-completionInfo": { ...POPUP, padding: ".5rem .7rem", maxWidth: "20rem", fontFamily: "var(--sans)", fontSize: ".875rem" },
  ".cm-diagnostic": {
    ...{ borderLeft: ".25rem solid var(--bad)", padding: ".5rem .75rem", maxWidth: "30rem" },
    ...{ fontFamily: "var(--sans)", whiteSpace: "pre-wrap" },
  },
  ".explanation": { padding: ".5rem .75rem", maxWidth: "26rem", fontFamily: "var(--sans)", fontSize: ".875rem", lineHeight: "1.45" },
  ".explanation .values": { color: "var(--faint)" },
  ".cm-panels": { background: "var(--ground)", color: "var(--ink)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-textfield, .cm-button": {
    ...{ background: "var(--raised)", backgroundImage: "none", color: "var(--ink)", fontSize: ".875rem" },
    ...{ border: "1px solid var(--line-strong)", borderRadius: ".25rem", padding: ".2rem .5rem" },
  },
};
