"""`cnnlab predict`: classify single images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_network
from cnnlab.cli.options import echo_json, foreign_options, json_option, runs_option


@click.command(cls=SuggestingCommand, short_help="Classify images with a trained run.")
@click.argument("name", metavar="RUN", shell_complete=complete_network)
@click.argument("images", nargs=-1, metavar="[IMAGE]...")
@click.option(
    "--random",
    "count",
    type=click.IntRange(min=1),
    metavar="N",
    help="Classify N random test images, and show their true classes.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    help="The seed for --random: the same seed chooses the same images.  [default: 0]",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="PICTURE.png",
    help="Draw each image, the input that the network gets from it, and its predicted classes.",
)
@click.option(
    "--each",
    is_flag=True,
    help="Classify each digit of a picture with several digits, from left to right.",
)
@foreign_options
@runs_option
@json_option
def predict(
    name: str,
    images: tuple[str, ...],
    count: int | None,
    seed: int | None,
    save: Path | None,
    each: bool,
    foreign: dict[str, Any],
    root: Path,
    as_json: bool,
) -> None:
    """Classify each IMAGE with RUN: its classes, the most probable first.

    IMAGE is a PNG, JPEG, WebP, BMP, GIF or TIFF file, a folder of such files, or `-` for a file on
    standard input. If the network was trained on MNIST, cnnlab finds the sheet of paper in the
    photo, cuts the digit out, and prepares it as MNIST was prepared, light on dark. For any other
    network, cnnlab resizes and pads the picture to the size that the network reads; if the training
    images share a plain ground, the picture gets this ground. The output says when the input of the
    network looks unlike the training images. For a .keras file of another program, say with
    --scaling, --resize and --exif how the images were prepared. RUN may also be an .onnx or .tflite
    file that `cnnlab export` wrote; its runtime computes it, without TensorFlow. If cnnlab cannot
    read a file, cnnlab names this file, classifies the other images, and ends with exit code 3.

    \b
      cnnlab predict last seven.png
      cnnlab predict last drawings/ --save answers.png
      cnnlab predict last --random 9
    """
    from cnnlab.api import actions, trained_networks
    from cnnlab.cli import input_pictures, predict_output
    from cnnlab.errors import DataError

    if not (name.endswith((".keras", ".onnx", ".tflite")) and Path(name).exists()):
        actions.load(name, root)  # a wrong name is the first error, before those of options
    predict_output.require_consistent_options(images, count, seed, save, each)
    if count:
        answers = trained_networks.predict_random(name, count, seed or 0, runs=root, **foreign)
    else:
        answers = trained_networks.predict(
            name, images, each=each, with_pictures=save is not None, runs=root, **foreign
        )
    for fault in answers.faults:
        click.echo(f"cnnlab: {fault}", err=True)
    if as_json:
        echo_json([answer.to_dict() for answer in answers])
    elif answers:
        predict_output.print_answers(answers)
        if images:
            input_pictures.print_inputs(answers)
    if save and answers:
        predict_output.save_picture(save, answers)
    if answers.faults:
        raise SystemExit(DataError.exit_code)
