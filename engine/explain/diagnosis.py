"""Vanishing and exploding gradients, and units that are off, named in words with the guilty factors.

The gradient of a weight is the error that reaches its block times what the block was given. From one block with weights
to an earlier one the error passes every block between; each multiplies its size (root mean square) by a factor of its
own. With what is left, the inputs' sizes and how well the samples agree, the product of the factors is exactly the
ratio of the two gradients.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.explain.remedies import bridged, clipped, has_start, replaced, restarted
from engine.explain.sweep import Passage, Sweep, rms, sweep
from engine.lazy import Array
from engine.project import Project
from engine.resolve import Fix
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
    earlier one first (or ``"loss"`` behind it), or the one that is meant.
    """

    text: str
    blocks: tuple[str, ...]
    ratio: float
    factors: tuple[Factor, ...]
    fix: Fix | None = None


def diagnose(
    project: Project, parameters: Array, statistics: Array | None, inputs: Array, targets: Array
) -> tuple[Finding, ...]:
    """What keeps the early blocks of a chain from learning on this batch (N, ...), the worst first; empty where
    nothing does. Raises ProjectError where the chain cannot work.
    """
    swept = sweep(project, parameters, statistics, inputs, targets)
    if not np.isfinite(swept.gradient).all():
        return ()  # the run itself says where numbers stop being finite
    found = (_cut_off(swept), *(_out_of_proportion(swept, falls) for falls in (True, False)), *_dead(swept))
    return tuple(each for each in found if each)


def error_factors(swept: Sweep, first: int, last: int) -> tuple[Factor, ...]:
    """The factors of error(first) / error(last), root mean squares of the derivatives by the two blocks' outputs, from
    the error backwards; blocks of one kind of influence count together.
    """
    groups: dict[str, tuple[list[str], float]] = {}
    for index in range(last, first, -1):
        for name, blocks, value in _steps(swept, index):
            members, product = groups.get(name, ([], 1.0))
            groups[name] = (members + blocks, product * value)
    return tuple(Factor(name, tuple(blocks), value) for name, (blocks, value) in groups.items())


def gradient_factors(swept: Sweep, first: int, last: int) -> tuple[Factor, ...]:
    """The factors of gradient(first) / gradient(last), root mean squares per weight: those of the error, then what
    the two blocks make of it: the ratio of their inputs' sizes, and of rms dW / (rms error x rms input).
    """
    one, other = swept.passages[first], swept.passages[last]
    names = (one.block.name, other.block.name)
    way = error_factors(swept, first, last)
    sizes = _over(rms(one.x), rms(other.x))
    rest = _over(_gradient_size(one), _gradient_size(other)) / (_product(way) * sizes or 1.0)
    return (*way, Factor(SIZES, names, sizes), Factor(AGREEMENT, names, rest))


def _steps(swept: Sweep, index: int) -> list[tuple[str, list[str], float]]:
    """What becomes of the error's size on its way through a block, and where shortcuts bring more of it."""
    here, before = swept.passages[index], swept.passages[index - 1]
    steps = [(here.block.influence, [here.block.name], _over(rms(here.dx), rms(here.dy)))]
    arriving = [each.block.name for each in swept.passages if before.block.name in each.block.sources]
    if arriving:
        steps.append((SHORTCUTS, arriving, _over(rms(before.dy), rms(here.dx))))
    return steps


def _product(factors: Sequence[Factor]) -> float:
    return math.prod(each.value for each in factors)


def _over(a: float, b: float) -> float:
    """A ratio; 1 where there is nothing to compare with, so that the zero counts once, where it arose."""
    return a / b if b else 1.0


def _gradient_size(passage: Passage) -> float:
    """The root mean square of the gradient per weight, biases among them."""
    return rms(np.concatenate([each.ravel() for each in passage.gradients.values()]))


def _out_of_proportion(swept: Sweep, falls: bool) -> Finding | None:
    """The pair of blocks whose gradients fall, or grow, most on the way from right to left, where most of that happened
    between them; else the pair whose errors do: signals that shrink or grow as fast from left to right hide it in the
    gradients.
    """
    gradients = {index: _gradient_size(swept.passages[index]) for index in swept.learned}
    pair, ratio = _extreme_pair(gradients, falls)
    if _sickness(ratio, falls) > SICK and _sickness(_product(error_factors(swept, *pair)), falls) > math.sqrt(SICK):
        return _compared(swept, "gradient of", pair, ratio, gradient_factors(swept, *pair))
    pair, ratio = _extreme_pair({index: rms(swept.passages[index].dy) for index in swept.learned}, falls)
    if _sickness(ratio, falls) > SICK_ERROR:
        return _compared(swept, "error that reaches", pair, ratio, error_factors(swept, *pair))
    return None


