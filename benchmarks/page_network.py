"""The time of the page's own engine for one image, in node.

    python benchmarks/page_network.py [TIMES]

Measures configs/mnist.yaml, and the network of configs/reference/ with the most multiply-adds,
with untrained weights, on TIMES images of the test set (100). Prints the median, the fastest and
the slowest in milliseconds: all maps and probabilities, and Grad-CAM of one class.
Bar: 5 ms for all maps of configs/mnist.yaml, so that drawing keeps 30 frames a second.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from cnnlab import model
from cnnlab.data.datasets import describe_dataset, read_test_images
from cnnlab.export.checkpoint_weights import collect_weights
from cnnlab.export.network_description import build_nodes
from cnnlab.export.run_network import describe_network
from cnnlab.spec.config_reader import Config, read_config
from cnnlab.spec.experiment import Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.layer_table import build_table

ROOT = Path(__file__).parents[1]
SCRIPT = Path(__file__).with_suffix(".mjs")


def count_multiply_adds(config: Config) -> int:
    return build_table(config.experiment, config.info).multiply_adds


def measure(config: Config, times: int) -> dict[str, list[float]]:
    """The sorted milliseconds of `times` images, of all maps and of Grad-CAM."""
    inputs = Inputs(
        image_shape=config.info.image_shape,
        class_names=config.info.class_names,
        mean=(0.0,),
        deviation=(255.0,),
        fingerprint="",
    )
    spec = Spec(experiment=config.experiment, inputs=inputs)
    nodes = build_nodes(spec)
    network = model.build_network(config.experiment.model, inputs.image_shape, 1)
    images = read_test_images(config.experiment.data).images[:times]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("network.json", "weights", "images")]
        paths[0].write_text(json.dumps(describe_network(spec, nodes)))
        paths[1].write_bytes(collect_weights(network, nodes).tobytes())
        paths[2].write_bytes(images.tobytes())
        command = ["node", str(SCRIPT), *map(str, paths), str(times)]
        done = subprocess.run(command, capture_output=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    """Measure and print."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    references = (ROOT / "configs/reference").glob("*.yaml")
    first = read_config(ROOT / "configs/mnist.yaml", describe_dataset)
    others = [read_config(path, describe_dataset) for path in sorted(references)]
    for config in (first, max(others, key=count_multiply_adds)):
        print(f"{config.experiment.name}, {count_multiply_adds(config):,} multiply-adds")
        for name, taken in measure(config, times).items():
            spread = f"{taken[0]:.2f} to {taken[-1]:.2f}"
            print(f"  {name}: median {statistics.median(taken):.2f} ms ({spread})")


if __name__ == "__main__":
    main()
