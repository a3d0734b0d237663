"""Describe a data set before any training, as text, as plain data or as a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.api.edits import Edits, read_edited_config
from cnnlab.counts import format_count
from cnnlab.errors import UsageError

if TYPE_CHECKING:
    from cnnlab.data.survey import Survey
    from cnnlab.spec.experiment import Data

_SHOWN_CLASSES = 20  # in the text; the smallest ones if there are more
_SHOWN_DUPLICATES = 10
_SHOWN_FILES = 10
_EXPECTED = "mnist, fashion_mnist, a file of images, a folder or a config"


@dataclass(frozen=True)
class DataDescription:
    """What a data set contains: images of each class, sizes, colours, and duplicates.

    `str` and `print` give the text that `cnnlab data` prints.
    """

    survey: Survey

    @property
    def duplicates(self) -> list[dict[str, Any]]:
        """The pairs of equal or almost equal images, each pair with the names of both images."""
        return list(self.to_dict()["duplicates"])

    @property
    def unreadable(self) -> list[dict[str, str]]:
        """The files that cannot be read, each with the reason."""
        return list(self.to_dict()["unreadable"])

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab data --json` prints."""
        return self.survey.to_dict()

    def draw(self) -> bytes:
        """Draw ten training images of each class as a PNG."""
        from cnnlab.data.samples import read_samples
        from cnnlab.plots import to_png
        from cnnlab.plots.samples import draw_samples

        survey = self.survey
        return to_png(draw_samples(*read_samples(survey), survey.class_names, survey.dataset))

    def save(self, path: str | Path = "data.png") -> None:
        """Write the PNG of `draw` to a file; raise DiskError if the file cannot be written."""
        from cnnlab.run_folder import save_file

        save_file(Path(path), self.draw())

    def __str__(self) -> str:
        return "\n".join(_format_lines(self.survey)) + "\n"

    def __repr__(self) -> str:
        return f"<{_format_headline(self.survey)}>"

    def _repr_html_(self) -> str:
        from cnnlab.html_page import format_notebook_text

        return format_notebook_text(str(self))


def describe_data(
    source: str | Path,
    edits: Edits | None = None,
    *,
    report: Callable[[int, int], None] | None = None,
) -> DataDescription:
    """Read all images of a data set and describe the data set, without loading TensorFlow.

    Args:
        source: mnist, fashion_mnist, a file of images, a folder, or a config. For a config, the
            description also counts the validation images that a training would hold out.
        edits: changes of the config, for example `{"data.validation": 0.2}`.
        report: a function that cnnlab calls with the number of image files read so far and the
            number of all image files.

    Raises:
        UsageError: `source` is no data set and no config.
        ConfigError, DataError: the config or the layout of the data set has faults. An image file
            that cannot be read raises no error; the description lists this file.
    """
    from cnnlab.data.survey import survey_data
    from cnnlab.spec.experiment import CONFIG_ENDINGS

    if str(source).endswith(CONFIG_ENDINGS):
        experiment = read_edited_config(source, edits).experiment
        return DataDescription(survey_data(experiment.data, experiment.validation_seed, report))
    if edits:
        raise UsageError(f"{source}: no config, so leave `--set` out")
    return DataDescription(survey_data(_find_data(str(source)), None, report))


def _find_data(source: str) -> Data:
    from cnnlab.run_folder import is_run_folder
    from cnnlab.spec.experiment import BUNDLED_DATASETS, Data, resolve_paths
    from cnnlab.spec.wording import suggest_word

    if source in BUNDLED_DATASETS:
        return Data(dataset=source)
    path = Path(source)
    if is_run_folder(path):
        raise UsageError(f"{source}: a run, not data; expected {_EXPECTED}")
    if path.exists() or "/" in source or path.suffix:
        named = f"{source.rstrip('/')}/" if path.is_dir() else f"{path.parent}/{path.name}"
        return resolve_paths(Data(dataset=named, validation=0.0), Path.cwd())
    hint = suggest_word(source, BUNDLED_DATASETS)
    message = f"{source}: there is no such data set; expected {_EXPECTED}"
    raise UsageError(f"{message}; {hint}" if hint else message)


def _format_headline(survey: Survey) -> str:
    images = format_count(int(survey.counts.sum()), "image")
    return f"{survey.dataset}: {images} of {format_count(len(survey.class_names), 'class')}"


