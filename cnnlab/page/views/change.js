/*
 * Change: the config of a run in an editor. At each key the server checks it: faults at their places,
 * the table of layers and the drawing of the network. One can open and save configs, and train.
 */

import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { encodeName } from "../lab_api.js";
import { markCode } from "./code_text.js";
import { ConfigBar } from "./config_bar.js";
import { changeDraft, openDraft, readDraft } from "./draft.js";
import { FaultList } from "./fault_list.js";
import { LayerTable } from "./layer_table.js";
import { NetworkDrawing } from "./network_drawing.js";
import { TextChecker } from "./text_checker.js";
import { YamlEditor } from "./yaml_editor.js";

export function ChangeView({ state, words, api }) {
  const [draft, setDraft] = useState(readDraft);
  const [error, setError] = useState("");
  const [schema, setSchema] = useState(null);
  const [isStarting, setStarting] = useState(false);
  const { answer, network, check } = useCheck(api, setError);
  const control = useRef({}).current;
  const perform = (action) => action().then(() => setError(""), (fault) => setError(fault.message));

  const open = (text, source) => {
    setDraft(openDraft(text, source));
    check(text, findFolder(source.path));
  };
  const openRun = (run) =>
    perform(async () => {
      const { config } = await api.get(`/api/runs/${encodeName(run)}`);
      open(config ?? "", { run });
    });
  const openConfig = (path) => perform(async () => open((await api.get(`/api/configs/${encodeName(path)}`)).text, { path }));
  const edit = (text) => {
    setDraft(changeDraft({ text, isEdited: true }));
    check(text, findFolder(readDraft().path));
  };
  const save = (path) =>
    perform(async () => {
      await api.post(`/api/configs/${encodeName(path)}`, { text: readDraft().text }, "PUT");
      setDraft(changeDraft({ path, isEdited: false }));
      state.announce(words("change_saved", { path }));
    });
  const train = async () => {
    setStarting(true); // the process imports TensorFlow first, which takes seconds
    await perform(async () => {
      const { text, path } = readDraft();
      const { run } = await api.post("/api/train", { text, folder: findFolder(path) });
      await state.refreshRuns();
      state.chooseRun(run, "train");
    });
    setStarting(false);
  };

  useEffect(() => {
    api.get("/api/schema").then(setSchema, (fault) => setError(fault.message));
    if (readDraft().text) check(readDraft().text, findFolder(readDraft().path));
  }, []);
  useEffect(() => {
    const { isEdited, path, run } = readDraft();
    if (state.run && state.run !== run && !isEdited && !path) openRun(state.run);
  }, [state.run]);

  const isFaulty = !answer || answer.faults.length > 0;
  // A key alone does not draw the network again: only another answer does.
  const networkPart = useMemo(
    () => network && html`<${NetworkPart} network=${network} isOld=${isFaulty} words=${words} />`,
    [network, isFaulty, state.language],
  );
  const shortcuts = { "Mod-Enter": () => isFaulty || isStarting || train(), "Mod-s": () => control.save?.() };
  return html`
    <div class="change">
      <h2 class="unseen">${words("tab_change")}</h2>
      <${ConfigBar} ...${{ api, draft, state, words, openRun, openConfig, save, control }}>
        <button type="button" class="main" disabled=${isFaulty || isStarting} onClick=${train} title="Ctrl+Enter">
          ${words(isStarting ? "change_starting" : "change_train")}</button>
      <//>
      ${error && html`<p class="fault" role="alert">${markCode(error)}</p>`}
      <section class="change-text" aria-label=${words("change_text")}>
        <${YamlEditor} text=${draft.text} version=${draft.version} faults=${answer?.faults ?? NO_FAULTS} schema=${schema}
          isDark=${state.theme === "dark"} label=${words("change_editor")} hint=${words("change_leave")}
          onChange=${edit} shortcuts=${shortcuts} control=${control} />
        <p class="faint small">${words("change_keys")}</p>
        ${draft.text
          ? html`<${FaultList} answer=${answer} words=${words} goTo=${(line, column) => control.goTo?.(line, column)} />`
          : html`<p class="faint">${words("change_empty")}</p>`}
      </section>
      <section class=${`change-network ${isFaulty && network ? "old" : ""}`} aria-label=${words("change_network")}>
        ${networkPart}
      </section>
    </div>`;
}

const NO_FAULTS = [];

/** Give the last answer of the check, and `network`: the last answer that had no faults. */
function useCheck(api, setError) {
  const [answer, setAnswer] = useState(null);
  const [network, setNetwork] = useState(null);
  const checker = useMemo(() => {
    const report = (found) => {
      setAnswer(found);
      if (found.faults.length === 0) setNetwork(found);
      setError("");
    };
    return new TextChecker(api, report, (fault) => setError(fault.message));
  }, [api]);
  return { answer, network, check: (text, folder) => checker.check(text, folder) };
}

function NetworkPart({ network, isOld, words }) {
  if (!network.totals) return html`<pre class="scroll">${network.summary}</pre>`; // a sweep file
  return html`
    ${isOld && html`<p class="faint small">${words("change_old")}</p>`}
    <${LayerTable} rows=${network.table} totals=${network.totals} words=${words} />
    ${network.notes.length > 0 && html`<ul class="notes small">${network.notes.map((text) => html`<li key=${text}>${markCode(text)}</li>`)}</ul>`}
    ${network.drawing && html`<${NetworkDrawing} svg=${network.drawing} label=${words("change_drawing")} />`}`;
}

/** The folder of a config, where its relative paths start; "" for texts without a file. */
function findFolder(path) {
  return path?.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}
