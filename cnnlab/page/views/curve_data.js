/*
 * Turn the histories of runs, and the figures of batches while training goes on, into the columns
 * that uPlot draws: one column of x (epochs, also fractions), and one column for each curve.
 */

const NO_METRICS = new Set(["epoch", "member", "learning_rate", "seconds", "images_per_second"]);
const VALIDATION = "val_";

/**
 * @typedef {{name: string, history: object[], batches: {x: number, figures: object}[]}} RunCurves
 * A run with its rows of history.csv, and the figures of batches since the page watches the run.
 */

/** List the metrics of runs, such as ["loss", "accuracy"]; `val_loss` belongs to `loss`. */
export function listMetrics(runs) {
  const names = runs.flatMap((run) => [...run.history, ...run.batches.map((batch) => batch.figures)].flatMap(Object.keys));
  const metrics = names.map((name) => (name.startsWith(VALIDATION) ? name.slice(VALIDATION.length) : name));
  return [...new Set(metrics)].filter((name) => !NO_METRICS.has(name));
}

/**
 * Build the columns of one metric over epochs.
 * Returns {columns, curves}: columns[0] has the epochs, columns[i + 1] the values of curves[i], null
 * where a curve has no value; a curve is {run: index, split: "training" | "validation" | "batches"}.
 */
export function buildColumns(runs, metric) {
  const curves = runs.flatMap((run, index) => [
    { run: index, split: "batches", points: listBatchPoints(run, metric) },
    { run: index, split: "training", points: listEpochPoints(run, metric) },
    { run: index, split: "validation", points: listEpochPoints(run, VALIDATION + metric) },
  ]);
  const drawn = curves.filter((curve) => curve.points.size > 0);
  const epochs = [...new Set(drawn.flatMap((curve) => [...curve.points.keys()]))].sort((a, b) => a - b);
  const columns = drawn.map((curve) => epochs.map((x) => curve.points.get(x) ?? null));
  return { columns: [epochs, ...columns], curves: drawn.map(({ run, split }) => ({ run, split })) };
}

function listEpochPoints(run, name) {
  const rows = run.history.filter((row) => Number.isFinite(row[name]));
  return new Map(rows.map((row) => [row.epoch, row[name]]));
}

function listBatchPoints(run, name) {
  const batches = run.batches.filter((batch) => Number.isFinite(batch.figures[name]));
  return new Map(batches.map((batch) => [batch.x, batch.figures[name]]));
}

/**
 * Add the figures of a batch to those of a run. `progress` is progress.json.
 * A step that is there already adds nothing; an epoch that starts again replaces its old batches.
 */
export function addBatch(batches, progress) {
  const { epoch, step, steps, figures } = progress;
  if (!epoch || !steps || !figures) return batches;
  const x = epoch - 1 + step / steps;
  if (batches.at(-1)?.x === x) return batches;
  return [...batches.filter((batch) => batch.x < x), { x, figures }];
}
