"""Tables of commands and options of other programs, and what to type in cnnlab instead.

The texts have placeholders: {command} is the command, {value} is the value of the option, {run} is
the run that this value names, and {given} are the arguments of the command line. A text with
backticks is a whole sentence. Any other text is a command line or an option.
"""

from __future__ import annotations

_COMMANDS = {
    "runs": "list ls all history experiments status ps log logs results",
    "--help": "help man usage commands",
    "--version": "version",
    "new": "init create make generate template scaffold",
    "check": "validate verify lint summary shapes table parameters params count describe dry-run",
    "data": "dataset datasets inspect explore eda stats statistics duplicates dedup analyze",
    "train": "fit run start learn launch train-model",
    "find-lr": "lr-find lrfind lr-finder find-learning-rate lr-range-test range-test auto-lr",
    "sweep": "tune tuner search hyperopt hpo optuna optimize optimise grid grid-search gridsearch "
    "random-search nas ablation study sweeps",
    "resume": "continue restart go-on finetune fine-tune",
    "evaluate": "test eval score measure accuracy benchmark metrics",
    "predict": "infer inference classify recognize recognise guess",
    "explain": "visualize visualise viz interpret saliency heatmap attribution",
    "explain {given} grad-cam": "gradcam grad-cam cam",
    "explain {given} kernels": "kernels filters weights",
    "explain {given} maps": "maps feature-maps activations",
    "explain {given} occlusion": "occlusion",
    "report": "plot plots html page curves dashboard",
    "compare": "diff cmp versus vs",
    "runs show": "show info details view cat",
    "runs rm": "rm remove delete del clean prune purge",
}
_COMMANDS_OF_RUNS = {
    "runs": "list ls all",
    "runs --help": "help",
    "runs show": "info details view cat get describe inspect",
    "runs rm": "remove delete del clean prune purge",
}

