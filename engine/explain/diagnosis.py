"""Vanishing and exploding gradients, and units that are off, named in words with the guilty factors.

The gradient of a weight is the error that reaches its block times what the block was given. From one block with weights
to an earlier one the error passes every block between; each multiplies its size (root mean square) by a factor of its
own. With what is left, the inputs' sizes and how well the samples agree, the product of the factors is exactly the
ratio of the two gradients.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.explain.remedies import bridged, clipped, has_start, replaced, restarted
from engine.explain.sweep import Passage, Sweep, rms, sweep
from engine.lazy import Array
from engine.project import Project
from engine.resolve import Fix, resolve
from engine.words import plural, short, spelled

SICK = 1e3
"""A block whose gradient per weight is so many times smaller, or larger, than a later block's learns next to nothing,
or is thrown about.
"""

SICK_ERROR = 1e4
"""The same for the error that reaches a block: it may well differ more, as where a picture is averaged to one number.
"""

MANY_DEAD = 0.7
"""From this share of an activation's units on, being off for the whole batch is worth a word."""

ENOUGH_SAMPLES = 8
"""In a smaller batch a unit may well be off by chance."""

UNREMARKABLE = 0.005
"""A factor so close to 1 is left out of the sentence."""

TINY = 1e-150
"""Below, a number and its share of others lose digits to the floor of float64."""

SHORTCUTS, SIZES, AGREEMENT = "shortcuts", "input sizes", "agreement"


@dataclass(frozen=True)
class Factor:
    """One part of a ratio: what it is, the blocks that it comes from, its value."""

    name: str
    blocks: tuple[str, ...]
    value: float


@dataclass(frozen=True)
class Finding:
    """What is wrong, in a sentence. The product of the ``factors`` is ``ratio``; ``blocks`` are the two compared, the
    earlier one first (or ``"loss"`` behind it), or the one that is meant. ``lead`` is the sentence for a place where
    the factors are listed, with the guilty one only.
    """

    text: str
    blocks: tuple[str, ...]
    ratio: float
    factors: tuple[Factor, ...]
    fix: Fix | None = None
    lead: str = ""

    @property
    def title(self) -> str:
        """The trouble in two words; no diagnosis has the same one twice."""
        if len(self.blocks) == 1:
            return "Dead units"
        if not self.ratio:
            return "No gradient"
        return "Vanishing gradient" if self.ratio < 1 else "Exploding gradient"

    @property
    def short(self) -> str:
        """What fits on the first of the blocks."""
        if len(self.blocks) == 1:
            return f"{round(100 * (1 - self.ratio))} % off"
        if not self.ratio:
            return "gradient 0"
        return f"{'falls' if self.ratio < 1 else 'grows'} {short(self.ratio)}"

    @property
    def blocking(self) -> tuple[str, ...]:
        """The blocks through which nothing of the error gets back."""
        return () if self.ratio else self.guilty.blocks

    @property
    def guilty(self) -> Factor:
        """The factor that pushes hardest in the direction of the ratio."""
        return _guilty(self.factors, falls=self.ratio < 1)


def diagnose(
    project: Project, parameters: Array, statistics: Array | None, inputs: Array, targets: Array
) -> tuple[Finding, ...]:
    """What keeps the early blocks of a chain from learning on this batch (N, ...), the worst first; empty where
    nothing does. Judged as in training: with the batch's own statistics wherever it is large enough for them. Raises
    ProjectError where the chain cannot work.
    """
    shapes = (place.input_shape or () for place in resolve(project, np.shape(inputs)[1:]).blocks)
    enough = all(len(inputs) >= block.smallest_batch(shape) for block, shape in zip(project.chain, shapes, strict=True))
    swept = sweep(project, parameters, statistics, inputs, targets, training=enough)
    if not np.isfinite(swept.gradient).all():
        return ()  # the run itself says where numbers stop being finite
    found = (_cut_off(swept), *(_out_of_proportion(swept, falls) for falls in (True, False)), _dead(swept))
    return tuple(each for each in found if each)


def error_factors(swept: Sweep, first: int, last: int) -> tuple[Factor, ...]:
    """The factors of error(first) / error(last), root mean squares of the derivatives by the two blocks' outputs, from
    the error backwards; blocks of one kind of influence count together.
    """
    groups: dict[str, tuple[list[str], float]] = {}
    for name, blocks, value in _steps(swept, first, last):
        members, product = groups.get(name, ([], 1.0))
        groups[name] = ([*members, *blocks], product * value)
    return tuple(Factor(name, tuple(blocks), value) for name, (blocks, value) in groups.items())


def _steps(swept: Sweep, first: int, last: int) -> Iterator[tuple[str, list[str], float]]:
    """What becomes of the error's size on its way through every block, and where shortcuts bring more of it. Where it
    ends inside a bridged stretch, all of it comes past that stretch; where it does not come back, the end counts as 0.
    """
    size, ended = rms(swept.passages[last].dy), None
    for index in range(last, first, -1):
        here, before = swept.passages[index], swept.passages[index - 1]
        own, total = rms(here.dx), rms(before.dy)
        arriving = swept.readers.get(before.block.name, [])
        if not total:
            ended = ended or here.block
            continue
        if ended or not own:
            yield SHORTCUTS, arriving, total / size
        else:
            yield here.block.influence, [here.block.name], own / size
            if arriving:
                yield SHORTCUTS, arriving, total / own
        size, ended = total, None
    if ended:
        yield ended.influence, [ended.name], 0.0


