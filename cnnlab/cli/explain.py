"""`cnnlab explain`: draw what a trained network looks at."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_run
from cnnlab.cli.options import echo_json, json_option, moved_dataset_option, runs_option


@click.command(cls=SuggestingCommand, short_help="Draw what a network looks at.")
@click.argument("name", metavar="RUN", shell_complete=complete_run)
@click.argument("parts", nargs=-1, metavar="[PART]...")
@click.option("--all", "everything", is_flag=True, help="Draw the pictures of every PART.")
@click.option("--image", type=click.Path(path_type=Path), help="Explain an image file.")
@click.option("--index", type=int, help="Explain the test image with this index, from 0.")
@click.option("--label", metavar="CLASS", help="Explain the first test image of a class.")
@click.option("--layer", metavar="NAME|NUMBER", help="The layer for kernels and Grad-CAM.")
@click.option(
    "--class",
    "class_name",
    metavar="CLASS",
    help="The class to explain: a name, `predicted` or `true`.",
)
@click.option("--untrained", is_flag=True, help="Also draw the maps of the untrained network.")
@moved_dataset_option
@runs_option
@json_option
def explain(
    name: str,
    parts: tuple[str, ...],
    everything: bool,
    image: Path | None,
    index: int | None,
    label: str | None,
    layer: str | None,
    class_name: str | None,
    untrained: bool,
    dataset: str | None,
    root: Path,
    as_json: bool,
) -> None:
    """Draw what the network of RUN looks at, and write the pictures into its folder explain/.

    \b
    PART is one or more of
      kernels    kernels of a convolution, after and before training, with histograms
      maps       feature maps of every convolution and pool, and which maps never fire
      grad-cam   where in the image the network sees evidence for a class
      occlusion  where a square that covers the image lowers the score of a class most

    If you choose no image, the first test image is explained. --layer takes the name that this
    command prints (conv_1), or the number in the table of `cnnlab check`.

    \b
      cnnlab explain last --all
      cnnlab explain last maps --index 123 --untrained
      cnnlab explain last grad-cam --label 7 --class 1
    """
    from cnnlab.api import actions
    from cnnlab.cli.explain_output import print_explanation
    from cnnlab.explain.request import select_parts

    run = actions.load(name, root)
    selected_parts = select_parts(parts, everything)
    figures = run.explain(
        *selected_parts,
        image=image,
        index=index,
        label=label,
        layer=layer,
        class_name=class_name,
        untrained=untrained,
        dataset=dataset,
        report=lambda line: click.echo(line, err=True),
    )
    if as_json:
        echo_json(figures)
    else:
        print_explanation(figures, selected_parts)
