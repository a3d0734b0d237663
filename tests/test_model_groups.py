"""Groups of layers in Keras: shapes, counts, seeds, precision, checkpoints."""

from collections import Counter

import keras
import numpy as np
import pytest
from checkpoint_builders import network, same_weights, spec_of
from hypothesis import HealthCheck, given, settings
from random_stacks import compare, nested_stacks, output_shape
from stock_keras import run_stock_keras

from cnnlab import checkpoint, foreign_models, model
from cnnlab.spec.convolutions_and_pools import Conv, MaxPool
from cnnlab.spec.layer_groups import GROUPS, Block, Parallel, Repeat, Residual, unroll
from cnnlab.spec.layers import (
    ActivationLayer,
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
)

pytestmark = pytest.mark.slow

IMAGE = (9, 8, 4)
SAME = {"padding": "same", "activation": "relu"}
WIDER = (Conv(filters=6, **SAME), BatchNorm())
SAME_SIZE = (Conv(filters=4, **SAME),)
PARITY = [
    Residual(layers=(Conv(filters=4, **SAME),)),
    Residual(layers=(Conv(filters=4, **SAME),), shortcut="identity"),
    Residual(layers=(Conv(filters=4, **SAME),), shortcut="conv"),
    Residual(layers=WIDER),
    Residual(layers=(*WIDER, Conv(filters=5, strides=2, padding="same"))),
    Residual(layers=(Conv(filters=5, strides=(1, 3), padding="same"),)),
    Residual(layers=(Residual(layers=(Residual(layers=WIDER),)),)),
    *(Parallel(branches=((), (Conv(filters=4, **SAME),)), merge=m) for m in ("add", "average")),
    Parallel(branches=((), WIDER, (MaxPool(pool_size=3, strides=1, padding="same"),))),
    Parallel(branches=((), ())),
    *(Parallel(branches=((), SAME_SIZE), merge=m) for m in ("subtract", "maximum", "minimum")),
    Parallel(branches=((), SAME_SIZE, SAME_SIZE), merge="multiply"),
    Parallel(branches=((), (GlobalAvgPool(), Dense(units=4))), merge="multiply"),
    Parallel(branches=((), (GlobalAvgPool(keepdims=True),)), merge="multiply"),
    Parallel(branches=((Conv(filters=1, kernel_size=1),), ()), merge="multiply"),
    Parallel(branches=((GlobalAvgPool(),), (Flatten(), Dense(units=3)))),
    Repeat(times=3, layers=WIDER),
    Repeat(times=2, layers=(Parallel(branches=((), WIDER)), MaxPool())),
    Block(name="own", layers=WIDER),
    Block(name="own", layers=(Residual(layers=WIDER), Repeat(times=2, layers=WIDER))),
]


@pytest.mark.parametrize("group", PARITY, ids=lambda group: f"{group.kind}-{len(str(group))}")
def test_the_table_is_right_for_a_group(group):
    built = compare((group,), IMAGE)
    assert output_shape(built, IMAGE) == group.output_shape(IMAGE)


def test_every_group_has_a_parity_case():
    assert {type(group) for group in PARITY} == set(GROUPS)


