/* The bar above the editor: where the text comes from, open another config, save by name. */

import { html, useEffect, useState } from "../vendor/preact.js";

/**
 * @param {object} properties
 *   draft       the text and where it comes from
 *   openRun, openConfig, save   functions that take the name of a run or the path of a config
 *   control     an object; the bar puts its function `save()` there, for the keyboard
 *   children    further buttons, at the right
 */
export function ConfigBar({ api, draft, state, words, openRun, openConfig, save, control, children }) {
  const [paths, setPaths] = useState([]);
  const [path, setPath] = useState("");
  const list = () => api.get("/api/configs").then((answer) => setPaths(answer.configs), () => setPaths([]));
  useEffect(() => void list(), []);
  useEffect(() => setPath(draft.path || suggestPath(draft, paths)), [draft.path, draft.run, draft.version, paths.length]);
  const submit = async (event) => {
    event?.preventDefault();
    await save(path);
    list();
  };
  control.save = submit;
  const choose = (event) => {
    const [kind, name] = [event.target.value.slice(0, 4), event.target.value.slice(4)];
    event.target.value = "";
    if (kind === "run:") openRun(name);
    else openConfig(name);
  };
  return html`
    <div class="config-bar">
      <p class="config-name">
        <strong>${draft.path || draft.run || words("change_new")}</strong>
        ${draft.isEdited && html`<span class="faint small"> ${words("change_edited")}</span>`}
      </p>
      <label>
        <span class="unseen">${words("change_open")}</span>
        <select value="" onChange=${choose}>
          <option value="" disabled>${words("change_open")}</option>
          ${state.run && html`<option value=${`run:${state.run}`}>${words("change_config_of", { run: state.run })}</option>`}
          ${paths.map((one) => html`<option key=${one} value=${`file${one}`}>${one}</option>`)}
        </select>
      </label>
      <form class="row" onSubmit=${submit}>
        <label>
          <span class="unseen">${words("change_path")}</span>
          <input type="text" value=${path} onInput=${(event) => setPath(event.target.value)} spellcheck=${false} autocomplete="off" />
        </label>
        <button type="submit" title="Ctrl+S">${words("change_save")}</button>
      </form>
      ${children}
    </div>`;
}

/** Suggest where to save a text: that of mnist-001 in configs/mnist-changed.yaml, if there is such a folder. */
function suggestPath({ text, run }, paths) {
  const name = /^name:\s*([\w-]+)/m.exec(text)?.[1] ?? run.split("/").at(-1).replace(/-\d+$/, "");
  const folder = paths.some((path) => path.startsWith("configs/")) ? "configs/" : "";
  return `${folder}${name ? `${name}-changed` : "experiment"}.yaml`;
}