def gradient_factors(swept: Sweep, first: int, last: int) -> tuple[Factor, ...]:
    """The factors of gradient(first) / gradient(last), root mean squares per weight: those of the error, then what
    the two blocks make of it: the ratio of their inputs' sizes, and of rms dW / (rms error x rms input).
    """
    one, other = swept.passages[first], swept.passages[last]
    names = (one.block.name, other.block.name)
    way = error_factors(swept, first, last)
    sizes = rms(one.x) / rms(other.x) if one.x.any() and other.x.any() else 1.0  # else only biases have a gradient
    ratio = _gradient_size(one) / _gradient_size(other)
    return (*way, Factor(SIZES, names, sizes), Factor(AGREEMENT, names, ratio / (_product(way) * sizes)))


def _product(factors: Sequence[Factor]) -> float:
    return math.prod(each.value for each in factors)


def _gradient_size(passage: Passage) -> float:
    """The root mean square of the gradient per weight, biases among them."""
    return rms(np.concatenate([each.ravel() for each in passage.gradients.values()]))


def _out_of_proportion(swept: Sweep, falls: bool) -> Finding | None:
    """The pair of blocks whose gradients fall, or grow, most on the way from right to left, where most of that happened
    between them; else the pair whose errors do: signals that shrink or grow as fast from left to right hide it in the
    gradients.
    """
    learning = _learning(swept)
    pair, ratio = _extreme_pair({index: _gradient_size(swept.passages[index]) for index in learning}, falls)
    way = _product(error_factors(swept, *pair))
    if _sickness(ratio, falls) > SICK and math.sqrt(SICK) < _sickness(way, falls) < math.inf:
        return _compared(swept, "gradient of", pair, ratio, gradient_factors(swept, *pair))
    pair, ratio = _extreme_pair({index: rms(swept.passages[index].dy) for index in learning}, falls)
    factors = error_factors(swept, *pair)
    if _sickness(ratio, falls) > SICK_ERROR and _sickness(_product(factors), falls) < math.inf:
        return _compared(swept, "error that reaches", pair, ratio, factors)
    return None


def _learning(swept: Sweep) -> list[int]:
    """Positions of the blocks that are to learn: what is frozen, or cut off from the error, is so on purpose."""
    return [index for index in swept.learned if swept.passages[index].block.moves and index in swept.reached]


def _sickness(ratio: float, falls: bool) -> float:
    """How far a ratio is from 1; infinite where the product of very many factors leaves what a number can hold."""
    return math.inf if not ratio else 1 / ratio if falls else ratio


def _extreme_pair(sizes: dict[int, float], falls: bool) -> tuple[tuple[int, int], float]:
    """The earlier and the later block whose sizes have the smallest, or the largest, ratio, and that ratio; what is
    next to nothing does not count: it has lost its digits.
    """
    best, ratio, later = (0, 0), 1.0, 0
    for index in sorted((index for index, size in sizes.items() if size > TINY), reverse=True):
        here = sizes[index] / sizes[later or index]
        if (here < ratio) if falls else (here > ratio):
            best, ratio = (index, later), here
        if not later or (here > 1 if falls else here < 1):
            later = index
    return best, ratio


def _compared(swept: Sweep, what: str, pair: tuple[int, int], ratio: float, factors: tuple[Factor, ...]) -> Finding:
    """The finding about two blocks whose gradients, or errors, differ far too much."""
    one, other = (swept.passages[index].block.name for index in pair)
    guilty = _guilty(factors, falls=ratio < 1)
    rest = [each for each in factors if each is not guilty and abs(each.value - 1) > UNREMARKABLE]
    parts = "".join(f", the {_lowered(each.name)} {short(each.value)}" for each in rest)
    size = f"{short(ratio)} of" if ratio < 1 else f"{short(ratio)} times"
    lead = f"The {what} {one} is {size} {other}'s: {_blamed(guilty)} {short(guilty.value)}"
    fix = _for_vanishing(swept, guilty, *pair) if ratio < 1 else _for_exploding(swept, *pair)
    return Finding(f"{lead}{parts}.", (one, other), ratio, factors, fix, f"{lead}.")


def _guilty(factors: Sequence[Factor], falls: bool) -> Factor:
    """The factor that pushes hardest in the direction of the ratio."""
    return min(factors, key=lambda each: each.value) if falls else max(factors, key=lambda each: each.value)


def _lowered(name: str) -> str:
    """A factor's name inside a sentence; a word with capitals inside stays as it is."""
    first = name.partition(" ")[0]
    return name if first[1:] != first[1:].lower() else name[:1].lower() + name[1:]


