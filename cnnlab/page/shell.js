/*
 * The frame of the page: the header with the views, the run chooser and the switches, and the view that is open.
 *
 * Each view is a component `XView({state, words, api})`:
 *   state  the shared values below, and functions that change them;
 *   words  words(key, values) gives a text in the chosen language;
 *   api    LabApi, or LessonApi in an exported file.
 */

import { html, render, useEffect, useState } from "./vendor/preact.js";
import { readPlace, writePlace } from "./place.js";
import { Store, useStore } from "./store.js";
import { Switches, readChoices } from "./switches.js";
import { markCode } from "./views/code_text.js";
import { NetworkSession } from "./views/network_session.js";
import { isSweep } from "./views/no_network.js";
import { buildWords } from "./words/words.js";

/**
 * Show the page in `root`.
 *
 * @param {object} options {root, api, views}: `views` maps the name of a view to its component, in the order of the tabs.
 * @returns {object} the state that the views get.
 */
export function startPage({ root, api, views }) {
  const names = Object.keys(views);
  const place = readPlace(names);
  const store = new Store({
    ...place, // tab and run: the open view, and the name of the chosen run
    runs: [], // the list of the server, newest first
    folder: "", // in which the runs are
    progress: {}, // of each run that trains, by its name: the contents of progress.json
    fault: "", // of the server, while it does not answer
    news: "", // what screen readers say next
    ...readChoices(), // theme, language, projector
  });
  const state = buildState(store, api);
  render(html`<${Page} store=${store} state=${state} api=${api} views=${views} />`, root);
  window.addEventListener("hashchange", () => {
    const { tab, run } = readPlace(names);
    store.set(run ? { tab, run } : { tab });
  });
  state.refreshRuns();
  api.listen?.((type, data) => {
    if (type === "list") state.refreshRuns();
    else store.set({ progress: { ...store.values.progress, ...data.runs } });
  });
  return state;
}

/** The functions that all views may call. The values of the store are properties of the same object. */
function buildState(store, api) {
  const state = {
    /** The network, the weights and the drawing that Draw and Look share. */
    session: new NetworkSession(api),
    set: (changes) => store.set(changes),
    openTab: (tab) => store.set({ tab }),
    /** Choose a run by its name; with `tab`, also open this view. */
    chooseRun: (run, tab = store.values.tab) => store.set({ run, tab }),
    /** Put an image {pixels, shape, truth} in place of the drawing, and open Draw. */
    openImage(image) {
      state.session.showImage(image);
      store.set({ tab: "draw" });
    },
    /** Let screen readers say a text. */
    announce: (news) => store.set({ news }),
    async refreshRuns() {
      try {
        const { folder, runs } = await api.listRuns();
        const before = store.values;
        const run = before.run || chooseFirst(runs);
        store.set({ folder, runs, run, progress: keepRunning(store.values.progress, runs), fault: "" });
        const status = findStatus(run, before.runs);
        if (status && status !== findStatus(run, runs)) state.session.reload(); // it has new weights
      } catch (error) {
        store.set({ fault: error.message });
      }
    },
  };
  return state;
}

/** The progress of trainings that go on: an older one of the same run would be wrong after a resumption. */
function keepRunning(progress, runs) {
  const over = runs.filter((row) => row.status !== "running").map((row) => row.name);
  const isOver = (name) => over.some((one) => name === one || name.startsWith(`${one}/`));
  return Object.fromEntries(Object.entries(progress).filter(([name]) => !isOver(name)));
}

/** The newest run that has a network: a finished one, or else any. */
function chooseFirst(runs) {
  const single = runs.filter((row) => row.kind !== "sweep");
  return (single.find((row) => row.status === "finished") ?? single[0])?.name ?? "";
}

function findStatus(name, runs) {
  return runs.find((row) => row.name === name)?.status;
}

/** Whether a run has begun a moment ago: its network is there as soon as its progress is. */
function isStarting(run, { runs, progress }) {
  const trains = (name) => name === run || name.startsWith(`${run}/`);
  return findStatus(run, runs) === "running" && !Object.keys(progress).some(trains);
}

