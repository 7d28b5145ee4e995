"""Losses: the error E as one number, the mean over the batch, and its derivative by the chain's output. Meaning as in
PyTorch.

Inside, outputs ``y`` and targets ``t`` are ``[outputs, batch]``; public targets are given in each loss's docstring.
"""

from typing import TYPE_CHECKING, Annotated, ClassVar, get_args

from msgspec import Meta

from engine.kinds import Kind
from engine.layers.layer import Misfit, Shape
from engine.lazy import Array, np

if TYPE_CHECKING:
    from engine.data.samples import Samples


class Loss(Kind, frozen=True):
    """The error at the right end of the chain."""

    group: ClassVar[str] = "Losses"
    family: ClassVar[str] = "loss"
    usual: ClassVar[bool] = False  # what is offered for data of its kind
    formula: ClassVar[str] = ""  # the error in symbols
    applies: ClassVar[tuple[str, ...]] = ()  # layer kinds that the loss applies to its input by itself
    probabilistic: ClassVar[bool] = False  # whether it takes outputs as logarithms of probabilities
    local: ClassVar[str] = ""  # its derivative by the output y at one sample, t the target, n the number of outputs

    @property
    def derivative_formula(self) -> str:
        """The derivative by the output, as it is written."""
        return self.local.format(self)

    def output_shape(self, classes: int | None, values: int) -> Shape:
        """The shape the chain has to end in, for data with so many classes (None: real values) and so many values a
        sample.

        Raises Misfit where the data do not suit this loss.
        """
        return (classes or values,)

    def encode(self, samples: "Samples") -> Array:
        """Public targets of the samples, (N, K): real values, or one-hot for classes."""
        if samples.labels is not None:
            return one_hot(samples.labels, len(samples.classes or ()))
        assert samples.values is not None
        return samples.values

    def rows(self, targets: Array, outputs: int) -> Array:
        """Public targets as the float rows (N, outputs) that ``value_and_gradient`` is given, transposed. ValueError
        if unfit.
        """
        return _checked(targets, (len(targets), outputs))

    def value_and_gradient(self, y: Array, t: Array) -> tuple[Array, Array]:
        """The loss of a batch and its derivative by ``y``, from ``y`` and ``t`` of shape [outputs, batch]."""
        raise NotImplementedError

    def pieces(self, y: Array, t: Array) -> Array | None:
        """Which of its formulas holds for every output: where that changes, it has a kink. None: it is smooth."""
        return None

    def sample_losses(self, y: Array, t: Array) -> Array:
        """The loss of every sample by itself, (batch,); their mean is the loss of the batch."""
        raise NotImplementedError

    def predicted_class(self, outputs: Array) -> Array:
        """The class (N,) that public outputs (N, K) stand for."""
        return outputs.argmax(axis=1)

    def shares(self, outputs: Array) -> Array:
        """How much public outputs (N, K) speak for each class, (N, classes) from 0 to 1: probabilities where the loss
        is ``probabilistic``, else outputs that are cut off at the targets.
        """
        return np.clip(outputs, 0, 1)


class MeanSquaredError(Loss, frozen=True, tag="mean_squared_error"):
    """The mean of the squared differences between output and target, over all outputs and samples."""

    title: ClassVar[str] = "Mean squared error"
    formula: ClassVar[str] = "E = mean (y − t)²"
    usual: ClassVar[bool] = True
    half: Annotated[
        bool, Meta(title="Half", description="puts 1/2 before the mean, so that the derivative is the plain difference")
    ] = False

    @property
    def derivative_formula(self) -> str:
        return "(y − t) / n" if self.half else "2 (y − t) / n"

    def value_and_gradient(self, y: Array, t: Array) -> tuple[Array, Array]:
        factor = 0.5 if self.half else 1.0
        e = y - t
        share = e * (factor / e.size)
        return np.vdot(e, share), share + share

    def sample_losses(self, y: Array, t: Array) -> Array:
        return np.mean((y - t) ** 2, axis=0) * (0.5 if self.half else 1.0)


