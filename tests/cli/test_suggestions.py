"""Wrong command lines: each gets the suggestion that a person needs."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from command_errors import find_error

MNIST = Path(__file__).parents[2] / "configs/mnist.yaml"
ADAM = "training.optimizer.adam.learning_rate"
PATIENCE = "training.callbacks[1].early_stopping.patience"


# What is typed, and what is suggested in place of the unknown option.
OPTIONS = {
    "train digits.yaml --epochs 5": "--set training.epochs=5",
    "train digits.yaml --epochs=5": "--set training.epochs=5",
    "train --epochs 5 digits.yaml": "--set training.epochs=5",
    "check digits.yaml --epochs 5": "--set training.epochs=5",
    "train digits.yaml --num-epochs 5": "--set training.epochs=5",
    "train digits.yaml --epohcs 5": "--set training.epochs=5",
    "train digits.yaml -e 5": "--set training.epochs=5",
    "train digits.yaml --lr 0.01": f"--set {ADAM}=0.01",
    "train digits.yaml -lr 0.01": f"--set {ADAM}=0.01",
    "train digits.yaml --learning-rate 1e-2": f"--set {ADAM}=1e-2",
    "train digits.yaml --learning_rate=0.01": f"--set {ADAM}=0.01",
    "train sgd.yaml --lr 0.01": "--set training.optimizer.sgd.learning_rate=0.01",
    "train --lr 0.01": f"--set {ADAM}=0.01",
    "train none.yaml --lr 0.01": f"--set {ADAM}=0.01",
    "check digits.yaml --lr 0.01": f"--set {ADAM}=0.01",
    "train digits.yaml --batch-size 32": "--set data.batch_size=32",
    "train digits.yaml --batch_size 32": "--set data.batch_size=32",
    "train digits.yaml --batch_size=32": "--set data.batch_size=32",
    "train digits.yaml --bs 32": "--set data.batch_size=32",
    "train digits.yaml -b 32": "--set data.batch_size=32",
    "train digits.yaml --optimizer sgd": "--set training.optimizer=sgd",
    "train digits.yaml --optimizer AdamW": "--set training.optimizer=adamw",
    "train digits.yaml --seed 3": "--set seed=3",
    "train digits.yaml --random-state 3": "--set seed=3",
    "train digits.yaml --loss cross-entropy": "--set training.loss=cross_entropy",
    "train digits.yaml --loss sparse_categorical_crossentropy": "--set training.loss=cross_entropy",
    "train digits.yaml --dropout 0.3": "--set 'model[6].dropout=0.3'",
    "train digits.yaml --augment digits": "--set data.augment=digits",
    "train digits.yaml --validation-split 0.2": "--set data.validation=0.2",
    "train digits.yaml --val-split=0.2": "--set data.validation=0.2",
    "train digits.yaml --dataset fashion-mnist": "--set data.dataset=fashion_mnist",
    "train digits.yaml --data MNIST": "--set data.dataset=mnist",
    "train digits.yaml --name mine": "--set name=mine",
    "train digits.yaml --patience 5": f"--set '{PATIENCE}=5'",
    "train digits.yaml --early-stopping 5": f"--set '{PATIENCE}=5'",
    "train digits.yaml --weight-decay 1e-4": ("--set training.optimizer.adam.weight_decay=1e-4"),
    "train sgd.yaml --momentum 0.9": "--set training.optimizer.sgd.momentum=0.9",
    "train digits.yaml --label-smoothing 0.1": (
        "--set training.loss.cross_entropy.label_smoothing=0.1"
    ),
    "train digits.yaml --ema 0.99": "--set 'training.weight_average={ema: 0.99}'",
    "train digits.yaml --fp16": "--set training.precision=mixed_float16",
    "train digits.yaml --precision bf16": "--set training.precision=mixed_bfloat16",
    "check digits.yaml --normalize standard": "--set data.scaling=standard",
    "train digits.yaml --n-models 3": "--set ensemble=3",
    "train digits.yaml --output out": "--runs out",
    "train digits.yaml --out out": "--runs out",
    "train digits.yaml -o out": "--runs out",
    "train digits.yaml --output-dir=out": "--runs out",
    "train digits.yaml --save-dir 'my out'": "--runs 'my out'",
    "train digits.yaml --gpu": "--device gpu",
    "train --gpu digits.yaml": "--device gpu",
    "train digits.yaml --cuda": "--device gpu",
    "train digits.yaml --num-gpus 2": "--device gpu",
    "train digits.yaml --gpu-id 1": "--device gpu:1",
    "train digits.yaml --cpu": "--device cpu",
    "resume last --gpu": "--device gpu",
    "train --config digits.yaml": "cnnlab train digits.yaml",
    "train --config=digits.yaml": "cnnlab train digits.yaml",
    "check -c digits.yaml": "cnnlab check digits.yaml",
    "train digits.yaml --resume": "cnnlab resume last",
    "train --resume digits.yaml": "cnnlab resume last",
    "train digits.yaml --resume mnist-001": "cnnlab resume mnist-001",
    "train --checkpoint runs/mnist-001/checkpoints/last.keras": "cnnlab resume runs/mnist-001",
    "train digits.yaml --dry-run": "cnnlab check digits.yaml",
    "train digits.yaml --silent": "--quiet",
    "train digits.yaml --repot": "--report",
    "train digits.yaml --sedes 3": "--seeds 3",
    "train digits.yaml --Quiet": "--quiet",
    "train digits.yaml --version": "cnnlab --version",
    "resume last --epoch 5": "--epochs 5",
    "resume last --patience 5": "--set 'training.callbacks[0].early_stopping.patience=5'",
    "evaluate --checkpoint last": "cnnlab evaluate last",
    "evaluate last --test": "--split test",
    "evaluate last --subset train": "--split train",
    "evaluate a.keras --std 0.3": "--deviation 0.3",
    "predict a.keras 7.png --rescale unit": "--scaling unit",
    "predict --model last seven.png": "cnnlab predict last seven.png",
    "predict last --image seven.png": "cnnlab predict last seven.png",
    "predict last --output a.png": "--save a.png",
    "predict last -n 9": "--random 9",
    "explain last --gradcam": "cnnlab explain last grad-cam",
    "explain --method occlusion last": "cnnlab explain last occlusion",
    "compare a b --html x.html": "--page x.html",
    "new --name mine": "cnnlab new mine",
    "new mine --data photos": "--dataset photos",
    "runs --filter 'accuracy>0.9'": "--where 'accuracy>0.9'",
    "runs --order-by accuracy": "--sort accuracy",
    "runs rm mnist-001 --force": "--yes",
    "--quiet train digits.yaml": "cnnlab train digits.yaml --quiet",
    "--train digits.yaml": "cnnlab train digits.yaml",
    "--list": "cnnlab runs",
    "-v": "cnnlab --version",
}


@pytest.mark.parametrize(("line", "text"), OPTIONS.items())
def test_an_unknown_option_gets_what_it_means(run_cli, mistyped_folder, line, text):
    error = find_error(run_cli, mistyped_folder, line)
    names = [word.partition("=")[0] for word in shlex.split(line)]
    messages = [f"No such option '{name}'. Did you mean `{text}`?\n" for name in names]
    assert error in messages


@pytest.mark.parametrize("text", sorted({text for text in OPTIONS.values() if "--set" in text}))
def test_check_accepts_every_suggested_edit(run_cli, mistyped_folder, text):
    config = "sgd.yaml" if "sgd" in text else "digits.yaml"
    if "callbacks[0]" in text:  # of a run, whose only callback is early stopping
        text = text.replace("callbacks[0]", "callbacks[1]")
    code, _, err = run_cli("check", config, *shlex.split(text), cwd=mistyped_folder)
    assert (code, err) == (0, "")


TEXTS = {
    "train digits.yaml --epochs": (
        "No such option '--epochs'. Did you mean `--set training.epochs=…`? The setting takes "
        "a whole number from 1 to 100,000 (passes over the training images)."
    ),
    "train digits.yaml --val-split 20": (
        "No such option '--val-split'. Did you mean `--set data.validation=…`? The setting takes "
        "a number from 0 to 0.9, or from_dataset (share of the training images of each class, for "
        "validation; validation images of the data set replace it)."
    ),
    "train digits.yaml --augment": (
        "No such option '--augment'. Did you mean `--set data.augment=…`? The setting takes a "
        "preset (digits, clothes) or a list of kinds (random changes of training images, in this "
        "order)."
    ),
    "train digits.yaml --loss mse": (
        "No such option '--loss'. Did you mean `--set training.loss=…`? The setting takes one of "
        "cross_entropy (the number that training minimizes)."
    ),
    "train digits.yaml --filters 16": (
        "No such option '--filters'. Did you mean `--set 'model[0].conv.filters=16'` or "
        "`--set 'model[2].conv.filters=16'`?"
    ),
    "train digits.yaml --batch-norm": (
        "No such option '--batch-norm'. The config has no such layer: add `- batch_norm` to the "
        "model."
    ),
    "train digits.yaml --data photos": (
        "No such option '--data'. For a folder of images, `cnnlab new photos --dataset photos/` "
        "writes a config."
    ),
    "train digits.yaml --verbose": (
        "No such option '--verbose'. Leave this option out: without `--quiet`, cnnlab shows the "
        "progress."
    ),
    "check digits.yaml --verbose": (
        "No such option '--verbose'. Leave this option out: `cnnlab check` always prints all of "
        "its results."
    ),
    "train digits.yaml --overwrite": (
        "No such option '--overwrite'. Leave this option out: `cnnlab train` makes a new folder "
        "and overwrites no run."
    ),
    "check digits.yaml --device gpu": (
        "No such option '--device'. This option belongs to `cnnlab find-lr`, `cnnlab train`, "
        "`cnnlab resume` and `cnnlab sweep`."
    ),
    "resume last --lr 0.1": (
        "No such option '--lr'. This setting of a run is fixed; `cnnlab train CONFIG --set "
        f"{ADAM}=0.1` trains a new run."
    ),
    "evaluate last --batch-size 64": (
        "No such option '--batch-size'. This is a setting of training: `cnnlab train CONFIG --set "
        "data.batch_size=64`."
    ),
    "new mine --epochs 5": (
        "No such option '--epochs'. Change `training.epochs` in the config that "
        "`cnnlab new` writes."
    ),
    "train --config digits.yaml --epochs 5 --gpu": (
        "No such option '--config'. Did you mean `cnnlab train digits.yaml`?\n"
        "No such option '--epochs'. Did you mean `--set training.epochs=5`?\n"
        "No such option '--gpu'. Did you mean `--device gpu`?"
    ),
    "train digits.yaml --nope": "No such option '--nope'.",
    "train digits.yaml epochs=5": (
        "Got unexpected extra argument (epochs=5). Did you mean `--set training.epochs=5`?"
    ),
    "train digits.yaml --set training.epochs 5": (
        "Got unexpected extra argument (5). Did you mean `--set training.epochs=5`?"
    ),
    "train digits.yaml sgd.yaml": "Got unexpected extra argument (sgd.yaml)",
}


@pytest.mark.parametrize(("line", "text"), TEXTS.items())
def test_where_no_other_word_is_enough_a_sentence_says_what_to_do(
    run_cli, mistyped_folder, line, text
):
    assert find_error(run_cli, mistyped_folder, line) == f"{text}\n"
