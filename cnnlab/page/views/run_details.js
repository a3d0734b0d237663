/*
 * What the server knows about the runs that a view shows: read once, and again when an epoch or the
 * training ends. The figures of batches are kept from one visit of the view to the next.
 */

import { useEffect, useState } from "../vendor/preact.js";
import { encodeName } from "../lab_api.js";
import { addBatch } from "./curve_data.js";

const COLOURS = 8; // as style sheets have: --run-1 to --run-8
const slots = new Map(); // name of a run -> number of its colour, the same everywhere
const batches = new Map(); // name of a run -> figures of its batches

/** The CSS variable of the colour of a run: each run keeps its colour. */
export function chooseColour(name) {
  if (!slots.has(name)) slots.set(name, slots.size);
  return `--run-${(slots.get(name) % COLOURS) + 1}`;
}

/** Remember the figures of batches that a progress event brought. */
export function collectBatches(progress) {
  for (const [name, one] of Object.entries(progress)) batches.set(name, addBatch(batches.get(name) ?? [], one));
}

/**
 * Read the details of runs.
 *
 * @returns {object} {details, faults}: `details` has the answer of GET /api/runs/NAME for each name, with `parts`: its members;
 *   `faults` has the text of the server for each name that it cannot read, such as that of a damaged run.
 */
export function useRunDetails(names, state, api) {
  const [details, setDetails] = useState({});
  const [faults, setFaults] = useState({});
  const versions = names.map((name) => `${name} ${findVersion(name, state)}`);
  useEffect(() => {
    let isGone = false;
    for (const name of names) {
      readDetails(name, api).then(
        (found) => isGone || (setDetails((before) => ({ ...before, [name]: found })), setFaults((before) => ({ ...before, [name]: "" }))),
        (error) => isGone || setFaults((before) => ({ ...before, [name]: error.message })),
      );
    }
    return () => {
      isGone = true;
    };
  }, [versions.join()]);
  return { details, faults };
}

/** A text that changes whenever an epoch of a run has ended, or its status has changed. */
function findVersion(name, { runs, progress }) {
  const row = runs.find((one) => one.name === name);
  const epochs = Object.entries(progress).filter(([run]) => run === name || run.startsWith(`${name}/`));
  return [row?.status, row?.epochs, row?.accuracy, ...epochs.map(([, one]) => one.history)].join();
}

async function readDetails(name, api) {
  const found = await api.get(`/api/runs/${encodeName(name)}`);
  const parts = await Promise.all((found.members ?? []).map((member) => api.get(`/api/runs/${encodeName(member)}`)));
  return { ...found, parts };
}

/** List the curves of runs: one entry for a run, one for each member of an ensemble. */
export function listCurves(names, details) {
  return names.flatMap((name) => {
    const found = details[name];
    if (!found) return [];
    const parts = found.parts.length ? found.parts : [found];
    return parts.map((part) => ({
      name: part.name,
      colour: chooseColour(name),
      history: part.history,
      batches: isSameTraining(part.name, part.history) ? batches.get(part.name) : [],
    }));
  });
}

/** Batches of an older training under the same name (which was removed) do not belong to this one. */
function isSameTraining(name, history) {
  const known = batches.get(name) ?? [];
  return known.length > 0 && known[0].x <= (history.at(-1)?.epoch ?? 0) + 1;
}
