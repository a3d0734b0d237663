"""Define the section `training`: optimizers, losses and callbacks of Keras."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import Field

from cnnlab.spec.kinds import Kind, Listed, NumberOrWord, OneOf, Section
from cnnlab.spec.metrics import Accuracy, AnyMetric, find_direction
from cnnlab.spec.schedules import LearningRate
from cnnlab.spec.weight_averages import AnyAverage

Mode = Literal["auto", "min", "max"]
Beta = Annotated[float, Field(ge=0, lt=1)]
Epsilon = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0, le=1e6)]
AUTO: Literal["auto"] = "auto"
StepsPerExecution = Annotated[int | Literal["auto"], NumberOrWord(AUTO, int, 1, 100_000)]


class Optimizer(Kind):
    """A rule that changes the weights by gradients; the main field is the learning rate."""

    main: ClassVar[str | None] = "learning_rate"
    learning_rate: LearningRate = Field(0.001, description="size of a step")
    weight_decay: float | None = Field(
        None, ge=0, le=10, description="share of each weight, times the rate, that a step subtracts"
    )
    clipnorm: Positive | None = Field(
        None, description="largest norm of the gradient of a weight array"
    )
    clipvalue: Positive | None = Field(None, description="largest absolute value in a gradient")
    global_clipnorm: Positive | None = Field(
        None, description="largest norm of all gradients together"
    )


class Sgd(Optimizer):
    """Moves the weights against the gradient, with or without momentum."""

    kind: ClassVar[str] = "sgd"
    learning_rate: LearningRate = Field(0.01, description="size of a step")
    momentum: Beta = Field(0.0, description="share of the last step that is added to the next")
    nesterov: bool = Field(False, description="look ahead along the momentum (Nesterov 1983)")


class Adam(Optimizer):
    """Scales steps by moving averages of the gradient and of its square (Kingma and Ba 2014)."""

    kind: ClassVar[str] = "adam"
    beta_1: Beta = Field(0.9, description="decay of the moving average of the gradient")
    beta_2: Beta = Field(0.999, description="decay of the moving average of the squared gradient")
    epsilon: Epsilon = Field(1e-7, description="added to the denominator")
    amsgrad: bool = Field(False, description="divide by the largest moving average so far")


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2017)."""

    kind: ClassVar[str] = "adamw"
    weight_decay: float = Field(
        0.004,
        ge=0,
        le=10,
        description="share of each weight, times the rate, that a step subtracts",
    )


class Nadam(Optimizer):
    """Adam with Nesterov momentum (Dozat 2016)."""

    kind: ClassVar[str] = "nadam"
    beta_1: Beta = Field(0.9, description="decay of the moving average of the gradient")
    beta_2: Beta = Field(0.999, description="decay of the moving average of the squared gradient")
    epsilon: Epsilon = Field(1e-7, description="added to the denominator")


class RmsProp(Optimizer):
    """Divides steps by a moving average of the gradient's size (Tieleman and Hinton 2012)."""

    kind: ClassVar[str] = "rmsprop"
    rho: Beta = Field(0.9, description="decay of the moving average of the squared gradient")
    momentum: Beta = Field(0.0, description="share of the last step that is added to the next")
    epsilon: Epsilon = Field(1e-7, description="added to the denominator")
    centered: bool = Field(
        False, description="use the variance of the gradient, not its mean square"
    )


class Adagrad(Optimizer):
    """Divides steps by the root of the sum of all squared gradients so far (Duchi et al. 2011)."""

    kind: ClassVar[str] = "adagrad"
    initial_accumulator_value: float = Field(
        0.1, ge=0, le=1e3, description="initial value of the sum of squares"
    )
    epsilon: Epsilon = Field(1e-7, description="added to the denominator")


class Lion(Optimizer):
    """Steps by the sign of a moving average of the gradient (Chen et al. 2023)."""

    kind: ClassVar[str] = "lion"
    beta_1: Annotated[float, Field(gt=0, le=1)] = Field(
        0.9, description="share of the moving average in the step"
    )
    beta_2: Beta = Field(0.99, description="decay of the moving average")


OPTIMIZERS: tuple[type[Optimizer], ...] = (Sgd, Adam, AdamW, Nadam, RmsProp, Adagrad, Lion)
AnyOptimizer = Annotated[Optimizer, OneOf(*OPTIMIZERS)]


class Loss(Kind):
    """The number that training minimizes."""


class CrossEntropy(Loss):
    """−log of the probability of the true class; accepts softmax outputs and logits."""

    kind: ClassVar[str] = "cross_entropy"
    main: ClassVar[str | None] = "label_smoothing"
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="share of the label that is spread over all classes"
    )


LOSSES: tuple[type[Loss], ...] = (CrossEntropy,)
AnyLoss = Annotated[Loss, OneOf(*LOSSES)]


class Callback(Kind):
    """An action that runs during training, after batches or epochs."""


class Monitoring(Callback):
    """A callback that monitors the loss or one metric."""

    monitor: str = Field(
        "val_loss", description="the monitored metric: loss, accuracy, val_loss, …"
    )
    mode: Mode = Field(
        "auto",
        description="min: smaller is better; max: larger is better; auto: by the figure's name",
    )

    @property
    def direction(self) -> Literal["min", "max"]:
        """`min` if smaller is better, `max` if larger is better; `auto`: `max` for accuracies."""
        if self.mode == "auto":
            return find_direction(self.monitor)
        return self.mode