@pytest.mark.slow
def test_the_table_is_right_for_random_nested_stacks(stack_count):
    seen = Counter()

    @settings(
        max_examples=stack_count,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(nested_stacks())
    def hold(drawn):
        image, stack = drawn
        if not stack:
            return
        if sum(seen.values()) % 100 == 0:
            keras.backend.clear_session()
        built = compare(stack, image)
        units = unroll(stack, image)
        if seen["valid"] % 5 == 0:  # to compute costs more than to build
            assert output_shape(built, image) == units[-1].output
        kinds = [unit.layer.kind for unit in units] + [
            inner.layer.kind for unit in units for way in unit.ways for inner in way
        ]
        seen.update({"valid": 1, **dict.fromkeys(set(kinds), 1)})

    hold()
    assert seen["valid"] >= 0.75 * stack_count
    assert min(seen[cls.kind] for cls in GROUPS) >= 0.05 * stack_count


def test_a_residual_adds_its_input():
    image = np.random.default_rng(1).normal(size=(2, 3, 3, 1)).astype(np.float32)
    layer = Conv(filters=1, kernel_size=1, kernel_initializer={"constant": 2.0})
    built = model.build_network([Residual(layers=(layer,))], (3, 3, 1), 1)
    assert np.allclose(built(image), 3 * image)


@pytest.mark.parametrize(
    ("merge", "expected"),
    [
        ("add", [[10.0, 20.0]]),
        ("average", [[5.0, 10.0]]),
        ("concatenate", [[9.0, 18.0, 1.0, 2.0]]),
        ("multiply", [[9.0, 36.0]]),
        ("subtract", [[8.0, 16.0]]),
        ("maximum", [[9.0, 18.0]]),
        ("minimum", [[1.0, 2.0]]),
    ],
)
def test_branches_are_merged_in_their_order(merge, expected):
    nine = Dense(units=2, kernel_initializer="zeros", bias_initializer="zeros")
    built = model.build_network([Parallel(branches=((nine,), ()), merge=merge)], (2,), 1)
    built.set_weights([9 * np.eye(2), np.zeros(2)])
    assert np.allclose(built(np.array([[1.0, 2.0]])), expected)


def test_layers_in_groups_have_the_seeds_of_their_numbers():
    layer = Conv(filters=4, **SAME)
    head = (GlobalAvgPool(), Dense(units=2))
    grouped = [Repeat(times=2, layers=(Block(name="own", layers=(layer,)),)), *head]
    assert same_weights(
        model.build_network(grouped, IMAGE, 1), model.build_network([layer, layer, *head], IMAGE, 1)
    )


def test_mixed_precision_reaches_what_merges_and_the_output_stays_float32():
    stack = [Residual(layers=WIDER), Parallel(branches=((), WIDER)), GlobalAvgPool()]
    heads = ((Dense(units=2, activation="softmax"),), (Dense(units=2, activation="softmax"),))
    built = model.build_network(
        [*stack, Parallel(branches=heads, merge="average")], IMAGE, 1, "mixed_bfloat16"
    )
    computed = {layer.name: layer.compute_dtype for layer in built.layers}
    assert (computed["add_1"], computed["concatenate_2"]) == ("bfloat16", "bfloat16")
    assert computed["average_3"] == "float32"
    assert built.outputs[0].dtype == "float32"


def test_dropout_in_a_group_follows_seed_and_epoch():
    stack = [Parallel(branches=((Dropout(rate=0.5),), ()))]
    images = np.ones((2, *IMAGE), np.float32)
    built = model.build_network(stack, IMAGE, 1)

    def apply_dropout(epoch):
        model.set_epoch_seeds(built, 1, epoch)
        return np.asarray(built(images, training=True))

    first, second = apply_dropout(1), apply_dropout(2)
    assert np.array_equal(apply_dropout(1), first)
    assert not np.array_equal(first, second)


STACK = (
    Repeat(times=2, layers=(Residual(layers=WIDER), ActivationLayer(function="relu"))),
    Parallel(branches=((), (Conv(filters=2, kernel_size=1),))),
    MaxPool(),
    Flatten(),
    Dense(units=2, activation="softmax"),
)


def test_a_checkpoint_with_groups_is_read_as_it_was_written(tmp_path):
    trained = network(STACK, IMAGE)
    trained.compile("adam", "categorical_crossentropy")
    trained.train_on_batch(np.ones((2, *IMAGE), np.float32), np.eye(2))
    for name, saved in (("last", trained), ("best", model.remove_optimizer(trained))):
        path, target = tmp_path / f"{name}.keras", network(STACK, IMAGE, seed=9)
        path.write_bytes(checkpoint.to_bytes(saved, spec_of(STACK, IMAGE)))
        checkpoint.load_weights(target, path)
        assert same_weights(target, trained)
        assert foreign_models.read_spec(path) == spec_of(STACK, IMAGE)


ALONE = """\
images = numpy.random.default_rng(1).random((3, 9, 8, 4)).astype("float32")
numpy.save(sys.argv[2], keras.saving.load_model(sys.argv[1])(images))
"""


def test_stock_keras_alone_opens_a_checkpoint_with_groups(tmp_path):
    path, answers = tmp_path / "some.keras", tmp_path / "answers.npy"
    path.write_bytes(checkpoint.to_bytes(network(STACK, IMAGE), spec_of(STACK, IMAGE)))
    run_stock_keras(ALONE, path, answers)
    images = np.random.default_rng(1).random((3, *IMAGE)).astype(np.float32)
    assert np.array_equal(np.load(answers), network(STACK, IMAGE)(images))