def _blamed(guilty: Factor) -> str:
    """The guilty factor as the subject of a sentence, with its mean (geometric) over the blocks."""
    if guilty.name in (SIZES, AGREEMENT) or len(guilty.blocks) == 1:
        where = "" if guilty.name in (SIZES, AGREEMENT) else f" of {guilty.blocks[0]}"
        return f"the {_lowered(guilty.name)}{where} contribute{'' if guilty.name.endswith('s') else 's'}"
    count, each = len(guilty.blocks), short(guilty.value ** (1 / len(guilty.blocks)))
    what = f"{guilty.name} of {spelled(count)} layers" if guilty.name == "weights" else _lowered(guilty.name)
    number = "" if guilty.name == "weights" else f"{spelled(count)} "
    return f"the {number}{what} between them (about {each} each) contribute"


def _for_vanishing(swept: Sweep, guilty: Factor, first: int, last: int) -> Fix | None:
    project, chain = swept.project, swept.project.chain
    activations = [name for name in guilty.blocks if project.block(name).has_slope]
    return (
        (replaced(project, activations) if activations else None)
        or restarted(project, [block.name for block in chain[first : last + 1] if has_start(block)])
        or bridged(project, chain[first].name, chain[last].name)
    )


def _for_exploding(swept: Sweep, first: int, last: int) -> Fix | None:
    between = [block.name for block in swept.project.chain[first : last + 1] if has_start(block)]
    return restarted(swept.project, between) or clipped(swept.project)


def _cut_off(swept: Sweep) -> Finding | None:
    """Where the error ends before it has reached the first weights."""
    chain, learned = swept.passages, _learning(swept)
    silent = [index for index in learned if not chain[index].dy.any()]
    if not silent or not chain[-1].dy.any():  # an error of zero everywhere is no illness
        return None
    first = silent[-1]
    factors = error_factors(swept, first, len(chain) - 1)
    way = (index for index in range(len(chain) - 1, first, -1) if index - 1 in swept.reached)
    stop = next(index for index in way if not chain[index - 1].dy.any())
    name = chain[first].block.name
    before = " and of all before it" if silent == learned[: len(silent)] and len(silent) > 1 else ""
    text = f"The gradient of {name}{before} is exactly zero: {_why_zero(chain[stop])}."
    fix = replaced(swept.project, _alike(swept, stop)) or restarted(swept.project, _without_weights(swept))
    return Finding(text, (name, "loss"), 0.0, factors, fix)


def _alike(swept: Sweep, index: int) -> list[str]:
    """All blocks of the kind of one, so that mending one does not just move the trouble to the next."""
    kind = swept.passages[index].block.kind
    return [each.block.name for each in swept.passages if each.block.kind == kind]


def _without_weights(swept: Sweep) -> list[str]:
    """Blocks whose weights are all zero and could start otherwise."""
    return [each.block.name for each in swept.passages if has_start(each.block) and not _weight(each).any()]


def _weight(passage: Passage) -> Array:
    return passage.block.public(passage.weights)["weight"]


def _why_zero(stop: Passage) -> str:
    """How a block lets nothing of the error through, in words."""
    name, slope = stop.block.name, stop.slope
    if slope is not None and not slope.any():
        return f"{name} is off for all {slope.shape[-1]} samples, its slopes are 0"
    if has_start(stop.block) and not _weight(stop).any():
        return f"the weights of {name} are all zero"
    return f"nothing of the error gets back through {name}"


def _dead(swept: Sweep) -> Finding | None:
    """The activation most of whose units are off for every sample; one that is off as a whole cuts the chain, which is
    said already.
    """
    learning = _learning(swept)
    behind = [index for index in sorted(swept.reached) if learning and index > learning[0]]
    shares = {index: alive for index in behind if 0 < (alive := _alive(swept.passages[index])) <= 1 - MANY_DEAD}
    if not shares or swept.targets.shape[-1] < ENOUGH_SAMPLES:
        return None
    worst = min(shares, key=lambda index: shares[index])
    y, name, alive = swept.passages[worst].y, swept.passages[worst].block.name, shares[worst]
    units = y.shape[0] if y.ndim == 2 else y.shape[1]
    what = plural(units, "unit" if y.ndim == 2 else "channel")
    like_it = f"; {plural(len(shares) - 1, 'block')} more like it" if len(shares) > 1 else ""
    text = (
        f"{round(units * (1 - alive))} of {what} of {name} are off for all {y.shape[-1]} samples: "
        f"no gradient reaches the weights behind them{like_it}."
    )
    fix = replaced(swept.project, _alike(swept, worst))
    return Finding(text, (name,), alive, (Factor("units that are on", (name,), alive),), fix)


def _alive(passage: Passage) -> float:
    """The share of units, or channels, that pass on a gradient for at least one sample; 1 for other blocks."""
    slope = passage.slope
    if slope is None:
        return 1.0
    units = slope if slope.ndim == 2 else slope.transpose(1, 0, 2, 3).reshape(slope.shape[1], -1)
    return float(units.any(axis=1).mean())