class MeanAbsoluteError(Loss, frozen=True, tag="mean_absolute_error"):
    """The mean of the absolute differences between output and target: outliers count no more than they are far."""

    title: ClassVar[str] = "Mean absolute error"
    formula: ClassVar[str] = "E = mean |y − t|"
    local: ClassVar[str] = "sign(y − t) / n"

    def value_and_gradient(self, y: Array, t: Array) -> tuple[Array, Array]:
        e = y - t
        return np.mean(np.abs(e)), np.sign(e) * (1 / e.size)

    def pieces(self, y: Array, t: Array) -> Array:
        return y > t

    def sample_losses(self, y: Array, t: Array) -> Array:
        return np.mean(np.abs(y - t), axis=0)


class Huber(Loss, frozen=True, tag="huber"):
    """Squared for small differences, absolute beyond delta (Huber 1964): smooth at 0 and patient with outliers."""

    title: ClassVar[str] = "Huber"
    formula: ClassVar[str] = "E = mean of e² / 2 up to δ, δ |e| − δ² / 2 beyond, e = y − t"
    local: ClassVar[str] = "(y − t, within {0.delta:g}) / n"
    delta: Annotated[
        float, Meta(gt=0, le=1e6, title="Delta", description="difference from which on the loss grows in a line")
    ] = 1.0

    def value_and_gradient(self, y: Array, t: Array) -> tuple[Array, Array]:
        e = y - t
        within = np.minimum(np.maximum(e, -self.delta), self.delta)
        share = within * (1 / e.size)
        return np.vdot(share, e - within * 0.5), share

    def pieces(self, y: Array, t: Array) -> Array:
        return np.abs(y - t) > self.delta

    def sample_losses(self, y: Array, t: Array) -> Array:
        e = np.abs(y - t)
        return np.mean(np.where(e <= self.delta, e * e / 2, self.delta * (e - self.delta / 2)), axis=0)


class BinaryCrossEntropy(Loss, frozen=True, tag="binary_cross_entropy"):
    """Surprise at the true one of two classes. Takes the raw output (logit) and applies the sigmoid itself. Targets
    (N, 1) of 0 or 1.
    """

    title: ClassVar[str] = "Binary cross entropy"
    formula: ClassVar[str] = "E = mean (log(1 + exp(y)) − t y)"
    local: ClassVar[str] = "sigmoid(y) − t"
    usual: ClassVar[bool] = True
    applies: ClassVar[tuple[str, ...]] = ("sigmoid", "softmax")
    probabilistic: ClassVar[bool] = True

    def output_shape(self, classes: int | None, values: int) -> Shape:
        if classes != 2:
            raise Misfit(f"{self.title} needs two classes, the data have {_what(classes, values)}")
        return (1,)

    def encode(self, samples: "Samples") -> Array:
        assert samples.labels is not None
        return samples.labels[:, None].astype(float)

    def rows(self, targets: Array, outputs: int) -> Array:
        rows = super().rows(targets, outputs)
        if ((rows < 0) | (rows > 1)).any():
            raise ValueError("binary cross entropy takes targets between 0 and 1")
        return rows

    def value_and_gradient(self, y: Array, t: Array) -> tuple[Array, Array]:
        softplus = np.logaddexp(y, 0)  # log(1 + exp(y)); cannot overflow
        sigmoid = np.exp(y - softplus)
        return np.mean(softplus - y * t), (sigmoid - t) * (1 / y.size)

    def sample_losses(self, y: Array, t: Array) -> Array:
        return np.mean(np.logaddexp(y, 0) - y * t, axis=0)

    def predicted_class(self, outputs: Array) -> Array:
        return (outputs[:, 0] > 0).astype(int)

    def shares(self, outputs: Array) -> Array:
        return np.exp(-np.logaddexp(np.concatenate([outputs, -outputs], axis=1), 0))


