"""Layers of every kind with many options, and groups of layers, for tests of all engines."""

from cnnlab.spec.convolutions_and_pools import AvgPool, Conv, DepthwiseConv, MaxPool, SeparableConv
from cnnlab.spec.layer_groups import Block, Parallel, Repeat, Residual
from cnnlab.spec.layer_options import ACTIVATIONS
from cnnlab.spec.layers import (
    ActivationLayer,
    AlphaDropout,
    BatchNorm,
    Crop,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    LayerNorm,
    PRelu,
    Rescale,
    Reshape,
    Resize,
    SpatialDropout,
    UnitNorm,
    Upsample,
    ZeroPad,
)
from cnnlab.spec.normalization_layers import Normalize
from cnnlab.spec.size_layers import TAPS

CONVOLUTIONS = [
    {},
    {"padding": "same", "activation": "leaky_relu"},
    {"padding": "same", "strides": 2, "kernel_size": (5, 2), "use_bias": False},
    {"padding": 2, "strides": (2, 1)},
    {"padding": "same", "dilation_rate": (1, 2)},
    {"dilation_rate": 2, "padding": 1},
]
KINDS = [
    *(Conv(filters=6, **options) for options in CONVOLUTIONS),
    Conv(filters=6, groups=2, padding="same"),
    Conv(filters=9, kernel_size=1, activation={"elu": {"alpha": 2.0}}),
    *(DepthwiseConv(**options) for options in CONVOLUTIONS if options.get("strides") != (2, 1)),
    DepthwiseConv(depth_multiplier=3, strides=2, padding="same"),
    *(
        SeparableConv(filters=5, **options)
        for options in CONVOLUTIONS
        if not options.get("strides")
    ),
    SeparableConv(filters=5, depth_multiplier=2, strides=2, padding="same"),
    *(
        cls(pool_size=size, strides=strides, padding=padding)
        for cls in (MaxPool, AvgPool)
        for size, strides in ((2, None), ((3, 2), 1), (4, 3))
        for padding in ("valid", "same", 1)
    ),
    *(cls(keepdims=keeps) for cls in (GlobalAvgPool, GlobalMaxPool) for keeps in (True, False)),
    Flatten(),
    Dense(units=11, activation="relu"),
    Dropout(rate=0.5),
    SpatialDropout(rate=0.5),
    AlphaDropout(rate=0.5),
    GaussianNoise(stddev=0.5),
    *(cls() for cls in (BatchNorm, LayerNorm, UnitNorm)),
    *(cls(center=False, epsilon=0.01) for cls in (BatchNorm, LayerNorm)),
    *(cls(scale=False) for cls in (BatchNorm, LayerNorm)),
    *(GroupNorm(groups=groups) for groups in (1, 2, 4)),
    GroupNorm(groups=2, center=False, scale=False),
    *(ActivationLayer(function=cls()) for cls in ACTIVATIONS),
    *(PRelu(shared_axes=axes) for axes in ((), (1,), (1, 2), (3,), (1, 2, 3))),
    ZeroPad(padding=((0, 1), (2, 3))),
    Crop(cropping=((0, 1), (2, 3))),
    *(Upsample(size=(2, 3), interpolation=word) for word in TAPS),
    *(
        Resize(size=size, interpolation=word, antialias=smooth)
        for word in TAPS
        for size in ((5, 13), (3, 2), (20, 17))
        for smooth in (False, True)
    ),
    *(
        Resize(size=size, **{field: True})
        for size in ((5, 13), (7, 3), (6, 6))
        for field in ("crop_to_aspect_ratio", "pad_to_aspect_ratio")
    ),
    Reshape(target_shape=(6, 4, 12)),
    Rescale(scale=0.5, offset=(1.0, 2.0, 3.0, 4.0)),
    Rescale(scale=(1.0, -2.0, 3.0, 4.0)),
    *(Normalize(axes=axes) for axes in ((3,), (), (1, 3), (1, 2, 3))),
    Normalize(axes=(3,), mean=(1.0, 2.0, 3.0, 4.0), variance=(1.0, 0.0, 2.0, 3.0)),
    Normalize(axes=(), mean=(3.0,), variance=(4.0,), invert=True),
]

SAME = {"padding": "same", "activation": "relu"}
BRANCH = (Conv(filters=4, **SAME),)
WIDER = (Conv(filters=6, **SAME), BatchNorm())
WORDS = ("add", "average", "multiply", "subtract", "maximum", "minimum", "concatenate")
BRANCH_OF_6 = (Conv(filters=6, **SAME),)
GROUPS = [
    Residual(layers=BRANCH, shortcut="identity"),
    Residual(layers=(*WIDER, Conv(filters=5, strides=2, padding="same"))),
    Residual(layers=(Residual(layers=(Residual(layers=WIDER),)),)),
    *(Parallel(branches=((), BRANCH), merge=word) for word in WORDS),
    Parallel(branches=((), BRANCH, WIDER, (MaxPool(strides=1, padding="same"),))),
    Parallel(branches=(BRANCH, (), BRANCH), merge="maximum"),
    Parallel(branches=((), (GlobalAvgPool(), Dense(units=4))), merge="multiply"),
    Parallel(branches=((GlobalMaxPool(keepdims=True),), ()), merge="multiply"),
    Parallel(branches=((Conv(filters=1, kernel_size=1),), ()), merge="multiply"),
    Parallel(branches=((GlobalAvgPool(),), (Flatten(), Dense(units=3)))),
    Repeat(times=2, layers=(Parallel(branches=((), WIDER)), MaxPool())),
    Block(name="own", layers=(Residual(layers=WIDER), Repeat(times=2, layers=WIDER))),
]
