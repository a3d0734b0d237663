"""The networks of configs/: each opens in stock Keras without cnnlab, with the same answers."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import project_files
import pytest
from checkpoint_builders import same_weights
from stock_keras import run_stock_keras

from cnnlab import checkpoint, model
from cnnlab.data.datasets import describe_dataset
from cnnlab.spec.config_reader import read_config
from cnnlab.spec.experiment import Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.training.compilation import compile_network
from cnnlab.training.schedules import replace_by_stock_schedule

pytestmark = pytest.mark.slow

CONFIGS = Path(__file__).parents[1] / "configs"
PATHS = project_files.CONFIGS
NAMES = [str(path.relative_to(CONFIGS)) for path in PATHS]
ALONE = """\
images = numpy.load(sys.argv[1])
for name in sys.argv[2:]:
    opened = keras.saving.load_model(name)
    opened.run_eagerly = True  # three images: a trace costs more than it saves
    numpy.save(name + ".npy", opened.predict(images, verbose=0))
"""


def build_trained(path):
    """The network of a config, trained for one step, and its spec."""
    found = read_config(path, describe_dataset)
    shape, classes = found.info.image_shape, found.info.classes
    experiment = found.experiment
    network = model.build_network(
        experiment.model, shape, experiment.seed, precision=experiment.training.precision
    )
    compile_network(network, experiment, steps_per_epoch=10)
    images = np.random.default_rng(1).random((4, *shape), np.float32)
    network.run_eagerly = True  # one step: a trace costs more than it saves
    network.train_on_batch(images, np.eye(classes, dtype=np.float32)[:4])
    inputs = Inputs(
        image_shape=shape,
        class_names=found.info.class_names,
        mean=(0.0,) * shape[2],
        deviation=(255.0,) * shape[2],
        fingerprint="",
    )
    return network, Spec(experiment=experiment, inputs=inputs)


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """The answers of cnnlab's networks, and of stock Keras with their checkpoints."""
    folder = tmp_path_factory.mktemp("reference")
    images = np.random.default_rng(2).random((3, 28, 28, 1)).astype(np.float32)
    np.save(folder / "images.npy", images)
    ours, paths = {}, []
    for name, path in zip(NAMES, PATHS, strict=True):
        keras.backend.clear_session()
        network, spec = build_trained(path)
        ours[name] = network.predict(images, verbose=0)
        paths.append(folder / f"{name.replace('/', '-')}.keras")
        with replace_by_stock_schedule(network.optimizer):
            paths[-1].write_bytes(checkpoint.to_bytes(network, spec))
        copy = model.build_network(spec.experiment.model, (28, 28, 1), root_seed=9)
        checkpoint.load_weights(copy, paths[-1])
        assert same_weights(copy, network), name
    run_stock_keras(ALONE, folder / "images.npy", *paths)
    theirs = [np.load(f"{path}.npy") for path in paths]
    return ours, dict(zip(NAMES, theirs, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_stock_keras_alone_answers_as_cnnlab_does(answers, name):
    ours, theirs = answers
    assert np.array_equal(ours[name], theirs[name])


def test_blocks_is_the_network_of_residual():
    residual, _ = build_trained(CONFIGS / "reference/residual.yaml")
    blocks, _ = build_trained(CONFIGS / "reference/blocks.yaml")
    assert [layer.name for layer in blocks.layers] == [layer.name for layer in residual.layers]
    assert same_weights(blocks, residual)


# Every core is used here; the workers of the other tests have one thread each.
ALL_THREADS = {"TF_NUM_INTRAOP_THREADS": "0", "TF_NUM_INTEROP_THREADS": "0"}
EVERYTHING = """\
name: everything
seed: 5
ensemble: [5, 9]
data:
  dataset: few.npz
  validation: 0.25               # 150 training images
  batch_size: 50
  augment:
    - random_translation: 0.1
    - random_rotation: 10
    - random_zoom: 0.1
    - random_shear: 0.1
    - random_flip
    - random_elastic
    - brightness: 0.1
    - contrast: 0.1
    - random_erasing: 0.5
    - mixup
    - cutmix
blocks:
  conv_bn_relu:
    parameters: {filters: required}
    layers:
      - conv: {filters: $filters, kernel_size: 3, padding: same, use_bias: false}
      - batch_norm
      - activation: relu
model:
  - conv_bn_relu: 8
  - max_pool: 2
  - repeat: {times: 2, layers: [residual: [conv_bn_relu: 8, spatial_dropout: 0.1]]}
  - parallel: {branches: [[], [conv_bn_relu: 4], [gaussian_noise: 0.1]]}
  - global_avg_pool
  - dropout: 0.2
  - dense: {units: 10, activation: softmax}
training:
  epochs: 2
  precision: mixed_bfloat16
  optimizer: {adamw: {one_cycle: 0.01}}
  weight_average: {ema: 0.99}
  callbacks: [model_checkpoint]
"""


def arrays(path):
    """The weights of a checkpoint, as bytes."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(checkpoint.WEIGHTS_MEMBER)


def test_everything_together_gives_the_same_bytes_again(cnnlab, small_data, tmp_path):
    config = tmp_path / "everything.yaml"
    config.write_text(EVERYTHING, encoding="utf-8")
    sizes = {"x_train": 200, "y_train": 200, "x_test": 50, "y_test": 50}
    with np.load(small_data / "small.npz") as small:
        np.savez(tmp_path / "few.npz", **{name: small[name][:n] for name, n in sizes.items()})
    edits = ("ensemble=null", "seed=9", "data.validation_seed=5")  # members share validation images
    for more in ((), [word for edit in edits for word in ("--set", edit)]):
        arguments = ("train", config, "--quiet", "--runs", tmp_path, *more)
        done = cnnlab(*arguments, cwd=tmp_path, **ALL_THREADS)
        assert (done.returncode, done.stderr) == (0, "")
    ensemble, alone = (tmp_path / f"everything-00{number}" for number in (1, 2))
    for name in ("initial", "best", "averaged", "last"):
        file = f"checkpoints/{name}.keras"
        assert arrays(ensemble / "members/2" / file) == arrays(alone / file), file
    for member in ("1", "2"):
        assert (ensemble / f"members/{member}/augmentation.png").stat().st_size
    record = json.loads((ensemble / "run.json").read_text())
    assert (record["status"], record["seeds"]) == ("finished", [5, 9])