class ModelCheckpoint(Monitoring):
    """Keeps the weights of the best epoch in checkpoints/best.keras."""

    kind: ClassVar[str] = "model_checkpoint"
    main: ClassVar[str | None] = "monitor"


class EarlyStopping(Monitoring):
    """Stops training if the monitored metric does not improve for `patience` epochs."""

    kind: ClassVar[str] = "early_stopping"
    main: ClassVar[str | None] = "patience"
    patience: int = Field(0, ge=0, le=100_000, description="epochs without improvement to wait")
    min_delta: float = Field(
        0.0, ge=0, le=1e6, description="smallest change that counts as improvement"
    )
    baseline: float | None = Field(
        None, ge=-1e9, le=1e9, description="value that the figure must beat"
    )
    start_from_epoch: int = Field(
        0, ge=0, le=100_000, description="epochs before monitoring starts"
    )
    restore_best_weights: bool = Field(
        False, description="keep the weights of the best epoch in checkpoints/best.keras"
    )


class ReduceLrOnPlateau(Monitoring):
    """Lowers the learning rate if the monitored metric does not improve for `patience` epochs."""

    kind: ClassVar[str] = "reduce_lr_on_plateau"
    main: ClassVar[str | None] = "factor"
    factor: float = Field(0.1, gt=0, lt=1, description="the learning rate is multiplied by this")
    patience: int = Field(10, ge=0, le=100_000, description="epochs without improvement to wait")
    min_delta: float = Field(
        1e-4, ge=0, le=1e6, description="smallest change that counts as improvement"
    )
    cooldown: int = Field(0, ge=0, le=100_000, description="epochs to wait after a reduction")
    min_lr: float = Field(0.0, ge=0, le=1000, description="the smallest learning rate")


class TerminateOnNan(Callback):
    """Stops training when the loss is not finite; only `false` turns this callback off."""

    kind: ClassVar[str] = "terminate_on_nan"
    main: ClassVar[str | None] = "enabled"
    enabled: bool = Field(True, description="false: training continues with a loss of NaN")


class TensorBoard(Callback):
    """Writes tensorboard/ into the run folder; needs pip install 'cnnlab[tensorboard]'."""

    kind: ClassVar[str] = "tensorboard"
    main: ClassVar[str | None] = "histogram_freq"
    histogram_freq: int = Field(
        0, ge=0, le=1000, description="epochs from one weight histogram to the next"
    )


CALLBACKS: tuple[type[Callback], ...] = (
    ModelCheckpoint,
    EarlyStopping,
    ReduceLrOnPlateau,
    TerminateOnNan,
    TensorBoard,
)
AnyCallback = Annotated[Callback, OneOf(*CALLBACKS)]


C = TypeVar("C", bound=Callback)


class Training(Section):
    """The section `training`: all settings of the training."""

    epochs: int = Field(10, ge=1, le=100_000, description="passes over the training images")
    optimizer: AnyOptimizer = Field(
        Adam(), description="turns gradients into changes of the weights"
    )
    loss: AnyLoss = Field(CrossEntropy(), description="the number that training minimizes")
    metrics: Annotated[tuple[AnyMetric, ...], Listed] = Field(
        (Accuracy(),), max_length=20, description="figures reported for each epoch"
    )
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = Field(
        "float32", description="number type of the computations; weights are always float32"
    )
    steps_per_execution: StepsPerExecution = Field(
        AUTO,
        description="batches that TensorFlow trains in one call; auto: as many as take a quarter "
        "of a second. The result is the same",
    )
    unaugmented_epochs: int = Field(
        0, ge=0, le=100_000, description="how many epochs at the end leave out `data.augment`"
    )
    weight_average: AnyAverage | None = Field(
        None, description="a mean of the weights over time, which `evaluate` uses"
    )
    callbacks: Annotated[tuple[AnyCallback, ...], Listed] = Field(
        (), max_length=20, description="actions during training"
    )

    @property
    def augmented_epochs(self) -> int | None:
        """The number of epochs before `data.augment` is left out; None if it never is."""
        return self.epochs - self.unaugmented_epochs if self.unaugmented_epochs else None

    def callback(self, cls: type[C]) -> C | None:
        """Return the callback of the class `cls`; None if the config does not have it."""
        return next((item for item in self.callbacks if isinstance(item, cls)), None)

    def fixed_steps_per_execution(self) -> int | None:
        """Return the number of steps in each execution; None if training measures it."""
        return None if self.steps_per_execution == AUTO else int(self.steps_per_execution)

    def stops_on_nan(self) -> bool:
        """Return whether training stops when the loss is not a finite number."""
        nan = self.callback(TerminateOnNan)
        return nan is None or nan.enabled

    def best_monitor(self) -> Monitoring | None:
        """Return the callback that chooses the best epoch; None if best.keras is not saved."""
        stopping = self.callback(EarlyStopping)
        if stopping is not None and not stopping.restore_best_weights:
            stopping = None
        return self.callback(ModelCheckpoint) or stopping
