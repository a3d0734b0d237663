/* Which two runs Compare shows before a person has chosen any. */

/** The run of the page, and the newest other run: of the same data set and evaluated, or else of the same data set, or else any. */
export function suggestRuns(runs, run) {
  const usable = runs.filter((row) => row.kind !== "sweep" && row.epochs > 0);
  const first = usable.find((row) => row.name === run) ?? usable[0];
  const others = usable.filter((row) => row !== first);
  const similar = others.filter((row) => row.dataset === first?.dataset);
  const second = similar.find((row) => row.accuracy != null) ?? similar[0] ?? others[0];
  return [first, second].filter(Boolean).map((row) => row.name);
}
