"""Optimizers: how the whole parameter vector ``p`` moves against its gradient ``g``. Meaning as in PyTorch.

``s`` holds the optimizer's state: whole vectors that start at zero (``vectors``) and single numbers that ``advance``
sets anew before step t (t = 1, 2, ...), so that the update itself is a short list of whole-vector operations.
"""

from typing import Annotated, ClassVar, get_args

from msgspec import Meta

from engine.kinds import Kind
from engine.layers.layer import Room
from engine.lazy import Array, np

LearningRate = Annotated[
    float, Meta(gt=0, le=1e30, title="Learning rate", description="size of each step against the gradient")
]
WeightDecay = Annotated[
    float,
    Meta(
        ge=0,
        le=1e3,
        title="Weight decay",
        description="pulls parameters towards zero; part of the update, not of the gradient",
    ),
]
Fading = Annotated[float, Meta(ge=0, lt=1)]
Epsilon = Annotated[float, Meta(gt=0, le=1, title="Epsilon", description="keeps the division away from zero")]


class Optimizer(Kind, frozen=True):
    """A rule for the update of all parameters."""

    group: ClassVar[str] = "Optimizers"
    numbers: ClassVar[tuple[str, ...]] = ("rate",)

    learning_rate: LearningRate = 0.01

    @property
    def formula(self) -> str:
        """The update in symbols."""
        return ""

    @property
    def summary(self) -> str:
        return f"learning rate {self.learning_rate:g}"

    @property
    def direction(self) -> str:
        """What a step goes against, in words: it subtracts the rate times this, and times ``decay_beside`` weights."""
        return "gradient"

    @property
    def decay_beside(self) -> float:
        """The weight decay that is added to the direction, and not to the gradient that the direction is made of."""
        return 0.0

    @property
    def vectors(self) -> tuple[str, ...]:
        """Names of the state's vectors; without any, the direction is the gradient itself."""
        return ()

    def advance(self, s: Room, t: int, factor: float = 1.0) -> None:
        """Sets the numbers of step ``t``, counted from 1; ``factor`` is what a schedule makes of the learning rate."""
        s.rate[...] = self.learning_rate * factor

    def rescale(self, s: Room, before: "Optimizer") -> None:
        """Adapts vectors filled by the same rule with other settings, where their unit depends on the settings."""

    def update(self, p: Array, g: Array, s: Room) -> None:
        """Moves ``p`` in place. ``g`` stays as it is."""
        raise NotImplementedError