function Page({ store, state, api, views }) {
  const values = useStore(store);
  const words = buildWords(values.language);
  const { tab, run, theme, projector, language } = values;
  useEffect(() => writePlace({ tab, run }), [tab, run]);
  useEffect(() => applyChoices(theme, projector, language), [theme, projector, language]);
  const hasNetwork = run !== "" && values.runs.length > 0 && !isSweep(run, values.runs) && !isStarting(run, values);
  useEffect(() => {
    if (hasNetwork) state.session.open(run);
    else state.session.close();
  }, [run, hasNetwork]);
  const all = Object.assign(state, values);
  const View = views[tab];
  return html`
    <header class="top">
      <a class="skip" href="#main" onClick=${skipToMain}>${words("skip")}</a>
      <h1 class="name">cnnlab</h1>
      <${Tabs} names=${Object.keys(views)} tab=${tab} openTab=${state.openTab} words=${words} />
      <${RunChooser} state=${all} words=${words} />
      <${Switches} values=${values} set=${state.set} words=${words} />
    </header>
    <main id="main" tabindex="-1" class="view">
      ${values.fault && html`<p class="fault" role="alert">${markCode(values.fault)}</p>`}
      <div id="panel" role="tabpanel" aria-labelledby=${`tab-${tab}`}>
        <${View} key=${tab} state=${all} words=${words} api=${api} />
      </div>
    </main>
    <p class="unseen" role="status" aria-live="polite">${values.news}</p>`;
}

function skipToMain(event) {
  event.preventDefault(); // the fragment of the address holds the view and the run
  document.getElementById("main").focus();
}

function applyChoices(theme, projector, language) {
  const page = document.documentElement;
  page.lang = language;
  page.dataset.theme = theme;
  page.toggleAttribute("data-projector", projector);
}

/** The tabs of the views. The arrow keys move between the tabs, as the ARIA pattern "tabs" says. */
function Tabs({ names, tab, openTab, words }) {
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const ends = { Home: 0, End: names.length - 1 };
    const next = step ? (names.indexOf(tab) + step + names.length) % names.length : ends[event.key];
    if (next === undefined) return;
    event.preventDefault();
    openTab(names[next]);
    document.getElementById(`tab-${names[next]}`).focus();
  };
  return html`
    <div class="tabs" role="tablist" aria-label=${words("views")} onKeyDown=${move}>
      ${names.map(
        (name) => html`
          <button key=${name} id=${`tab-${name}`} role="tab" type="button" aria-selected=${name === tab} aria-controls="panel"
            tabindex=${name === tab ? 0 : -1} onClick=${() => openTab(name)}>${words(`tab_${name}`)}</button>`,
      )}
    </div>`;
}

/** The list of runs. An exported file has one run, and shows its name instead. */
function RunChooser({ state, words }) {
  const { runs, run } = state;
  const names = runs.map((one) => one.name);
  if (run && !names.includes(run)) names.unshift(run); // such as a member of an ensemble
  if (names.length === 1) return html`<p class="run-name">${names[0]}</p>`;
  if (names.length === 0) return html`<p class="run-name faint">${words("no_runs")}</p>`;
  const choose = (event) => state.chooseRun(event.target.value);
  return html`
    <label class="run-chooser">
      <span class="unseen">${words("run")}</span>
      <select value=${run} onChange=${choose}>
        ${names.map((name) => html`<option key=${name} value=${name}>${describeRun(name, runs, words)}</option>`)}
      </select>
    </label>`;
}

function describeRun(name, runs, words) {
  const entry = runs.find((one) => one.name === name);
  const accuracy = entry?.accuracy ?? entry?.val_accuracy;
  if (typeof accuracy === "number") return `${name} · ${(100 * accuracy).toFixed(1)}%`;
  return entry && entry.status !== "finished" ? `${name} · ${words(`status_${entry.status}`)}` : name;
}
