"""Format the sections of a report as HTML, from the data of the run folder."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

import numpy as np

from cnnlab.class_figures import are_uneven, describe_averaged_classes, format_share
from cnnlab.counts import format_count
from cnnlab.data.datasets import Images
from cnnlab.explain.kernels import compute_statistics
from cnnlab.html_page import (
    build_code,
    build_drawing,
    build_facts,
    build_figure,
    build_paragraph,
    build_section,
    build_table,
    choose_by_screen,
    to_html,
)
from cnnlab.report import page_pictures
from cnnlab.report.architecture_drawing import draw_architecture, draw_narrow_architecture
from cnnlab.report.confusion_drawing import draw_confusion
from cnnlab.report.evidence import Finding
from cnnlab.report.network_inspection import NetworkView
from cnnlab.report.report_data import ClassRow, EvaluationFigures, ReportData
from cnnlab.spec.experiment import Experiment

_NOTHING = (
    "No findings: cnnlab found no sign of overfitting, of underfitting, of a learning rate that is "
    "too high, or of a layer that learns nothing."
)


def format_result(data: ReportData, figures: EvaluationFigures, note: str) -> str:
    """Format the accuracy of a run, the note if `note` is not empty, and the cost of training."""
    name, record = data.run.name, data.record
    low, high = figures.accuracy_interval
    whose = f"The mean of the {len(data.members)} members of {name}" if _is_ensemble(data) else name
    right = (
        f"{whose} classifies {figures.accuracy:.2%} of the "
        f"{format_count(figures.images, 'test image')} of {data.spec.experiment.data.dataset} "
        f"correctly (95% interval {low:.2%} to {high:.2%})."
    )
    took = (
        f"{format_count(record.parameters, 'parameter')}, "
        f"{format_count(record.epochs, 'epoch')} in {record.seconds:,.0f} s on "
        f"{record.device}; {record.ended}."
    )
    noted = build_paragraph(f"Note: {note}.") if note else ""
    return build_paragraph(right, "result") + noted + build_paragraph(took, "faint")


def format_diagnosis(findings: Sequence[Finding], validated: bool) -> str:
    """Format the findings of the diagnosis, each with its evidence and its advice.

    `validated` says whether the run has validation images.
    """
    parts = [
        f'<div class="finding"><h3>{to_html(finding.title)}</h3>{build_paragraph(finding.evidence)}'
        + (build_paragraph(finding.advice) if finding.advice else "")
        + "</div>"
        for finding in findings
    ]
    unseen = ""
    if not validated:
        unseen = "cnnlab cannot see overfitting, because the run has no validation images."
    parts = parts or [build_paragraph(_NOTHING if validated else "No other findings.")]
    return build_section("Diagnosis", build_paragraph(unseen) if unseen else "", *parts)


def format_architecture(data: ReportData) -> tuple[str, str]:
    """Format the section about the architecture; return the section and the SVG of the drawing."""
    rows = data.table()
    drawing = draw_architecture(rows, data.run.name)
    narrow = draw_narrow_architecture(rows, data.run.name)
    fixed = f", {rows.non_trainable:,} of them not trained" if rows.non_trainable else ""
    text = (
        f"{format_count(rows.parameters, 'parameter')}{fixed}; "
        f"{format_count(rows.multiply_adds, 'multiply-add')} for one image. Beside each arrow is "
        "the shape of the output: height × width × channels."
    )
    figure = build_drawing(choose_by_screen(drawing.svg, drawing.width, narrow.svg))
    return build_section("Architecture", build_paragraph(text), figure), drawing.svg


def format_curves(data: ReportData) -> str:
    """Format the curves of a run, or of each member of an ensemble."""
    parts = []
    for part in data.members or (data,):
        name = f"<h3>{to_html(part.run.name)}</h3>" if data.members else ""
        parts.append(name + page_pictures.draw_curves(part, _describe_course(part)))
    return build_section("Curves", *parts)


def _describe_course(data: ReportData) -> str:
    """Describe the training in a sentence with the first and last loss and the best epoch."""
    first, last = data.history[0], data.history[-1]
    if len(data.history) == 1:
        return _describe_only_epoch(last)
    text = f"Training loss {first['loss']:.4f} after epoch 1, {last['loss']:.4f} at the end"
    if "val_loss" in last:
        text += f"; validation loss {first['val_loss']:.4f} and {last['val_loss']:.4f}"
    if data.record.best_epoch:
        text += f"; best epoch {data.record.best_epoch}, by {data.record.best_monitor}"
    return f"{text}."


def _describe_only_epoch(row: Mapping[str, float]) -> str:
    """Describe the losses of a run that has a single epoch, in one sentence."""
    text = f"Training loss {row['loss']:.4f} after the only epoch"
    return f"{text}; validation loss {row['val_loss']:.4f}." if "val_loss" in row else f"{text}."


def format_answers(data: ReportData, figures: EvaluationFigures, test: Images) -> str:
    """Format the results on the test set: metrics by class, confusions, mistakes, calibration."""
    heads = ("class", "precision", "recall", "F1", "images")
    names = [row.name for row in figures.per_class]
    matrix = draw_confusion(figures.confusion_matrix, names)
    count = len(figures.answers.mistakes)
    mistakes = (
        f"{format_count(count, 'mistake')}; here are the most confident mistakes, each with its "
        "number in the test set, its true class, and its predicted class with the probability."
    )
    calibration = figures.calibration
    diagram = (
        f"The mean confidence is {calibration.confidence:.2%}, the accuracy is "
        f"{figures.accuracy:.2%}, and the expected calibration error is "
        f"{calibration.expected_calibration_error:.2%}."
    )
    return build_section(
        "On the test set",
        build_paragraph(_describe_losses(figures)),
        build_paragraph(_describe_means(figures)) if _are_uneven(figures) else "",
        build_table("Figures by class", heads, list(map(_format_class, figures.per_class))),
        "<h3>Confusion matrix</h3>",
        build_figure(matrix, _describe_confusion(figures)),
        "<h3>Mistakes</h3>" if count else "",
        page_pictures.show_mistakes(data, figures.answers, test, mistakes),
        "<h3>Calibration</h3>",
        page_pictures.draw_calibration(figures, diagram),
    )


def _format_class(row: ClassRow) -> list[str]:
    shares = map(format_share, (row.precision, row.recall, row.f1))
    return [row.name, *shares, f"{row.support:,}"]


def _describe_losses(figures: EvaluationFigures) -> str:
    """Say what cross-entropy and loss are."""
    text = f"Mean cross-entropy {figures.cross_entropy:.4f}, in nats."
    if figures.loss is None or figures.loss_definition == "cross-entropy":
        return text
    return f"{text} Loss {figures.loss:.4f}, which training minimizes: {figures.loss_definition}."


def _are_uneven(figures: EvaluationFigures) -> bool:
    return are_uneven([row.support for row in figures.per_class])


def _describe_means(figures: EvaluationFigures) -> str:
    """Say the means over the classes, and the accuracy of always answering the largest class."""
    majority = figures.majority
    classes = describe_averaged_classes([row.support for row in figures.per_class])
    return (
        f"Balanced accuracy {figures.balanced_accuracy:.2%}, the mean recall of {classes}; macro "
        f"F1 {figures.macro_f1:.2%}, the mean F1 of the same. {majority.share:.2%} is what always "
        f"answering {majority.name} would give."
    )


def _describe_confusion(figures: EvaluationFigures) -> str:
    names = [row.name for row in figures.per_class]
    pairs = [
        (count, names[true], names[answer])
        for true, row in enumerate(figures.confusion_matrix)
        for answer, count in enumerate(row)
        if true != answer and count
    ]
    if not pairs:
        return (
            "Rows: true classes; columns: predicted classes. Every image is classified correctly."
        )
    count, true, answer = max(pairs, key=lambda pair: pair[0])
    return (
        "Rows: true classes; columns: predicted classes. Grey: correct. A deeper blue is a larger "
        f"share of the true class. Most frequent mistake: {true} → {answer}, {count:,} of the "
        "images."
    )


def format_members(data: ReportData, figures: EvaluationFigures) -> str:
    """Format the table of an ensemble's members and their mean; return "" for a single run."""
    if not _is_ensemble(data):
        return ""
    rows = [
        [part.run.name, str(row.seed), f"{row.cross_entropy:.4f}", f"{row.accuracy:.2%}"]
        for part, row in zip(data.members, figures.members, strict=False)
    ]
    mean = [f"{figures.cross_entropy:.4f}", f"{figures.accuracy:.2%}"]
    rows.append(["mean of their probabilities", "", *mean])
    member_table = build_table(
        "Members of the ensemble", ("member", "seed", "cross-entropy", "accuracy"), rows
    )
    return build_section("Members", member_table, build_paragraph("Figures on the test set."))