_RUN_COMMANDS = "resume evaluate predict explain report compare runs runs-show runs-rm"
_NO_VERBOSE = "Leave this option out: `cnnlab {command}` always prints all of its results."
_SWEEP_OPTIONS = (
    (
        "sweep",
        "jobs j n-jobs njobs workers w num-workers n-workers processes max-workers concurrency n "
        "max-parallel",
        "--parallel {value}",
    ),
    (
        "sweep",
        "threads num-threads n-threads cores cpus",
        "`--parallel N` sets how many networks train at once; they share the processor cores.",
    ),
    (
        "resume",
        "parallel jobs j n-jobs workers num-workers n-workers",
        "Leave this option out: `cnnlab resume` gives a sweep as many workers as before.",
    ),
    ("sweep resume", "cluster address ray-address host", "--ray {value}"),
    (
        "sweep",
        "trials t n-trials num-trials ntrials max-trials budget count num-samples samples "
        "iterations",
        "--set trials={value}",
    ),
    ("sweep", "method m sampler algorithm algo search strategy", "--set method={value}"),
    ("sweep", "metric objective monitor optimize goal", "--set metric={value}"),
    ("sweep", "at-least target threshold", "--set at_least={value}"),
    ("sweep", "early-terminate pruner prune pruning early-stop", "--set early_terminate={value}"),
    ("sweep", "name experiment", "--set name={value}"),
    ("sweep", "seed random-state", "--set seed={value}"),
    (
        "sweep",
        "seeds confirm repeat repeats",
        "Did you mean `--set 'confirm={{best: 3, seeds: {value}}}'`?",
    ),
    (
        "sweep",
        "parameters parameter params param space vary",
        "The settings that vary stand in `parameters` of the sweep file.",
    ),
    ("sweep", "where condition constraint", "Conditions stand in `where` of the sweep file."),
    ("sweep", "dryrun plan estimate check list show n-combinations validate-only", "--dry-run"),
)
# The commands, the words of the option, and what is meant.
_OPTIONS = (
    ("train check find-lr sweep", "config c cfg conf file f yaml", "cnnlab {command} {value}"),
    *_SWEEP_OPTIONS,
    (
        "train sweep",
        "output out o output-dir outdir out-dir output-path save save-dir savedir save-path logdir "
        "log-dir runs-dir run-dir results results-dir dir dest project root save-to",
        "--runs {value}",
    ),
    (_RUN_COMMANDS, "runs-dir run-dir dir root folder path", "--runs {value}"),
    (
        "train find-lr resume sweep",
        "gpu gpus cuda use-gpu use-cuda num-gpus n-gpus ngpus multi-gpu",
        "--device gpu",
    ),
    ("train find-lr resume sweep", "gpu-id gpu-ids gpu-index device-id", "--device gpu:{value}"),
    ("train find-lr resume sweep", "cpu no-gpu no-cuda", "--device cpu"),
    ("train find-lr resume sweep", "accelerator backend", "--device {value}"),
    (
        "train find-lr resume sweep",
        "verbose v progress",
        "Leave this option out: without `--quiet`, cnnlab shows the progress.",
    ),
    (f"check new schema {_RUN_COMMANDS}", "verbose v debug progress", _NO_VERBOSE),
    ("train find-lr resume sweep", "silent q no-progress no-verbose", "--quiet"),
    (
        "train check sweep",
        "resume continue restart resume-from from-checkpoint checkpoint checkpoint-path ckpt "
        "ckpt-path load load-model load-weights weights pretrained initial-weights",
        "cnnlab resume {run}",
    ),
    ("find-lr", "start-lr min-lr min lr-min start from", "--lowest {value}"),
    ("find-lr", "end-lr max-lr max lr-max end to", "--highest {value}"),
    ("find-lr", "num-it num-iter iterations batches num-training n", "--steps {value}"),
    ("train", "dry-run dryrun validate-only", "cnnlab check {given}"),
    (
        "train sweep",
        "force overwrite",
        "Leave this option out: `cnnlab {command}` makes a new folder and overwrites no run.",
    ),
    ("train", "repeat repeats trials n-seeds num-seeds n-runs num-runs", "--seeds {value}"),
    ("train", "html page plot", "--report"),
    (
        "train check find-lr sweep",
        "amp fp16 half mixed-precision",
        "--set training.precision=mixed_float16",
    ),
    ("train check find-lr sweep", "bf16", "--set training.precision=mixed_bfloat16"),
    ("resume", "epoch e n-epochs num-epochs nb-epochs max-epochs", "--epochs {value}"),
    ("resume", "more additional extra-epochs", "--epochs +{value}"),
    (
        "resume evaluate predict explain report runs-show runs-rm",
        "run r run-id name checkpoint checkpoint-path ckpt weights model m load from resume",
        "cnnlab {command} {run} {given}",
    ),
    (
        "resume evaluate predict explain report compare runs-show",
        "last latest",
        "cnnlab {command} last {given}",
    ),
    ("evaluate", "test", "--split test"),
    ("evaluate", "val validation valid", "--split validation"),
    ("evaluate", "train training", "--split train"),
    ("evaluate", "subset set on", "--split {value}"),
    ("evaluate", "augment test-time-augmentation views", "--tta shift"),
    (
        "evaluate",
        "output out o save plot",
        "Leave this option out: cnnlab writes the results to evaluation/ in the folder of the run; "
        "`--json` prints them.",
    ),
    ("evaluate predict", "data d data-dir", "--dataset {value}"),
    ("evaluate predict", "std sd stddev", "--deviation {value}"),
    ("evaluate predict", "normalize normalization rescale preprocessing", "--scaling {value}"),
    ("predict", "image images img input i file f", "cnnlab predict {given} {value}"),
    ("predict data find-lr", "output out o plot save-path figure", "--save {value}"),
    ("data", "dataset d data data-dir config c", "cnnlab data {value}"),
    ("predict", "n num count sample samples", "--random {value}"),
    ("compare", "output out o plot figure png", "--save {value}"),
    ("compare", "html report", "--page {value}"),
    (
        "report",
        "output out o save html",
        "Leave this option out: `cnnlab report` writes report.html into the folder of the run.",
    ),
    ("explain", "method part", "cnnlab explain {given} {value}"),
    ("explain", "gradcam grad-cam cam", "cnnlab explain {given} grad-cam"),
    ("explain", "maps feature-maps activations", "cnnlab explain {given} maps"),
    ("explain", "kernels filters weights", "cnnlab explain {given} kernels"),
    ("explain", "occlusion", "cnnlab explain {given} occlusion"),
    ("explain", "input img i file f", "--image {value}"),
    ("explain", "target target-class c", "--class {value}"),
    ("explain", "idx n image-index", "--index {value}"),
    ("explain", "l layer-name layers", "--layer {value}"),
    (
        "evaluate predict explain report compare check data find-lr runs runs-show sweep",
        "format",
        "--json",
    ),
    ("runs", "filter", "--where {value}"),
    ("runs", "order order-by sort-by", "--sort {value}"),
    ("runs", "delete remove rm", "cnnlab runs rm {value}"),
    ("runs", "show info", "cnnlab runs show {value}"),
    ("runs", "all a l list", "cnnlab runs"),
    ("runs-rm", "force f y", "--yes"),
    ("new", "data d data-dir dataset-path", "--dataset {value}"),
    ("new", "name n output out o file f", "cnnlab new {value}"),
    (
        "new",
        "force f overwrite",
        "Choose another name: `cnnlab new` never overwrites a config.",
    ),
)


def _invert(table: dict[str, str]) -> dict[str, str]:
    return {word: ours for ours, words in table.items() for word in words.split()}


COMMANDS = {"": _invert(_COMMANDS), "runs": _invert(_COMMANDS_OF_RUNS)}
OPTIONS = {
    (command, word): meaning
    for commands, words, meaning in reversed(_OPTIONS)  # the first row of two wins
    for command in commands.split()
    for word in words.split()
}