def _format_lines(survey: Survey) -> list[str]:
    images = survey.images
    splits = ", ".join(
        f"{int(row.sum()):,} {name}"
        for name, row in zip(images.split_names, survey.counts, strict=True)
    )
    lines = [_format_headline(survey) + (f" ({splits})" if len(images.split_names) > 1 else "")]
    lines += [_format_sizes(survey), _format_colours(survey), ""]
    lines += [*_format_classes(survey), "", *_format_duplicates(survey)]
    if images.unreadable:
        from cnnlab.data.fault_lists import describe_files

        lines += ["", f"{format_count(len(images.unreadable), 'file')} cannot be read:"]
        lines += [f"  {line}" for line in describe_files(images.unreadable)]
    return [*lines, *survey.notes]


def _format_sizes(survey: Survey) -> str:
    sizes = survey.describe_sizes()
    if not sizes["different"]:
        return "no image can be read"
    smallest, median, largest = (
        f"{sizes[key][0]} × {sizes[key][1]}" for key in ("smallest", "median", "largest")
    )
    if sizes["different"] == 1:
        return f"all images are {smallest} (height × width)"
    return (
        f"{sizes['different']:,} sizes (height × width): the smallest {smallest}, the median "
        f"{median}, the largest {largest}"
    )


def _format_colours(survey: Survey) -> str:
    images = survey.images
    gray, count = int(images.is_gray.sum()), len(images.is_gray)
    colours = (
        "gray" if gray == count else "in colour" if not gray else f"{gray:,} gray, others in colour"
    )
    figures = [", ".join(f"{v:.1f}" for v in values) for values in (images.mean, images.deviation)]
    unit = [
        ", ".join(f"{v / 255:.4f}" for v in values) for values in (images.mean, images.deviation)
    ]
    pixels = "pixels" if len(survey.counts) == 1 else f"{images.split_names[0]} pixels"
    return (
        f"{colours}; mean of the {pixels} {figures[0]}, deviation "
        f"{figures[1]} of 255 (on a scale from 0 to 1: {unit[0]} and {unit[1]})"
    )


def _format_classes(survey: Survey) -> list[str]:
    from cnnlab.text_width import fill_width, measure_width

    totals = survey.counts.sum(axis=0)
    order = [*range(len(totals))]
    lines = []
    if len(order) > _SHOWN_CLASSES:
        order = sorted(order, key=lambda label: (totals[label], label))[:_SHOWN_CLASSES]
        lines.append(f"the {_SHOWN_CLASSES} smallest of {format_count(len(totals), 'class')}")
    names = [survey.class_names[label] for label in order]
    headings = ["class", *survey.images.split_names]
    rows = [
        [name, *(f"{row[label]:,}" for row in survey.counts)]
        for name, label in zip(names, order, strict=True)
    ]
    widths = [max(map(measure_width, column)) for column in zip(headings, *rows, strict=True)]
    for row in [headings, *rows]:
        cells = [
            fill_width(row[0], widths[0]),
            *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
    first = survey.counts[0]
    low, high = int(first.argmin()), int(first.argmax())
    what = "image" if len(survey.counts) == 1 else "training image"
    if first[low] == first[high]:
        return [*lines, f"each class has {format_count(int(first[low]), what)}"]
    small, large = survey.class_names[low], survey.class_names[high]
    smallest = f"smallest class: {small} ({format_count(int(first[low]), what)})"
    return [*lines, f"{smallest}; largest: {large} ({first[high]:,})"]


def _format_duplicates(survey: Survey) -> list[str]:
    lines = []
    for first, second, exact, near in survey.count_duplicates():
        if exact or near:
            where = f"within {first}" if first == second else f"between {first} and {second}"
            where = "among the images" if len(survey.counts) == 1 else where
            lines.append(f"duplicates {where}: {exact:,} exact, {near:,} near")
    if not survey.duplicates:
        lines.append("no duplicates, exact or near")
    if not survey.is_complete:
        lines.append("too many images are alike to compare all pairs; there may be more duplicates")
    between = sorted(
        survey.to_dict()["duplicates"],
        key=lambda row: row["image"]["split"] == row["other"]["split"],
    )
    for row in between[:_SHOWN_DUPLICATES]:
        image, other = row["image"], row["other"]
        sign = "=" if row["kind"] == "exact" else "≈"
        classes = (
            image["class"]
            if image["class"] == other["class"]
            else f"{image['class']} and {other['class']}"
        )
        lines.append(f"  {image['name']} {sign} {other['name']} ({classes})")
    more = len(between) - _SHOWN_DUPLICATES
    return [*lines, *([f"  … and {more:,} more; --json lists all"] if more > 0 else [])]
