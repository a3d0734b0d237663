"""`cnnlab predict`: what a network says of single images."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.options import (
    dataset_option,
    echo_json,
    json_option,
    runs_option,
    scaling_option,
)


@click.command()
@click.argument("name", metavar="RUN")
@click.argument("images", nargs=-1, metavar="[IMAGE]...")
@click.option(
    "--random",
    "count",
    type=click.IntRange(min=1),
    metavar="N",
    help="Ask about N images of the test set, chosen at random, and tell the truth too.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    help="Chooses the images of --random: the same seed, the same images.  [default: 0]",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="PICTURE.png",
    help="Draw each image, what the network saw of it, and its answer.",
)
@dataset_option
@scaling_option
@runs_option
@json_option
def predict(
    name: str,
    images: tuple[str, ...],
    count: int | None,
    seed: int | None,
    save: Path | None,
    dataset: str | None,
    scaling: str | None,
    root: Path,
    as_json: bool,
) -> None:
    """Ask RUN what is on each IMAGE: its classes, the most probable first.

    IMAGE is a PNG, JPEG, WebP or BMP file, a folder of them, or `-` for one that is piped in. For a
    network of MNIST, a digit is cut out of the photo or drawing and laid as MNIST has it, light on
    dark; any other picture is resized and padded to what the network reads. What cannot be read is
    named, the rest is answered, and the exit code is 3.

    \b
      cnnlab predict last seven.png
      cnnlab predict last drawings/ --save answers.png
      cnnlab predict last --random 9
    """
    from cnnlab.cli import predicted
    from cnnlab.cli.chatter import import_tensorflow
    from cnnlab.data import preparing
    from cnnlab.errors import DataError
    from cnnlab.keras_file import Said
    from cnnlab.study import networks

    predicted.require_sense(images, count, seed, save)
    [network] = networks.named([name], root, "test", Said(dataset, scaling))
    asked, faults = preparing.gathered(images, network.spec, with_originals=save is not None)
    for fault in faults:
        click.echo(f"cnnlab: {fault}", err=True)
    answers = []
    if asked or count:
        import_tensorflow()
        from cnnlab import prediction

        asked = asked or prediction.drawn(network.spec, count or 0, seed or 0)
        answers = prediction.answers([*network.parts], asked)
    if as_json:
        echo_json(answers)
    elif answers:
        predicted.tell(network, answers)
    if save and answers:
        predicted.draw(save, network, asked, answers)
    if faults:
        raise SystemExit(DataError.exit_code)
