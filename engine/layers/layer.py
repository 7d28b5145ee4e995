"""The contract of a layer: a frozen struct of fields plus its mathematics as plain numpy formulas.

Arrays inside are feature-major: a batch of vectors is ``[features, batch]``, a batch of maps ``[height, channels,
width, batch]``. Public shapes leave the batch out: ``(D,)`` and ``(C, H, W)``. ``x`` is a block's input, ``y`` its
output, ``dy`` and ``dx`` the derivatives of the loss by them, ``w`` holds the block's parameters and ``kept`` is room
for what the backward pass needs.
"""

from types import SimpleNamespace
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from msgspec import Meta

from engine.initializers import Initializer
from engine.kinds import Kind
from engine.lazy import Array, np

Shape = tuple[int, ...]
Links = Literal["all", "own", "some"]
Room = SimpleNamespace
BlockName = Annotated[
    str,
    Meta(
        pattern=r"^([a-z][a-z0-9_]{0,63})?\Z",
        title="Name",
        description="unique in the chain: a small letter, then small letters, digits or _ (at most 64)",
    ),
]


class Misfit(ValueError):
    """A kind that cannot work where it stands; ``insert`` names a layer kind before it, ``change`` the fields, that
    would help.
    """

    def __init__(self, text: str, insert: str = "", change: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.insert = insert
        self.change = change or {}


class Sickness(NamedTuple):
    """What can be wrong with units of a layer: its name, what one and what many of them do, and what may help."""

    name: str
    one: str
    many: str
    cure: str


class Named(Kind, frozen=True):
    """What stands in the chain under a name. A class of its own, so that what every block has besides comes last."""

    name: BlockName = ""


class Layer(Named, frozen=True, kw_only=True):
    """One block of the chain."""

    # What the plan may rely on. Each is False unless a layer says otherwise.
    overwrites: ClassVar[bool] = False  # elementwise and backward needs no x: y may lie where x was
    reads_y: ClassVar[bool] = False  # backward reads y: nobody may overwrite it
    has_slope: ClassVar[bool] = False  # elementwise: dx = dy * derivative(x, y)
    slope_reads_x: ClassVar[bool] = False  # its derivative needs x, not only y
    rises: ClassVar[bool] = False  # elementwise and never falls: it may follow a maximum instead of preceding it
    takes_maximum: ClassVar[bool] = False  # every output is the largest of some inputs
    mixes_samples: ClassVar[bool] = False  # in training a sample's output depends on the rest of the batch
    stacks: ClassVar[bool] = False  # weight_gradient also takes equal layers stacked along a first axis

    width_field: ClassVar[str] = ""  # the field that sets how many outputs there are
    keeps_shape: ClassVar[bool] = False  # the output has the input's shape
    moves_only: ClassVar[bool] = False  # every value passes unchanged to another place

    # What explanations say, all of it for evaluation.
    affine: ClassVar[bool] = False  # the output is linear in the input, but for a constant
    links: ClassVar[Links] = "all"  # an output depends on every input, its own, or by ``reach``
    local: ClassVar[str] = ""  # the derivative of the output by the input, as it is written; {0} is the block
    local_weights: ClassVar[dict[str, str]] = {}  # the derivative of an output by each public parameter

    # How a step is told, down to its single products.
    short_title: ClassVar[str] = ""  # in place of a title that is too long for a block on screen
    formula: ClassVar[str] = ""  # the output in symbols
    wired: ClassVar[bool] = False  # outputs are sums of products weight times input, named by the three methods below
    shares: ClassVar[bool] = False  # every output is a sum of shares of the inputs

    # What a diagnosis says and offers.
    remedy: ClassVar[str] = ""  # the layer kind to try instead where this one lets too little gradient through
    start: ClassVar[str] = "glorot_uniform"  # the initialiser that suits the weights before this block
    bridges: ClassVar[bool] = False  # carries values and gradients past the blocks between

    cut: Annotated[
        bool,
        Meta(
            title="Cut the gradient",
            description="no gradient passes back to the block before; forward nothing changes (stop-gradient)",
        ),
    ] = False

    @property
    def derivative_formula(self) -> str:
        """The derivative of the output by the input, as it is written: x the input, y the output."""
        return self.local.format(self)

    @property
    def influence(self) -> str:
        """What this block does to a gradient on its way back, as a diagnosis names it."""
        return self.title

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of earlier blocks whose outputs come in beside ``x``, which then is a tuple."""
        return ()

    @property
    def bias_row(self) -> bool:
        """Whether ``x`` arrives with a last row of ones, so that a bias can ride in the matrix product."""
        return False

    @property
    def sickness(self) -> Sickness | None:
        """How units of this layer can stop learning; None where they cannot."""
        return None

    @property
    def computes(self) -> tuple[Any, ...]:
        """The settings that decide what is computed, whatever the block is called and however it starts."""
        return tuple(
            getattr(self, each)
            for each in self.__struct_fields__
            if each not in ("name", "cut", "frozen") and not each.endswith("_init")
        )

    @property
    def moves(self) -> bool:
        """Whether training moves the block's parameters."""
        return True

    def output_shape(self, shape: Shape) -> Shape:
        """The public output shape for a public input shape. Raises Misfit where the input does not fit."""
        return shape

    def parameters(self, shape: Shape) -> dict[str, Shape]:
        """The learned arrays as they lie in memory, by name, for a public input shape."""
        return {}

    def statistics(self, shape: Shape) -> dict[str, tuple[Shape, float]]:
        """What is kept up to date while training but not learned: shape and first value, by name."""
        return {}

    def smallest_batch(self, shape: Shape) -> int:
        """How many samples a batch must have for this block to be trained on a public input shape."""
        return 1

    def workspace(self, shape: Shape) -> int:
        """Numbers for each sample that training holds besides outputs and their derivatives, for a public input
        shape.
        """
        return 0

    def public(self, w: Room) -> dict[str, Array]:
        """The parameters in the textbook's order, as views: ``weight`` (out, in, ...), ``bias`` (out,)."""
        return {}

    def public_shapes(self, shape: Shape) -> dict[str, Shape]:
        """The shapes of the public parameters for a public input shape."""
        return {}

    def initializers(self) -> dict[str, Initializer]:
        """How each public parameter starts."""
        return {}

    def forward(self, x: Any, w: Room, kept: Room) -> Array:
        """The output ``y`` for the input ``x``; a tuple of inputs where there are ``sources``."""
        raise NotImplementedError

    def weight_gradient(self, x: Array, dy: Array, kept: Room) -> tuple[Array, ...]:
        """The derivative of the loss by each array of ``parameters``, in that order."""
        return ()

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Any:
        """The derivative of the loss by the input, ``dx``; a tuple where there are ``sources``."""
        raise NotImplementedError

    def sick(self, y: Array) -> Array:
        """Which outputs are those of a unit that has the ``sickness``; a unit has it where all its outputs are."""
        raise NotImplementedError

    def into(self, unit: Shape, shape: Shape) -> list[tuple[Shape, Shape]]:
        """(weight, input) of every product that is summed for an output; indices in public shapes, as ``shape`` is.

        Only where ``wired``, as the next two.
        """
        raise NotImplementedError

    def out_of(self, place: Shape, shape: Shape) -> list[tuple[Shape, Shape]]:
        """(weight, output) of every product that an input value goes into."""
        raise NotImplementedError

    def over(self, weight: Shape, shape: Shape) -> list[tuple[Shape, Shape]]:
        """(output, input) of every product that a weight goes into."""
        raise NotImplementedError

    def gradient_parts(self, dy: Array, w: Room, kept: Room) -> dict[str, Array]:
        """The parts of ``input_gradient`` by their formula, where samples act on each other; else empty."""
        return {}

    def curve(self, x: Array) -> Array:
        """The function itself, for a picture of it; only where ``has_slope``."""
        raise NotImplementedError

    def derivative(self, x: Array, y: Array) -> Array:
        """The derivative of each output by its own input; only where ``has_slope``."""
        raise NotImplementedError

    def reach(self, dy: Array, shape: Shape) -> Array:
        """For every input the sum of ``dy`` over the outputs that can depend on it; ``shape`` is the input's, without
        the batch. With all outputs 1 it counts them. Any type of number.
        """
        total = np.sum(dy.reshape(-1, dy.shape[-1]), axis=0)
        return np.broadcast_to(total, (*shape, len(total)))

    def pieces(self, x: Array, y: Array) -> Array | None:
        """Which of its formulas holds for every value; where that changes, it has a kink. None: it is smooth."""
        return None


class Learned(Layer, frozen=True, kw_only=True):
    """A block with parameters."""

    group: ClassVar[str] = "Layers with weights"
    family: ClassVar[str] = "weights"

    frozen: Annotated[
        bool, Meta(title="Frozen", description="training does not move these parameters; their gradient is still shown")
    ] = False

    @property
    def moves(self) -> bool:
        return not self.frozen


def times(shape: Shape) -> str:
    """A shape in words, ``"1x8x8"``."""
    return "x".join(map(str, shape))


def inner_shape(shape: Shape) -> Shape:
    """The feature-major shape, without the batch, of a public one: (D,) stays, (C, H, W) becomes (H, C, W)."""
    if len(shape) == 3:
        channels, height, width = shape
        return height, channels, width
    return shape
