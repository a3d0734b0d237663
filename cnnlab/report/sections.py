"""The parts of a report, each from the run folder's material to HTML."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from cnnlab.html_page import as_html, code, facts, paragraph, picture, section, table, wide
from cnnlab.report.architecture import architecture
from cnnlab.report.diagnosis import Finding
from cnnlab.report.inside import Shown
from cnnlab.report.material import ClassRow, Figures, Material
from cnnlab.spec.experiment import Experiment

_NOTHING = (
    "Nothing stands out: no sign of overfitting, of underfitting, of a learning rate that is too "
    "high, or of layers that learn nothing."
)


def result(material: Material, figures: Figures) -> str:
    """What came out, in a sentence, and what it took."""
    name, record = material.run.name, material.record
    low, high = figures.accuracy_interval
    whose = (
        f"The mean of the {len(material.members)} members of {name}" if _many(material) else name
    )
    right = (
        f"{whose} answers {figures.accuracy:.2%} of the {figures.images:,} test images of "
        f"{material.spec.experiment.data.dataset} right "
        f"(95 % interval {low:.2%} to {high:.2%})."
    )
    epochs = "1 epoch" if record.epochs == 1 else f"{record.epochs} epochs"
    took = (
        f"{record.parameters:,} parameters, {epochs} in {record.seconds:,.0f} s on "
        f"{record.device}; {record.ended}."
    )
    return paragraph(right, "result") + paragraph(took, "faint")


def diagnosis(findings: Sequence[Finding], validated: bool) -> str:
    """What stands out, each with the figures that it rests on."""
    parts = [
        f'<div class="finding"><h3>{as_html(found.title)}</h3>{paragraph(found.evidence)}'
        + (paragraph(found.advice) if found.advice else "")
        + "</div>"
        for found in findings
    ]
    unseen = ""
    if not validated:
        unseen = "No images were held out (validation: 0), so that overfitting cannot be seen."
    parts = parts or [paragraph(_NOTHING if validated else "Nothing else stands out.")]
    return section("Diagnosis", paragraph(unseen) if unseen else "", *parts)


def drawing(material: Material) -> tuple[str, str]:
    """The section of the architecture, and its drawing as a file of its own."""
    rows = material.table()
    svg = architecture(rows, material.run.name)
    fixed = f", {rows.non_trainable:,} of them not trained" if rows.non_trainable else ""
    told = (
        f"{rows.parameters:,} parameters{fixed}; "
        f"{rows.multiply_adds:,} multiply-adds for one image. Beside each arrow is the shape of "
        "what goes on: height × width × channels."
    )
    drawn = wide(svg, "Drawing of the architecture")
    return section("Architecture", paragraph(told), f"<figure>{drawn}</figure>"), svg


def curves(material: Material) -> str:
    """The history as curves; of an ensemble, those of each member."""
    drawn = []
    for part in material.members or (material,):
        png = part.run.read_picture("curves.png")
        if png is not None:
            drawn.append(picture(png, f"{part.run.name}: {_course(part)}", _course(part)))
    return section("Curves", *drawn) if drawn else ""


def _course(material: Material) -> str:
    """The first and the last loss, in words."""
    first, last = material.history[0], material.history[-1]
    told = f"Training loss {first['loss']:.4f} after epoch 1, {last['loss']:.4f} at the end"
    if "val_loss" in last:
        told += f"; validation loss {first['val_loss']:.4f} and {last['val_loss']:.4f}"
    if material.record.best_epoch:
        told += f"; best epoch {material.record.best_epoch}, by {material.record.best_monitor}"
    return f"{told}."


def answers(material: Material, figures: Figures) -> str:
    """What the test set shows: classes, confusions, mistakes, calibration."""
    sure = figures.calibration
    drawn = {
        "confusion_matrix": _confused(figures),
        "mistakes": "The wrong answers that it was surest of: each image with its number in the "
        "test set, the truth, and the answer with its probability.",
        "calibration": f"It is {sure.confidence:.2%} sure of its answers on average, and "
        f"{figures.accuracy:.2%} are right: the expected calibration error is "
        f"{sure.expected_calibration_error:.2%}.",
    }
    parts = []
    for name, words in drawn.items():
        png = material.run.read_picture(f"evaluation/{name}.png")
        if png is not None:
            parts.append(picture(png, f"{name.replace('_', ' ').capitalize()}. {words}", words))
    heads = ("class", "precision", "recall", "F1", "images")
    loss = f"Loss {figures.loss:.4f}: the mean cross-entropy, in nats."
    rows = [_class_row(row) for row in figures.per_class]
    return section(
        "On the test set", paragraph(loss), table("Figures by class", heads, rows), *parts
    )


def _class_row(row: ClassRow) -> list[str]:
    shares = [f"{share:.2%}" for share in (row.precision, row.recall, row.f1)]
    return [row.name, *shares, f"{row.support:,}"]


def _confused(figures: Figures) -> str:
    names = [row.name for row in figures.per_class]
    pairs = [
        (count, names[true], names[answer])
        for true, row in enumerate(figures.confusion_matrix)
        for answer, count in enumerate(row)
        if true != answer and count
    ]
    if not pairs:
        return "Every answer is right."
    count, true, answer = max(pairs, key=lambda pair: pair[0])
    return (
        f"True classes down, answers across. Most often {true} was taken for {answer}: {count:,} ×."
    )


def members(material: Material, figures: Figures) -> str:
    """Each member of an ensemble, and the mean."""
    if not _many(material):
        return ""
    rows = [
        [part.run.name, str(row.seed), f"{row.loss:.4f}", f"{row.accuracy:.2%}"]
        for part, row in zip(material.members, figures.members, strict=False)
    ]
    rows.append(["mean of their answers", "", f"{figures.loss:.4f}", f"{figures.accuracy:.2%}"])
    told = table("Members of the ensemble", ("member", "seed", "loss", "accuracy"), rows)
    return section("Members", told, paragraph("On the test set, each alone and all together."))


def inside(figures: Sequence[Shown]) -> str:
    """Kernels and feature maps."""
    if not figures:
        return ""
    drawn = [
        f"<h3>{as_html(one.title)}</h3>"
        + picture(one.png, f"{one.title}. {one.caption}", one.caption)
        for one in figures
    ]
    return section("Inside", *drawn)


def config(material: Material) -> str:
    """The config, letter for letter."""
    return section("Config", code(material.config, "The config as it was given"))


def repeat(material: Material) -> str:
    """What it takes to get the same run again."""
    record, path = material.record, shlex.quote(str(material.run.path))
    commands = [f"cnnlab evaluate {path}", f"cnnlab report {path}"]
    if record.command:
        commands.insert(0, shlex.join(record.command))
    if record.git_commit:
        commands.insert(0, f"git checkout {record.git_commit}")
    data = record.data
    known = [
        ("seed", ", ".join(map(str, record.seeds or [record.seed]))),
        ("versions", ", ".join(f"{name} {version}" for name, version in record.versions.items())),
        ("git commit", record.git_commit or "none: it was not started in a git repository"),
        ("data", f"{data.get('dataset', '')}, {_split(material.spec.experiment, data)}"),
        ("data's SHA-256", str(data.get("fingerprint", ""))),
        ("device", record.device),
        ("started, finished", f"{record.started}, {record.finished or 'not yet'}"),
    ]
    told = "The same config and seed give the same weights, to the last bit, on the same CPU."
    commands_text = "\n".join(commands)
    return section(
        "How to repeat it", code(commands_text, "Commands"), facts(known), paragraph(told)
    )


def _split(experiment: Experiment, data: dict[str, object]) -> str:
    counts = (data.get(f"{split}_images") for split in ("training", "validation"))
    kept, held_out = (f"{n:,}" if isinstance(n, int) else "?" for n in counts)
    return f"{kept} images to train on, {held_out} held out by seed {experiment.validation_seed}"


def _many(material: Material) -> bool:
    return bool(material.members)
