"""Define the activations, initializers and regularizers of layers, with Keras's names."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnlab.spec.kinds import Kind, OneOf


class Activation(Kind):
    """A function that a layer applies to its outputs, such as `relu`."""


def _define_activation(word: str, text: str) -> type[Activation]:
    """Define an activation that has no fields, with the name `word` and the docstring `text`."""
    name = "".join(part.capitalize() for part in word.split("_"))
    return type(name, (Activation,), {"kind": word, "__doc__": text, "__module__": __name__})


class LeakyRelu(Activation):
    """x for x > 0, else negative_slope · x (Maas et al. 2013)."""

    kind: ClassVar[str] = "leaky_relu"
    main: ClassVar[str | None] = "negative_slope"
    negative_slope: float = Field(0.2, ge=0, le=1, description="slope for x < 0")


class Elu(Activation):
    """x for x > 0, else alpha · (eˣ − 1) (Clevert et al. 2015)."""

    kind: ClassVar[str] = "elu"
    main: ClassVar[str | None] = "alpha"
    alpha: float = Field(
        1.0, ge=0, le=100, description="for large negative x, the result is −alpha"
    )


ACTIVATIONS: tuple[type[Activation], ...] = (
    _define_activation("linear", "x: the input, unchanged."),
    _define_activation("relu", "max(x, 0)."),
    _define_activation("relu6", "min(max(x, 0), 6)."),
    LeakyRelu,
    Elu,
    _define_activation(
        "selu", "A scaled elu, for kernels with lecun_normal (Klambauer et al. 2017)."
    ),
    _define_activation(
        "gelu", "x · Φ(x), where Φ is the normal distribution function (Hendrycks et al. 2016)."
    ),
    _define_activation("silu", "x · sigmoid(x), also called swish."),
    _define_activation("mish", "x · tanh(softplus(x)) (Misra 2019)."),
    _define_activation("sigmoid", "1 / (1 + e⁻ˣ)."),
    _define_activation("hard_sigmoid", "A sigmoid made of three straight lines."),
    _define_activation("hard_silu", "x · hard_sigmoid(x)."),
    _define_activation("tanh", "The hyperbolic tangent."),
    _define_activation("softplus", "log(1 + eˣ)."),
    _define_activation("softsign", "x / (1 + |x|)."),
    _define_activation("exponential", "eˣ."),
    _define_activation("softmax", "Positive numbers that add up to 1 over the last axis."),
)
LINEAR = ACTIVATIONS[0]()
AnyActivation = Annotated[Activation, OneOf(*ACTIVATIONS)]


class Initializer(Kind):
    """A rule for the initial values of weights."""


class Zeros(Initializer):
    """All values are 0."""

    kind: ClassVar[str] = "zeros"


class Ones(Initializer):
    """All values are 1."""

    kind: ClassVar[str] = "ones"


class Constant(Initializer):
    """All values are the same number."""

    kind: ClassVar[str] = "constant"
    main: ClassVar[str | None] = "value"
    value: float = Field(0.0, ge=-1e6, le=1e6, description="the value of all numbers")


class RandomNormal(Initializer):
    """Random numbers from a normal distribution."""

    kind: ClassVar[str] = "random_normal"
    main: ClassVar[str | None] = "stddev"
    mean: float = Field(0.0, ge=-1e3, le=1e3, description="mean of the distribution")
    stddev: float = Field(0.05, ge=0, le=1e3, description="standard deviation of the distribution")


class TruncatedNormal(RandomNormal):
    """Random numbers from a normal distribution that is cut at two standard deviations."""

    kind: ClassVar[str] = "truncated_normal"


class RandomUniform(Initializer):
    """Random numbers from a uniform distribution."""

    kind: ClassVar[str] = "random_uniform"
    minval: float = Field(-0.05, ge=-1e3, le=1e3, description="lowest value")
    maxval: float = Field(0.05, ge=-1e3, le=1e3, description="highest value")


class GlorotUniform(Initializer):
    """Uniform distribution, variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""

    kind: ClassVar[str] = "glorot_uniform"


class GlorotNormal(Initializer):
    """Truncated normal distribution, variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""

    kind: ClassVar[str] = "glorot_normal"


class HeUniform(Initializer):
    """Uniform distribution, variance 2 / fan_in, for relu (He et al. 2015)."""

    kind: ClassVar[str] = "he_uniform"


class HeNormal(Initializer):
    """Truncated normal distribution, variance 2 / fan_in, for relu (He et al. 2015)."""

    kind: ClassVar[str] = "he_normal"


class LecunUniform(Initializer):
    """Uniform distribution, variance 1 / fan_in (LeCun et al. 1998)."""

    kind: ClassVar[str] = "lecun_uniform"


class LecunNormal(Initializer):
    """Truncated normal distribution, variance 1 / fan_in (LeCun et al. 1998)."""

    kind: ClassVar[str] = "lecun_normal"


class Orthogonal(Initializer):
    """A random orthogonal matrix (Saxe et al. 2013)."""

    kind: ClassVar[str] = "orthogonal"
    main: ClassVar[str | None] = "gain"
    gain: float = Field(1.0, ge=0, le=1e3, description="factor on the matrix")


class VarianceScaling(Initializer):
    """Random numbers with variance scale / fan, the general form of glorot, he and lecun."""

    kind: ClassVar[str] = "variance_scaling"
    main: ClassVar[str | None] = "scale"
    scale: float = Field(1.0, gt=0, le=1e3, description="factor on the variance")
    mode: Literal["fan_in", "fan_out", "fan_avg"] = Field(
        "fan_in", description="fan: inputs (fan_in), outputs (fan_out) or their mean"
    )
    distribution: Literal["normal", "truncated_normal", "untruncated_normal", "uniform"] = Field(
        "truncated_normal", description="shape of the distribution"
    )


INITIALIZERS: tuple[type[Initializer], ...] = (
    Zeros,
    Ones,
    Constant,
    RandomNormal,
    TruncatedNormal,
    RandomUniform,
    GlorotUniform,
    GlorotNormal,
    HeUniform,
    HeNormal,
    LecunUniform,
    LecunNormal,
    Orthogonal,
    VarianceScaling,
)
AnyInitializer = Annotated[Initializer, OneOf(*INITIALIZERS)]


class Regularizer(Kind):
    """A penalty on weights that training adds to the loss."""


class L1(Regularizer):
    """Adds the penalty l1 · Σ|w| on the weights w to the loss."""

    kind: ClassVar[str] = "l1"
    main: ClassVar[str | None] = "l1"
    l1: float = Field(0.01, ge=0, le=1e3, description="factor on Σ|w|")


class L2(Regularizer):
    """Adds the penalty l2 · Σw² on the weights w to the loss."""

    kind: ClassVar[str] = "l2"
    main: ClassVar[str | None] = "l2"
    l2: float = Field(0.01, ge=0, le=1e3, description="factor on Σw²")


class L1L2(Regularizer):
    """Adds the penalty l1 · Σ|w| + l2 · Σw² on the weights w to the loss."""

    kind: ClassVar[str] = "l1_l2"
    l1: float = Field(0.0, ge=0, le=1e3, description="factor on Σ|w|")
    l2: float = Field(0.0, ge=0, le=1e3, description="factor on Σw²")


REGULARIZERS: tuple[type[Regularizer], ...] = (L1, L2, L1L2)
AnyRegularizer = Annotated[Regularizer, OneOf(*REGULARIZERS)]
