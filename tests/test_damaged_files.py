"""Any damage to a file gets an error message, in little time and memory."""

from __future__ import annotations

import resource
import time

import numpy as np
import pytest
from checkpoint_builders import SMALL, network, spec_of
from damaged_files import damage, damage_zip
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from picture_builders import PLAIN, to_bytes

from cnnlab import checkpoint, foreign_models
from cnnlab.data import datasets, image_files
from cnnlab.data.image_preparation import fit_image
from cnnlab.errors import CheckpointError, DataError, UsageError
from cnnlab.spec.experiment import Data

pytestmark = pytest.mark.slow

SHAPE = (8, 7, 1)
THOROUGH = settings(
    settings.get_profile("damages"),
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
PROGRAMS = st.binary(min_size=5, max_size=60)
WAYS = st.sampled_from([damage, damage_zip])
SECONDS, MIB = 2.0, 256


@pytest.fixture(autouse=True, scope="module")
def limit_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MIB


@pytest.fixture(scope="module")
def arrays(tmp_path_factory):
    """An .npz file with two classes of images of the network's shape."""
    path = tmp_path_factory.mktemp("fuzz") / "own.npz"
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 256, (12, *SHAPE), np.uint8), np.arange(12) % 2
    np.savez_compressed(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    return path


def answer_or_refuse(path, data, ask, error):
    """Read damaged bytes: a result or an error message, within two seconds."""
    path.write_bytes(data)
    started, said = time.perf_counter(), "an answer"
    try:
        ask(path)
    except error as told:
        said = str(told)
    assert said
    assert all(line.isprintable() for line in said.splitlines())
    assert time.perf_counter() - started < SECONDS


WHOLE = checkpoint.to_bytes(network(SMALL, SHAPE), spec_of(SMALL, SHAPE))
TARGET = network(SMALL, SHAPE)


@THOROUGH
@given(WAYS, PROGRAMS)
def test_a_damaged_checkpoint_is_answered(tmp_path, way, program):
    def ask(path):
        foreign_models.read_spec(path)
        checkpoint.load_weights(TARGET, path)
        assert all(np.isfinite(weight).all() for weight in TARGET.get_weights())

    # With another name for cnnlab.json it is a foreign file, which needs options.
    refusals = (CheckpointError, UsageError)
    answer_or_refuse(tmp_path / "some.keras", way(WHOLE, program), ask, refusals)


@THOROUGH
@given(WAYS, PROGRAMS)
def test_a_damaged_file_of_a_stranger_is_answered(arrays, tmp_path, way, program):
    said = foreign_models.ForeignModelOptions(str(arrays), "unit")
    theirs = WHOLE.replace(b"cnnlab.json", b"metadat.jso")
    path = tmp_path / "theirs.keras"
    answer_or_refuse(
        path,
        way(theirs, program),
        lambda path: foreign_models.read_spec(path, said),
        CheckpointError,
    )


@THOROUGH
@given(WAYS, PROGRAMS)
def test_a_damaged_npz_file_is_answered(arrays, tmp_path, way, program):
    def ask(path):
        data = Data(dataset=str(path))
        datasets.describe_dataset(data)
        assert datasets.read_training_images(data).images.dtype == np.uint8
        datasets.read_test_images(data)

    answer_or_refuse(tmp_path / "other.npz", way(arrays.read_bytes(), program), ask, DataError)


PICTURES = [
    to_bytes(PLAIN, "PNG"),
    to_bytes(PLAIN.convert("P"), "PNG"),
    to_bytes(PLAIN, "JPEG", progressive=True),
    to_bytes(PLAIN, "WEBP"),
    to_bytes(PLAIN, "BMP"),
]


@THOROUGH
@given(st.sampled_from(PICTURES), PROGRAMS)
def test_a_damaged_picture_is_answered(tmp_path, whole, program):
    def ask(path):
        assert fit_image(image_files.read_image(str(path)), SHAPE).shape == SHAPE

    answer_or_refuse(tmp_path / "picture", damage(whole, program), ask, DataError)


def test_what_is_damaged_here_is_right_before(arrays, tmp_path):
    path = tmp_path / "some.keras"
    path.write_bytes(WHOLE)
    checkpoint.load_weights(TARGET, path)
    assert foreign_models.read_spec(path) == spec_of(SMALL, SHAPE)
    assert datasets.describe_dataset(Data(dataset=str(arrays))).classes == 2
    for whole in PICTURES:
        path.write_bytes(whole)
        assert image_files.read_image(str(path)).shape == (90, 120, 3)
