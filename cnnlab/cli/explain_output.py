"""Print the results of the command `cnnlab explain`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from cnnlab.counts import choose_form, format_count

_MOST_LISTED = 20  # numbers of maps in a line, for the maps of one layer that never fire


def print_explanation(figures: dict[str, Any], parts: Sequence[str]) -> None:
    """Print the results of an explanation as numbers, and the names of the written pictures."""
    image = figures.get("image")
    about = f", {_format_answer(image)}" if image else ""
    note = f"note: {figures['note']}\n" if figures["note"] else ""
    click.echo(f"{figures['checkpoint']}{about}\n{note}")
    for part in parts:
        result = figures.get(part.replace("-", "_"))
        nothing = ["nothing to draw: the network has no convolution"]
        lines = _FORMATTERS[part](result) if result else nothing
        for place, line in enumerate(lines):
            click.echo(f"{'' if place else part:<9}  {line}")
    folder, *names = _split_common_folder(figures["written"])
    click.echo(f"\nwritten into {folder}/:")
    for name in names:
        click.echo(f"  {name}")


def _format_answer(image: dict[str, Any]) -> str:
    true = "" if image["true"] is None else f"true {image['true']}, "
    return f"{image['name']}: {true}answer {image['predicted']} ({image['probability']:.1%})"


def _split_common_folder(paths: Sequence[str]) -> list[str]:
    """Split the paths of pictures: return their common folder explain/, then their file names."""
    folder, _, _ = paths[0].rpartition("/explain/")
    folder += "/explain"
    return [folder, *(path.removeprefix(f"{folder}/") for path in paths)]


def _format_kernels(result: dict[str, Any]) -> list[str]:
    height, width, channels, count = result["shape"]
    lines = [f"{result['layer']}: {height} × {width} × {channels} × {count} weights"]
    for side in ("trained", "untrained"):
        one = result[side]
        figures = f"mean {one['mean']:.4f}, deviation {one['standard_deviation']:.4f}"
        lines.append(f"{side}: {figures}, from {one['minimum']:.4f} to {one['maximum']:.4f}")
    return lines


def _format_maps(result: dict[str, Any]) -> list[str]:
    images = format_count(result["counted_images"], "test image")
    lines = [f"silent maps (never above 0) over {images}:"]
    for layer in result["layers"]:
        silent, channels = layer["never_fire"], layer["shape"][-1]
        if silent is None:
            count = "not counted, because the next layer uses negative values too"
        else:
            count = f"{len(silent)} of {channels}{_format_numbers(silent)}"
        lines.append(f"{layer['layer']}: {count}")
    return lines


def _format_numbers(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    word = choose_form(len(numbers), "map")
    more = ", …" if len(numbers) > _MOST_LISTED else ""
    return f" ({word} {', '.join(map(str, numbers[:_MOST_LISTED]))}{more})"


def _format_grad_cam(results: Sequence[dict[str, Any]]) -> list[str]:
    lines = []
    for one in results:
        text = f"no positive evidence for {one['class']} ({one['role']})"
        if one["positive_evidence"]:
            row, column = one["strongest_pixel"]
            text = f"{one['class']} ({one['role']}), peak at row {row}, column {column}"
        lines.append(f"{one['layer']}: {text}; logit {one['logit']:.2f}")
    return lines


def _format_occlusion(result: dict[str, Any]) -> list[str]:
    row, column = result["worst_pixel"]
    side, share = result["size"], result["probability"]
    lines = [
        f"{result['class']} ({result['role']}): covering {side} × {side} pixels at row {row}, "
        f"column {column}",
        f"lowers the logit by {result['worst_fall']:.2f}; the probability changes from {share:.1%} "
        "to "
        f"{result['probability_there']:.1%}",
    ]
    if result["grad_cam_correlation"] is not None:
        lines.append(f"rank correlation with Grad-CAM {result['grad_cam_correlation']:.2f}")
    return lines


_FORMATTERS: dict[str, Any] = {
    "kernels": _format_kernels,
    "maps": _format_maps,
    "grad-cam": _format_grad_cam,
    "occlusion": _format_occlusion,
}