def _sickness(ratio: float, falls: bool) -> float:
    return 1 / ratio if falls and ratio else ratio


def _extreme_pair(sizes: dict[int, float], falls: bool) -> tuple[tuple[int, int], float]:
    """The earlier and the later block whose sizes have the smallest, or the largest, ratio, and that ratio; zeros do
    not count.
    """
    best, ratio, later = (0, 0), 1.0, 0
    for index in sorted((index for index, size in sizes.items() if size), reverse=True):
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
    text = f"The {what} {one} is {size} {other}'s: {_blamed(guilty)} {short(guilty.value)}{parts}."
    fix = _for_vanishing(swept, guilty, *pair) if ratio < 1 else _for_exploding(swept, *pair)
    return Finding(text, (one, other), ratio, factors, fix)


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
        return f"the {_lowered(guilty.name)}{where} {'contributes' if guilty.name == AGREEMENT else 'contribute'}"
    count, each = len(guilty.blocks), short(guilty.value ** (1 / len(guilty.blocks)))
    what = f"{guilty.name} of {spelled(count)} layers" if guilty.name == "weights" else _lowered(guilty.name)
    number = "" if guilty.name == "weights" else f"{spelled(count)} "
    return f"the {number}{what} between them (about {each} each) contribute"


def _for_vanishing(swept: Sweep, guilty: Factor, first: int, last: int) -> Fix | None:
    project, chain = swept.project, swept.project.chain
    activations = [name for name in guilty.blocks if project.block(name).has_slope]
    fixes = (
        replaced(project, activations) if activations else None,
        restarted(project, [block.name for block in chain[first : last + 1] if has_start(block)]),
        bridged(project, chain[first].name, chain[last].name),
    )
    return next((fix for fix in fixes if fix), None)


def _for_exploding(swept: Sweep, first: int, last: int) -> Fix | None:
    between = [block.name for block in swept.project.chain[first : last + 1] if has_start(block)]
    return restarted(swept.project, between) or clipped(swept.project)


def _cut_off(swept: Sweep) -> Finding | None:
    """Where the error ends before it has reached the first weights."""
    chain, learned = swept.passages, swept.learned
    silent = [index for index in learned if not chain[index].dy.any()]
    if not silent or not chain[-1].dy.any():  # an error of zero everywhere is no illness
        return None
    first = silent[-1]
    factors = error_factors(swept, first, len(chain) - 1)
    stop = next(index for index in range(len(chain) - 1, first, -1) if not chain[index - 1].dy.any())
    name = chain[first].block.name
    before = " and of all before it" if first > learned[0] else ""
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


def _dead(swept: Sweep) -> list[Finding]:
    """Activations many of whose units are off for every sample; one that is off as a whole cuts the chain, which is
    said already.
    """
    found = []
    learned = swept.learned
    for index, passage in enumerate(swept.passages):
        slope = passage.slope
        if slope is None or slope.shape[-1] < ENOUGH_SAMPLES or not learned or index < learned[0]:
            continue
        units = slope if slope.ndim == 2 else slope.transpose(1, 0, 2, 3).reshape(slope.shape[1], -1)
        off = int((~units.any(axis=1)).sum())
        if MANY_DEAD * len(units) <= off < len(units):
            fix = replaced(swept.project, _alike(swept, index))
            found.append(_units_off(passage, off, len(units), fix))
    return found


def _units_off(passage: Passage, off: int, units: int, fix: Fix | None) -> Finding:
    name = passage.block.name
    alive = (units - off) / units
    what = plural(units, "unit") if passage.y.ndim == 2 else plural(units, "channel")
    text = (
        f"{off} of {what} of {name} {'is' if off == 1 else 'are'} off for all {passage.y.shape[-1]} samples: "
        "no gradient reaches the weights behind them."
    )
    return Finding(text, (name,), alive, (Factor("units that are on", (name,), alive),), fix)
