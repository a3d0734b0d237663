"""Print the results of the command `cnnlab evaluate`."""

from __future__ import annotations

from typing import Any

import click

from cnnlab.class_figures import are_uneven, describe_averaged_classes, format_share
from cnnlab.cli.text import format_run_table
from cnnlab.counts import choose_form, format_count
from cnnlab.study.statistics import Spread
from cnnlab.text_width import fill_width, measure_width

_TTA = {"shift": ", mean over shifts by one pixel", "flip": ", mean with the mirror image"}


def print_evaluation(figures: dict[str, Any], folder: str | None) -> None:
    """Print the results of an evaluation, and the folder of the files that cnnlab wrote."""
    views = _TTA.get(figures["tta"], "")
    note = f"note: {figures['note']}\n" if figures["note"] else ""
    images = format_count(figures["images"], f"{figures['split']} image")
    click.echo(f"{_describe_network(figures)} on {images}{views}")
    for text in _list_preparations(figures):
        click.echo(f"image preparation: {text}")
    click.echo(f"\n{note}", nl=bool(note))
    facts = [*_list_losses(figures), *_list_accuracies(figures)]
    facts.append(("confidence", _format_confidence(figures["calibration"])))
    width = max(len(name) for name, _ in facts)
    click.echo("\n".join(f"{name:<{width}}  {text}" for name, text in facts) + "\n")
    if "members" in figures:
        _print_members(figures)
    names = ["class", *(row["class"] for row in figures["per_class"])]
    width = max(map(measure_width, names))
    click.echo(f"{'class':<{width}}  precision  recall      f1  images")
    for row in figures["per_class"]:
        precision, recall, f1 = (format_share(row[name]) for name in ("precision", "recall", "f1"))
        scores = f"{precision:>9} {recall:>7} {f1:>7}"
        click.echo(f"{fill_width(row['class'], width)}  {scores} {row['support']:>7,}")
    click.echo()
    for line in _format_confusions(figures):
        click.echo(line)
    if folder:
        click.echo(f"written: {folder}/ (pictures and tables)")


def _list_preparations(figures: dict[str, Any]) -> list[str]:
    """List how images become inputs of the foreign networks, each way once."""
    rows = [figures, *figures.get("members", [])]
    return list(dict.fromkeys(row["preparation"]["text"] for row in rows if "preparation" in row))


def _list_losses(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """List the loss and the cross-entropy; one line is enough where they are the same."""
    if figures["cross_entropy"] is None:
        return [("cross-entropy", "–  (the outputs of the network do not add up to 1)")]
    entropy = f"{figures['cross_entropy']:.4f}"
    if figures["loss"] is None:
        return [("cross-entropy", entropy)]
    loss = ("loss", f"{figures['loss']:.4f}  ({figures['loss_definition']})")
    is_plain = figures["loss_definition"] == "cross-entropy"
    return [loss] if is_plain else [loss, ("cross-entropy", entropy)]


def _list_accuracies(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """List the accuracy, and the means over classes where the classes differ much in size."""
    low, high = figures["accuracy_interval"]
    interval = f"95% interval {low:.2%} to {high:.2%}"
    accuracy = [("accuracy", f"{figures['accuracy']:.2%}  ({interval})")]
    supports = [row["support"] for row in figures["per_class"]]
    if not are_uneven(supports):
        return accuracy
    majority, classes = figures["majority"], describe_averaged_classes(supports)
    always = f"{majority['share']:.2%}  (what always answering `{majority['class']}` would give)"
    return [
        *accuracy,
        ("majority", always),
        ("balanced accuracy", f"{figures['balanced_accuracy']:.2%}  (mean recall of {classes})"),
        ("macro F1", f"{figures['macro_f1']:.2%}  (mean F1 of {classes})"),
    ]


def _format_confidence(calibration: dict[str, Any]) -> str:
    """Format the mean confidence of predictions and the expected calibration error."""
    error = f"calibration error {calibration['expected_calibration_error']:.2%}"
    return f"{calibration['confidence']:.2%}  (mean predicted probability; {error})"


def _describe_network(figures: dict[str, Any]) -> str:
    if "members" not in figures:
        return str(figures["checkpoint"])
    count = len(figures["members"])
    if figures["run"]:
        return f"{figures['run']}, mean of {count} members"
    return f"mean of {count} runs"


def _print_members(figures: dict[str, Any]) -> None:
    rows = [
        {
            "network": row["run"] or row["checkpoint"],
            **{name.replace("_", "-"): row[name] for name in ("seed", *figures["spread"])},
        }
        for row in figures["members"]
    ]
    spreads = {
        name.replace("_", "-"): Spread(**spread) for name, spread in figures["spread"].items()
    }
    forms = {"cross-entropy": ".4f", "accuracy": ".2%"}
    click.echo("\n".join([*format_run_table(rows, spreads, forms), ""]))


def _format_confusions(figures: dict[str, Any], most: int = 5) -> list[str]:
    """Format the pairs of classes that the network confuses most often: at most `most` pairs."""
    names = [row["class"] for row in figures["per_class"]]
    pairs = [
        (count, names[true], names[answer])
        for true, row in enumerate(figures["confusion_matrix"])
        for answer, count in enumerate(row)
        if true != answer and count
    ]
    pairs.sort(key=lambda pair: -pair[0])
    if not pairs:
        return ["no mistakes"]
    listed = [f"{true} → {answer} ({count:,})" for count, true, answer in pairs[:most]]
    listed[0] = listed[0].removesuffix(")") + f" {choose_form(pairs[0][0], 'time')})"
    return [f"most confused: {', '.join(listed)}"]