class Hinge(Loss, frozen=True, tag="hinge"):
    """Zero once the output is right by a margin of 1, else the distance to it. Targets (N, 1) of -1 or +1."""

    title: ClassVar[str] = "Hinge"
    formula: ClassVar[str] = "E = mean max(0, 1 − t y)"
    local: ClassVar[str] = "−t where t y < 1, else 0"

    def output_shape(self, classes: int | None, values: int) -> Shape:
        if classes != 2:
            raise Misfit(f"{self.title} needs two classes, the data have {_what(classes, values)}")
        return (1,)

    def encode(self, samples: "Samples") -> Array:
        assert samples.labels is not None
        return samples.labels[:, None] * 2.0 - 1.0

    def rows(self, targets: Array, outputs: int) -> Array:
        rows = super().rows(targets, outputs)
        if (np.abs(rows) != 1).any():
            raise ValueError("hinge takes targets of -1 or +1")
        return rows

    def value_and_gradient(self, y: Array, t: Array) -> tuple[Array, Array]:
        missing = np.maximum(1 - y * t, 0)
        return np.mean(missing), np.sign(missing) * t * (-1 / y.size)

    def pieces(self, y: Array, t: Array) -> Array:
        return y * t < 1

    def sample_losses(self, y: Array, t: Array) -> Array:
        return np.mean(np.maximum(1 - y * t, 0), axis=0)

    def predicted_class(self, outputs: Array) -> Array:
        return (outputs[:, 0] > 0).astype(int)

    def shares(self, outputs: Array) -> Array:
        return np.clip((1 + np.concatenate([-outputs, outputs], axis=1)) / 2, 0, 1)


class SoftmaxCrossEntropy(Loss, frozen=True, tag="softmax_cross_entropy"):
    """Surprise at the true one of several classes. Takes raw outputs (logits) and applies the softmax itself. Targets
    (N,) class numbers.
    """

    title: ClassVar[str] = "Softmax cross entropy"
    formula: ClassVar[str] = "E = mean −log softmax(y) at the true class"
    local: ClassVar[str] = "softmax(y) − t"
    usual: ClassVar[bool] = True
    applies: ClassVar[tuple[str, ...]] = ("sigmoid", "softmax")
    probabilistic: ClassVar[bool] = True

    def output_shape(self, classes: int | None, values: int) -> Shape:
        if classes is None:
            raise Misfit(f"{self.title} needs classes, the data have {_what(classes, values)}")
        return (classes,)

    def encode(self, samples: "Samples") -> Array:
        assert samples.labels is not None
        return samples.labels

    def rows(self, targets: Array, outputs: int) -> Array:
        if targets.ndim != 1 or not np.issubdtype(targets.dtype, np.integer):
            raise ValueError(
                f"softmax cross entropy takes class numbers (N,), given {targets.shape} of {targets.dtype}"
            )
        if targets.size and not 0 <= targets.min() <= targets.max() < outputs:
            raise ValueError(f"class numbers go from 0 to {outputs - 1}, given {targets.min()} to {targets.max()}")
        return one_hot(targets, outputs)

    def value_and_gradient(self, y: Array, t: Array) -> tuple[Array, Array]:
        z = y - np.max(y, axis=0)
        e = np.exp(z)
        total = np.sum(e, axis=0)
        surprise = np.log(total) - np.sum(z * t, axis=0)
        return np.mean(surprise), (e / total - t) * (1 / y.shape[1])

    def sample_losses(self, y: Array, t: Array) -> Array:
        z = y - np.max(y, axis=0)
        return np.log(np.sum(np.exp(z), axis=0)) - np.sum(z * t, axis=0)

    def shares(self, outputs: Array) -> Array:
        e = np.exp(outputs - np.max(outputs, axis=1, keepdims=True))
        return e / np.sum(e, axis=1, keepdims=True)


def one_hot(labels: Array, classes: int) -> Array:
    """(N,) class numbers as (N, classes) rows of zeros with a single one."""
    return np.eye(classes)[labels]


def _checked(targets: Array, shape: tuple[int, ...]) -> Array:
    if targets.shape != shape:
        raise ValueError(f"targets must have the shape {shape}, given {targets.shape}")
    return np.asarray(targets, dtype=float)


def _what(classes: int | None, values: int) -> str:
    return f"{classes} classes" if classes else f"{values} real value{'s' * (values != 1)} to predict"


AnyLoss = MeanSquaredError | MeanAbsoluteError | Huber | Hinge | BinaryCrossEntropy | SoftmaxCrossEntropy
LOSSES: tuple[type[Loss], ...] = get_args(AnyLoss)

__all__ = ["LOSSES", "AnyLoss", "Loss", "one_hot"]
