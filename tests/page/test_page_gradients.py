"""Grad-CAM of the page's engine against that of `cnnlab explain`."""

import pytest
from page_engine import ENDS, SHAPE, build, compare, describe, draw_image, read_spec
from project_files import CONFIGS

from cnnlab.explain.grad_cam import compute_grad_cam
from cnnlab.explain.layers_with_maps import choose_grad_cam_layer, list_map_layers
from cnnlab.explain.network_outputs import open_network
from cnnlab.export.checkpoint_weights import collect_weights
from cnnlab.export.network_description import build_nodes
from cnnlab.spec.convolutions_and_pools import AvgPool, Conv, DepthwiseConv, MaxPool, SeparableConv
from cnnlab.spec.layer_groups import Parallel
from cnnlab.spec.layer_options import ACTIVATIONS
from cnnlab.spec.layers import (
    ActivationLayer,
    BatchNorm,
    Crop,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    LayerNorm,
    PRelu,
    Rescale,
    Reshape,
    Resize,
    UnitNorm,
    Upsample,
    ZeroPad,
)
from cnnlab.spec.normalization_layers import Normalize

WORDS = ("add", "average", "multiply", "subtract", "maximum", "minimum", "concatenate")
BRANCH_OF_6 = (Conv(filters=6, padding="same", activation="relu"),)
CONVOLUTION = {"padding": "same", "activation": "gelu"}
TAILS = {
    "a softmax": (Flatten(), *ENDS["a softmax"]),
    "pools": (MaxPool(), AvgPool(padding="same"), *ENDS["logits"], GlobalAvgPool()),
    "padded pools": (
        *(MaxPool(padding=1), AvgPool(padding=1), MaxPool(pool_size=3, strides=1, padding="same")),
        *(GlobalMaxPool(), *ENDS["a softmax"]),
    ),
    "convolutions": (
        *(Conv(filters=4, groups=2, **CONVOLUTION), Conv(filters=3, strides=2, **CONVOLUTION)),
        *(DepthwiseConv(depth_multiplier=2, dilation_rate=2, **CONVOLUTION),),
        *(SeparableConv(filters=5, depth_multiplier=2, padding=1, activation="mish"),),
        *(Flatten(), *ENDS["a mean of softmaxes"]),
    ),
    "normalizations": (
        *(BatchNorm(), LayerNorm(), GroupNorm(groups=2), UnitNorm(), PRelu(shared_axes=(1, 2))),
        *(Rescale(scale=2.0), Normalize(axes=(3,)), Flatten(), *ENDS["a softmax of its own"]),
    ),
    "sizes": (
        *(ZeroPad(), Crop(cropping=((0, 1), (1, 0))), Upsample(interpolation="bilinear")),
        *(Resize(size=(7, 5), interpolation="bicubic"), Upsample(size=3), Dropout(rate=0.5)),
        *(Resize(size=4, crop_to_aspect_ratio=True), Resize(size=3, pad_to_aspect_ratio=True)),
        *(Resize(size=5, interpolation="lanczos3"), Reshape(target_shape=(150,)), *ENDS["logits"]),
    ),
    "branches": (
        *(Parallel(branches=((), BRANCH_OF_6), merge=word) for word in WORDS),
        *(Parallel(branches=((), (GlobalAvgPool(), Dense(units=12))), merge="multiply"),),
        *(GlobalAvgPool(), *ENDS["a mean of softmaxes"]),
    ),
    "activations": (
        *(ActivationLayer(function=cls()) for cls in ACTIVATIONS if cls.kind != "exponential"),
        *(Flatten(), *ENDS["logits"]),
    ),
}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
def test_grad_cam_is_that_of_explain(engine, tail):
    """The maps are those of the first layer, so that gradients go through all later layers."""
    network, spec = build((Conv(filters=6, padding="same", activation="elu"), *tail), classes=3)
    nodes, layer = build_nodes(spec), list_map_layers(spec)[0]
    description, image = describe(spec), draw_image(SHAPE)
    description["grad_cam"]["node"] = nodes.find_node(layer.shown).id
    answer = engine.run(description, collect_weights(network, nodes), image, labels=range(3))
    for label, found in enumerate(answer.grad_cam):
        expected = compute_grad_cam(open_network(network, spec), layer, image, label)
        assert found["channelWeights"] == pytest.approx(expected.weights, rel=1e-4, abs=1e-6)
        evidence = found["values"].reshape(expected.evidence.shape) * found["strongest"]
        assert evidence == pytest.approx(expected.evidence, rel=1e-4, abs=1e-5)
        assert found["logit"] == pytest.approx(expected.logit, rel=1e-5, abs=1e-5)
        assert found["values"].max() == pytest.approx(1 if expected.positive else 0)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_grad_cam_uses_the_layer_that_explain_chooses(path):
    spec = read_spec(path)
    node = build_nodes(spec).nodes[describe(spec)["grad_cam"]["node"]]
    assert node.name == choose_grad_cam_layer(spec).shown.removesuffix("_activation")


def test_a_network_without_convolutions_has_no_grad_cam(engine):
    network, spec = build((Flatten(), *ENDS["logits"]), classes=3)
    assert compare(engine, network, spec, labels=[0]).grad_cam == [None]


def test_a_disabled_kernel_has_no_part_in_grad_cam(engine):
    """Keras computes the same for a kernel of zeros, since relu(0) = 0."""
    stack = (Conv(filters=6, activation="relu"), *TAILS["a softmax"])
    network, spec = build(stack, classes=3)
    weights, image = collect_weights(network, build_nodes(spec)), draw_image(SHAPE)
    answer = engine.run(describe(spec), weights, image, labels=[1], disabled=["1:4"])
    kernel, bias = network.layers[0].get_weights()
    kernel[..., 4] = bias[4] = 0
    network.layers[0].set_weights([kernel, bias])
    layer = list_map_layers(spec)[0]
    expected = compute_grad_cam(open_network(network, spec), layer, image, 1)
    [found] = answer.grad_cam
    evidence = found["values"].reshape(expected.evidence.shape) * found["strongest"]
    assert evidence == pytest.approx(expected.evidence, rel=1e-4, abs=1e-5)
    assert found["logit"] == pytest.approx(expected.logit, rel=1e-5)