class SGD(Optimizer, frozen=True, tag="sgd"):
    """Steps straight down the gradient; momentum keeps part of the earlier direction."""

    title: ClassVar[str] = "Gradient descent (SGD)"
    learning_rate: LearningRate = 0.1
    momentum: Annotated[
        Fading, Meta(title="Momentum", description="share of the last step's direction that is kept")
    ] = 0.0
    nesterov: Annotated[
        bool, Meta(title="Nesterov", description="looks ahead along the momentum before stepping; needs momentum")
    ] = False
    weight_decay: WeightDecay = 0.0

    @property
    def formula(self) -> str:
        return "v ← momentum v + g, w ← w − rate v" if self.momentum else "w ← w − rate g"

    @property
    def direction(self) -> str:
        if not self.momentum:
            return "gradient"
        return f"velocity ({self.momentum:g} of the one before + gradient{', looking ahead' * self.nesterov})"

    @property
    def decay_beside(self) -> float:
        return 0.0 if self.momentum else self.weight_decay

    @property
    def vectors(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def update(self, p: Array, g: Array, s: Room) -> None:
        if self.weight_decay:
            g = g + p * self.weight_decay
        if self.momentum:
            s.velocity *= self.momentum
            s.velocity += g
            g = g + s.velocity * self.momentum if self.nesterov else s.velocity
        p -= g * s.rate


class RMSprop(Optimizer, frozen=True, tag="rmsprop"):
    """Divides every step by the recent size of that parameter's gradient (Tieleman and Hinton 2012)."""

    title: ClassVar[str] = "RMSprop"
    learning_rate: LearningRate = 0.01
    decay: Annotated[Fading, Meta(title="Decay", description="how slowly the size of the gradient forgets")] = 0.99
    epsilon: Epsilon = 1e-8
    weight_decay: WeightDecay = 0.0

    @property
    def formula(self) -> str:
        return "v ← decay v + (1 − decay) g², w ← w − rate g / (√v + ε)"

    @property
    def direction(self) -> str:
        return "gradient / its recent size"

    @property
    def vectors(self) -> tuple[str, ...]:
        return ("v",)

    def update(self, p: Array, g: Array, s: Room) -> None:
        if self.weight_decay:
            g = g + p * self.weight_decay
        s.v *= self.decay
        s.v += g * g * (1 - self.decay)
        p -= g / (np.sqrt(s.v) + self.epsilon) * s.rate


class Adagrad(Optimizer, frozen=True, tag="adagrad"):
    """Divides every step by the size of all gradients that the parameter has had so far (Duchi et al. 2011)."""

    title: ClassVar[str] = "Adagrad"
    learning_rate: LearningRate = 0.01
    epsilon: Epsilon = 1e-10
    weight_decay: WeightDecay = 0.0

    @property
    def formula(self) -> str:
        return "v ← v + g², w ← w − rate g / (√v + ε)"

    @property
    def direction(self) -> str:
        return "gradient / the size of all so far"

    @property
    def vectors(self) -> tuple[str, ...]:
        return ("v",)

    def update(self, p: Array, g: Array, s: Room) -> None:
        if self.weight_decay:
            g = g + p * self.weight_decay
        s.v += g * g
        p -= g / (np.sqrt(s.v) + self.epsilon) * s.rate


class Adam(Optimizer, frozen=True, tag="adam"):
    """Gives every parameter its own step size from the recent mean and spread of its gradient (Kingma and Ba 2015).

    The moments are kept unnormalised, m / (1 - beta1) and v / (1 - beta2); the constants ride in the rate and the
    floor.
    """

    title: ClassVar[str] = "Adam"
    numbers: ClassVar[tuple[str, ...]] = ("rate", "floor")
    learning_rate: LearningRate = 0.001
    beta1: Annotated[Fading, Meta(title="Beta 1", description="how slowly the mean of the gradient forgets")] = 0.9
    beta2: Annotated[Fading, Meta(title="Beta 2", description="how slowly the spread of the gradient forgets")] = 0.999
    epsilon: Epsilon = 1e-8
    weight_decay: WeightDecay = 0.0

    @property
    def formula(self) -> str:
        return "m ← mean of g, v ← mean of g², w ← w − rate m / (√v + ε)"

    @property
    def direction(self) -> str:
        return "mean of recent gradients / their size"

    @property
    def vectors(self) -> tuple[str, ...]:
        return ("m", "v")

    def advance(self, s: Room, t: int, factor: float = 1.0) -> None:
        spread = ((1 - self.beta2**t) / (1 - self.beta2)) ** 0.5
        s.rate[...] = self.learning_rate * factor * (1 - self.beta1) / (1 - self.beta1**t) * spread
        s.floor[...] = self.epsilon * spread

    def rescale(self, s: Room, before: "Optimizer") -> None:
        if isinstance(before, Adam):
            s.m *= (1 - before.beta1) / (1 - self.beta1)
            s.v *= (1 - before.beta2) / (1 - self.beta2)

    def update(self, p: Array, g: Array, s: Room) -> None:
        if self.weight_decay:
            g = g + p * self.weight_decay
        self.move(p, g, s)

    def move(self, p: Array, g: Array, s: Room) -> None:
        """The step itself, without any decay of the weights."""
        s.m *= self.beta1
        s.m += g
        s.v *= self.beta2
        s.v += g * g
        p -= s.m / (np.sqrt(s.v) + s.floor) * s.rate


class AdamW(Adam, frozen=True, tag="adamw"):
    """Adam whose weight decay shrinks the parameters directly instead of adding to the gradient (Loshchilov and Hutter
    2019).
    """

    title: ClassVar[str] = "AdamW"
    numbers: ClassVar[tuple[str, ...]] = ("rate", "floor", "shrink")
    weight_decay: WeightDecay = 0.01

    @property
    def formula(self) -> str:
        return "m ← mean of g, v ← mean of g², w ← (1 − rate decay) w − rate m / (√v + ε)"

    @property
    def decay_beside(self) -> float:
        return self.weight_decay

    def advance(self, s: Room, t: int, factor: float = 1.0) -> None:
        super().advance(s, t, factor)
        s.shrink[...] = 1 - self.learning_rate * factor * self.weight_decay

    def update(self, p: Array, g: Array, s: Room) -> None:
        p *= s.shrink
        self.move(p, g, s)


AnyOptimizer = SGD | RMSprop | Adagrad | Adam | AdamW
OPTIMIZERS: tuple[type[Optimizer], ...] = get_args(AnyOptimizer)
