"""`cnnlab explain`: what a trained network looks at."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.options import echo_json, json_option, runs_option


@click.command()
@click.argument("name", metavar="RUN")
@click.argument("parts", nargs=-1, metavar="[PART]...")
@click.option("--all", "everything", is_flag=True, help="Draw all parts.")
@click.option("--image", type=click.Path(path_type=Path), help="Explain an image file.")
@click.option("--index", type=int, help="Explain a test image, counted from 0.")
@click.option("--label", metavar="CLASS", help="Explain the first test image of a class.")
@click.option("--layer", metavar="NAME|NUMBER", help="The layer for kernels and Grad-CAM.")
@click.option(
    "--class", "class_name", metavar="CLASS", help="A class, `predicted` or `true`: explain that."
)
@click.option("--untrained", is_flag=True, help="Draw maps beside those of the untrained network.")
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
    root: Path,
    as_json: bool,
) -> None:
    """Draw what the network of RUN looks at, into its explain/ folder.

    \b
    PART is one or more of
      kernels    those of a convolution, trained beside untrained, with their histograms
      maps       what every convolution and pool makes of an image; maps that never fire
      grad-cam   where in the image the evidence for a class is
      occlusion  where covering the image takes most from the class

    The image is the first of the test set, if no other is chosen. A layer is named as in the
    answer (conv_1), or by its number in the table of `cnnlab check`.

    \b
      cnnlab explain last --all
      cnnlab explain last maps --index 123 --untrained
      cnnlab explain last grad-cam --label 7 --class 1
    """
    from cnnlab import run_folder
    from cnnlab.cli.chatter import import_tensorflow
    from cnnlab.explain.asking import asked
    from cnnlab.explain.request import parts_named
    from cnnlab.explain.subject import Choice

    wanted, choice = parts_named(parts, everything), Choice(image, index, label)
    run = run_folder.find(name, root)
    ask = asked(run, wanted, choice, layer=layer, class_name=class_name, untrained=untrained)
    import_tensorflow()
    from cnnlab.cli.explained import tell
    from cnnlab.explain.explanation import explain as draw

    figures = draw(ask, lambda line: click.echo(line, err=True))
    if as_json:
        echo_json(figures)
    else:
        tell(figures, wanted)