def format_inside(view: NetworkView) -> str:
    """Format the section about the kernels and the feature maps of a network."""
    parts = []
    if view.kernels:
        trained, untrained = map(_format_statistics, view.kernels)
        caption = f"All weights of the first convolution: {trained} after training, {untrained} "
        parts.append("<h3>Kernels, trained and untrained</h3>")
        parts.append(page_pictures.show_kernels(view.kernels, f"{caption}before training."))
    if view.layers:
        caption = f"The feature maps of the first test image; its class is {view.truth}."
        parts.append("<h3>Feature maps of one image</h3>")
        parts.append(page_pictures.show_maps(view, caption))
    return build_section("Inside", *parts) if parts else ""


def _format_statistics(weights: np.ndarray) -> str:
    figures = compute_statistics(weights)
    return f"mean {figures.mean:.4f}, standard deviation {figures.standard_deviation:.4f}"


def format_config(data: ReportData) -> str:
    """Format the section with the text of the config."""
    return build_section("Config", build_code(data.config, "The text of the config"))


def format_commands(data: ReportData) -> str:
    """Format the commands, versions and other facts that a reader needs to repeat the run."""
    record, path = data.record, shlex.quote(str(data.run.path))
    commands = [f"cnnlab evaluate {path}", f"cnnlab report {path}"]
    if record.command:
        commands.insert(0, shlex.join(record.command))
    if record.git_commit:
        commands.insert(0, f"git checkout {record.git_commit}")
    source = record.data
    facts = [
        ("seed", ", ".join(map(str, record.seeds or [record.seed]))),
        ("versions", ", ".join(f"{name} {version}" for name, version in record.versions.items())),
        ("git commit", record.git_commit or "none: the command ran outside a git repository"),
        ("data", f"{source.get('dataset', '')}, {_describe_split(data.spec.experiment, source)}"),
        ("data's SHA-256", str(source.get("fingerprint", ""))),
        ("device", record.device),
        ("started, finished", f"{record.started}, {record.finished or 'not yet'}"),
    ]
    note = "The same config and seed give the same weights, to the last bit, on the same CPU."
    commands_text = "\n".join(commands)
    return build_section(
        "How to repeat the run",
        build_code(commands_text, "Commands"),
        build_facts(facts),
        build_paragraph(note),
    )


def _describe_split(experiment: Experiment, source: dict[str, object]) -> str:
    counts = {split: source.get(f"{split}_images") for split in ("training", "validation")}
    texts = [
        format_count(n, f"{split} image") if isinstance(n, int) else f"? {split} images"
        for split, n in counts.items()
    ]
    return f"{', '.join(texts)} (seed {experiment.validation_seed})"


def _is_ensemble(data: ReportData) -> bool:
    return bool(data.members)
