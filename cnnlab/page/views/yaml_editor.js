/*
 * The editor of a config: CodeMirror with the faults at their places, completion and hover texts.
 *
 * It lives in a shadow root, because CodeMirror then puts its styles into adoptedStyleSheets; in the
 * page itself it would write a <style> element, which the Content-Security-Policy forbids.
 */

import { html, useEffect, useRef } from "../vendor/preact.js";
import { explainWord, listCompletions } from "./schema_completion.js";
import { findIndent } from "./yaml_places.js";
import { buildTheme } from "./yaml_theme.js";

/**
 * @param {object} properties
 *   text        what the editor shows at first, and after each change of `version`
 *   version     a number; the editor takes over `text` when it changes
 *   faults      faults of the present text, as POST /api/check gives them
 *   schema      the JSON schema of configs, or null as long as it is not there
 *   isDark      whether the page is dark
 *   label       the name of the editor for screen readers
 *   hint        what screen readers say about its keys
 *   onChange    (text) at each key
 *   shortcuts   {"Mod-s": function, …}
 *   control     an object; the editor puts its function `goTo(line, column)` there
 */
export function YamlEditor(properties) {
  const host = useRef(null);
  const editor = useRef(null);
  const latest = useRef(properties);
  latest.current = properties;
  const { text, version, faults, isDark, control } = properties;

  useEffect(() => {
    let isGone = false;
    import("../vendor/codemirror.js").then((codemirror) => {
      if (isGone) return;
      editor.current = new Editor(codemirror, host.current, latest);
      editor.current.showFaults(latest.current.faults);
      control.goTo = (line, column) => editor.current.goTo(line, column);
    });
    return () => {
      isGone = true;
      editor.current?.view.destroy();
    };
  }, []);
  useEffect(() => editor.current?.replaceText(text), [version]);
  useEffect(() => editor.current?.showFaults(faults), [faults]);
  useEffect(() => editor.current?.setDark(isDark), [isDark]);
  return html`<div class="editor" ref=${host}></div>`;
}

class Editor {
  /** `latest.current` has the present properties of the component. */
  constructor(codemirror, host, latest) {
    this.codemirror = codemirror;
    this.latest = latest;
    this.theme = new codemirror.Compartment();
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const state = codemirror.EditorState.create({ doc: latest.current.text, extensions: this.listExtensions() });
    this.view = new codemirror.EditorView({ state, parent: root, root });
  }

  listExtensions() {
    const { EditorView, Prec, autocompletion, basicSetup, hoverTooltip, indentWithTab, keymap, lintGutter, yaml } = this.codemirror;
    const { label, hint, isDark, shortcuts } = this.latest.current;
    const keys = Object.keys(shortcuts).map((key) => ({
      key,
      preventDefault: true,
      run: () => (this.latest.current.shortcuts[key](), true),
    }));
    return [
      Prec.high(keymap.of([...keys, { key: "Enter", run: breakLine }])),
      basicSetup,
      keymap.of([indentWithTab]), // Escape and then Tab leaves the editor
      yaml(),
      lintGutter(),
      EditorView.lineWrapping,
      EditorView.domEventHandlers({ beforeinput: (event, view) => replaceLines(event, view, EditorView) }),
      autocompletion({ override: [(context) => this.complete(context)], icons: false }),
      hoverTooltip((view, offset) => this.explain(offset)),
      this.theme.of(buildTheme(this.codemirror, isDark)),
      EditorView.contentAttributes.of({ "aria-label": label, "aria-description": hint, tabindex: "0" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !this.isReplacing) this.latest.current.onChange(update.state.doc.toString());
      }),
    ];
  }

  complete(context) {
    const { schema } = this.latest.current;
    const found = schema && listCompletions(context.state.doc.toString(), context.pos, schema);
    if (!found) return null;
    const { from, to, options } = found;
    // Without a letter before the cursor, a list that opens by itself would disturb.
    if (from === context.pos && !context.explicit) return null;
    return {
      ...{ from, to, validFor: /^\w*$/ },
      options: options.map((option) => ({
        label: option.label,
        detail: option.detail,
        info: option.info || undefined,
        type: option.kind,
        apply: (view, completion, start, end) =>
          view.dispatch({
            changes: { from: start, to: end, insert: option.insert },
            selection: { anchor: start + option.cursor },
            userEvent: "input.complete",
          }),
      })),
    };
  }

  explain(offset) {
    const { schema } = this.latest.current;
    const word = schema && explainWord(this.view.state.doc.toString(), offset, schema);
    return word && { pos: word.from, end: word.to, above: true, create: () => ({ dom: buildExplanation(word) }) };
  }

  replaceText(text) {
    if (text === this.view.state.doc.toString()) return;
    this.isReplacing = true;
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    this.isReplacing = false;
  }

  /** Mark the faults in the text. Faults of another text than the present one may lie outside. */
  showFaults(faults) {
    const { doc } = this.view.state;
    const diagnostics = faults.map((fault) => {
      const line = doc.line(Math.min(Math.max(1, fault.line), doc.lines));
      const from = Math.min(line.from + Math.max(0, fault.column - 1), line.to);
      const end = fault.end_column ? Math.min(line.from + fault.end_column - 1, line.to) : line.to;
      return { from, to: Math.max(from, end), severity: "error", message: fault.message, renderMessage: () => buildMessage(fault) };
    });
    this.view.dispatch(this.codemirror.setDiagnostics(this.view.state, diagnostics));
  }

  setDark(isDark) {
    this.view.dispatch({ effects: this.theme.reconfigure(buildTheme(this.codemirror, isDark)) });
  }

  goTo(line, column) {
    const { doc } = this.view.state;
    const there = doc.line(Math.min(Math.max(1, line), doc.lines));
    const anchor = Math.min(there.from + Math.max(0, column - 1), there.to);
    this.view.dispatch({ selection: { anchor }, scrollIntoView: true });
    this.view.focus();
  }
}

/**
 * Replace selected lines by typed text. The browser alone would join the lines with `style` attributes, which the
 * Content-Security-Policy forbids, and say so in the console. A bracket or a quote goes around the selection, as always.
 */
function replaceLines(event, view, { inputHandler }) {
  const { state } = view;
  const { from, to } = state.selection.main;
  if (event.inputType !== "insertText" || !event.data || to <= state.doc.lineAt(from).to) return false;
  event.preventDefault();
  const replacement = () => state.update(state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  const isHandled = state.facet(inputHandler).some((handle) => handle(view, from, to, event.data, replacement));
  if (!isHandled) view.dispatch(replacement());
  return true;
}

/** Begin a new line with the right indentation: CodeMirror's own would continue the fields of a layer. */
function breakLine(view) {
  const { state } = view;
  const { from, to } = state.selection.main;
  const before = state.doc.lineAt(from);
  const insert = `\n${" ".repeat(findIndent(before.text.slice(0, from - before.from)))}`;
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, scrollIntoView: true, userEvent: "input" });
  return true;
}

function buildElement(name, className, text) {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

function buildMessage(fault) {
  return buildElement("div", "message", describeFault(fault));
}

/** The text of a fault without its place and the excerpt, which the editor shows anyway. */
export function describeFault({ message, expected, hint }) {
  return [message, expected && `expected: ${expected}`, hint].filter(Boolean).join("\n");
}

function buildExplanation({ title, description, values, default: value }) {
  const box = buildElement("div", "explanation", "");
  box.append(buildElement("strong", "", title), buildElement("div", "", description));
  const more = [values, value && `default: ${value}`].filter(Boolean).join(" · ");
  if (more) box.append(buildElement("div", "values", more));
  return box;
}
