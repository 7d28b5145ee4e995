"""An explanation as what can be painted: everything is computed here, in a thread beside the window."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.explain import Explainer, Explanation
from engine.explain.chain import INPUT, Chain
from engine.explain.delta import gradient_of
from engine.explain.paths import Path
from engine.explain.question import Entry
from engine.lazy import Array
from engine.run.check import batch_of, network_of
from engine.run.snapshot import Snapshot
from gui import pictures
from gui.chain_rule.question import LOSS, Question
from gui.training_samples import TrainingSamples

MOST_CELLS = 24  # of a tile's picture along one side
TRAINING_TOLERANCE = 1e-3  # of the chain's largest derivative: beyond what single precision rounds away
LARGEST_TABLE = 1_000_000  # entries of a factor whose matrix is drawn; of a larger one only the norm is shown


@dataclass(frozen=True)
class Tile:
    """One factor of the product, or one layer's factors together (``members``).

    ``so_far`` is the product from the error up to here, a row. ``table`` is the matrix reduced to a picture, None where
    it is too large; ``value`` the number where the factor is a single one.
    """

    label: str
    formula: str
    blocks: tuple[str, ...]
    shape: tuple[int, int]
    norm: float
    table: Array | None
    value: float | None
    so_far: Array
    members: tuple[Tile, ...] = ()


@dataclass(frozen=True)
class Stop:
    """A unit on a path. ``place`` is its index in the block's output, ``depth`` how far down it stands among the
    block's units, from 0 to 1. ``choice``: the block leads more than one unit to it. ``leapt`` are the blocks that a
    shortcut has led past on the way here.
    """

    block: str
    place: tuple[int, ...]
    unit: int
    depth: float
    choice: bool
    leapt: tuple[str, ...] = ()


@dataclass(frozen=True)
class PathShown:
    """A path from the error to the number: its units and stops from the error backwards, and the derivatives along it
    with the ``blocks`` that each belongs to, whose product is ``value``.
    """

    units: tuple[tuple[str, int], ...]
    stops: tuple[Stop, ...]
    blocks: tuple[str, ...]
    factors: tuple[float, ...]
    value: float
    share: float

    @property
    def narrow(self) -> bool:
        """Whether every block on it has one unit only."""
        return all(stop.depth == 0.5 and stop.unit == 0 for stop in self.stops)


@dataclass(frozen=True)
class Inquiry:
    """A question at one moment of a run."""

    question: Question
    snapshot: Snapshot


@dataclass(frozen=True)
class Answer:
    """What is known about the question at that moment.

    ``value`` is the number where the derivative is taken, ``value_now`` what the step that followed made of it.
    ``samples`` are the derivatives of each sample of the batch, whose numbers stand in the snapshot's ``chosen``;
    ``mean`` is their mean and ``gradient`` what backpropagation computes for it, in the run's own way where ``broken``
    names blocks whose backward pass is wrong on purpose. Tiles and paths are those of the one training sample numbered
    ``sample``, whose derivative is ``product``. Where no sample answers at all, ``strongest`` is the entry of the same
    parameter that answers most strongly.
    """

    inquiry: Inquiry
    value: float
    value_now: float
    samples: Array
    mean: float
    gradient: float
    central_difference: float
    kink: str | None
    scale: float
    sample: int
    product: float
    tiles: tuple[Tile, ...]
    paths: tuple[PathShown, ...]
    path_count: int
    rest: float
    broken: tuple[str, ...]
    strongest: tuple[int, ...] | None
    one: Explanation = field(repr=False)
    batch: Explanation = field(repr=False)

    @property
    def question(self) -> Question:
        """What was asked."""
        return self.inquiry.question

    @property
    def trained(self) -> float | None:
        """The gradient that training itself computed for the number, in training mode; None where it computed none."""
        snapshot, question = self.inquiry.snapshot, self.question
        if not snapshot.computed or not question.block or question.of is not None:
            return None
        return float(snapshot.tensors(question.block)[question.parameter.rpartition(".")[2]][question.index])

    @property
    def differs_in_training(self) -> bool:
        """Whether training computed another number, because some blocks work otherwise there."""
        return self.trained is not None and abs(self.trained - self.mean) > TRAINING_TOLERANCE * self.scale


class Answerer:
    """Answers inquiries one after the other; what does not change between two of them is kept."""

    def __init__(self) -> None:
        self._samples = TrainingSamples()
        self._batch: tuple[object, Explainer | None] = (None, None)
        self._broken: tuple[object, dict[str, Array]] = (None, {})

    def answer(self, inquiry: Inquiry) -> Answer:
        """Raises ProjectError where the question cannot be asked."""
        question, snapshot = inquiry.question, inquiry.snapshot
        of = question.of or "loss"
        batch = self._explainer(snapshot).explain(question.parameter, question.index, of=of)
        samples = batch.samples
        sample = self._sample(question, snapshot, samples)
        one = self._single(snapshot, sample).explain(question.parameter, question.index, of=of)
        broken = _broken_behind(question, snapshot)
        return Answer(
            inquiry,
            self._value(question, snapshot, sample, "origin"),
            self._value(question, snapshot, sample, "weight"),
            samples,
            batch.product,
            self._run_gradient(question, snapshot) if broken else batch.gradient,
            batch.central_difference,
            batch.kink,
            _scale(snapshot),
            sample,
            one.product,
            _tiles(one),
            tuple(_path(path, question, one.chain) for path in one.paths),
            one.path_count,
            one.rest,
            broken,
            _strongest(batch) if question.block and not samples.any() else None,
            one,
            batch,
        )

    def _sample(self, question: Question, snapshot: Snapshot, samples: Array) -> int:
        """The sample that was asked for, else the one of the batch that answers most strongly."""
        train = self._samples.of(snapshot.project)
        if question.sample is not None and question.sample < len(train.inputs):
            return question.sample
        return int(snapshot.chosen[int(np.abs(samples).argmax())])

    def _value(self, question: Question, snapshot: Snapshot, sample: int, when: str) -> float:
        """The number itself; an input's is that of the sample."""
        if not question.block:
            return float(self._samples.of(snapshot.project).inputs[sample][question.index])
        name = question.parameter.rpartition(".")[2]
        return float(snapshot.tensors(question.block, when)[name][question.index])

    def _run_gradient(self, question: Question, snapshot: Snapshot) -> float:
        """What the run's own backward pass computes for the number, with all that is broken in it."""
        if self._broken[0] is not snapshot:
            network = network_of(snapshot)
            network.loss_and_gradient(*batch_of(snapshot))
            self._broken = (snapshot, network.grad_dict())
        return float(self._broken[1][question.parameter][question.index])

    def _explainer(self, snapshot: Snapshot) -> Explainer:
        key, known = self._batch
        if key is not snapshot or known is None:
            known = self._made(snapshot, snapshot.chosen)
            self._batch = (snapshot, known)
        return known

    def _single(self, snapshot: Snapshot, sample: int) -> Explainer:
        return self._made(snapshot, np.array([sample]))

    def _made(self, snapshot: Snapshot, numbers: Array) -> Explainer:
        train = self._samples.of(snapshot.project)
        inputs, targets = train.inputs[numbers], train.targets[numbers]
        return Explainer.from_vectors(snapshot.project, snapshot.origin, snapshot.statistics, inputs, targets)


def _strongest(batch: Explanation) -> tuple[int, ...] | None:
    """The entry of the largest derivative; None where all are zero."""
    gradient = gradient_of(batch)
    if not gradient.any():
        return None
    return tuple(map(int, np.unravel_index(np.abs(gradient).argmax(), gradient.shape)))


def _scale(snapshot: Snapshot) -> float:
    """What derivatives are compared with: the largest of the whole chain."""
    largest = float(np.abs(snapshot.gradients).max(initial=0.0))
    return max(largest if math.isfinite(largest) else 0.0, 1e-3)


def _broken_behind(question: Question, snapshot: Snapshot) -> tuple[str, ...]:
    """The broken blocks through which the error's derivative by the number passes on its way back."""
    names = [block.name for block in snapshot.project.chain]
    if question.of is not None or question.block not in names:
        return ()
    return tuple(name for name in names[names.index(question.block) :] if name in snapshot.breaks)


def _path(path: Path, question: Question, chain: Chain) -> PathShown:
    """Its first derivative is that of the error, where that is asked, its last that of a block by its own parameter."""
    passed = [block for block, _ in path.units]
    owners = [LOSS] if question.of is None else []
    owners += passed if question.block else passed[:-1]
    stops = tuple(_stops(path, chain))
    return PathShown(path.units, stops, tuple(owners), path.factors, path.value, path.share)


def _stops(path: Path, chain: Chain) -> Iterator[Stop]:
    """From the error backwards; the last has nothing before it."""
    nodes = [chain.numbers.get(block, INPUT) for block, _ in path.units]
    for (block, unit), node, before in zip(path.units, nodes, [*nodes[1:], None], strict=True):
        choice = before is None or chain.blocks[node].links != "own"
        leapt = () if before is None else tuple(map(chain.name, range(before + 1, node)))
        place = tuple(map(int, np.unravel_index(unit, chain.shape(node))))
        yield Stop(block, place, unit, (unit + 0.5) / chain.size(node), choice, leapt)


def _tiles(one: Explanation) -> tuple[Tile, ...]:
    """The layers' tiles, each with its factors' tiles, and the product so far behind each."""
    rows = iter(one.running)
    made = []
    for layer in one.layers:
        members = tuple(_tile(factor, next(rows), one.entry) for factor in layer.factors)
        whole = _tile(layer, members[-1].so_far, one.entry) if len(members) > 1 else members[0]
        inside = members if len(members) > 1 else ()
        formula = " · ".join(each.formula for each in members if each.formula)
        made.append(
            Tile(
                layer.symbols, formula, tuple(layer.blocks), whole.shape, whole.norm, whole.table, whole.value,
                whole.so_far, inside,
            )
        )  # fmt: skip
    return tuple(made)


def _tile(factor: Any, so_far: Array, entry: Entry) -> Tile:
    """A tile of a factor, or of a product of several."""
    out, into = factor.shape
    small = out * into <= LARGEST_TABLE
    matrix = factor.matrix if small else None
    return Tile(
        factor.symbols.replace(entry.text, entry.letter),
        getattr(factor, "formula", ""),
        tuple(factor.blocks),
        (out, into),
        float(np.linalg.norm(matrix)) if matrix is not None else float("nan"),
        None if matrix is None else pictures.reduce_to(matrix, MOST_CELLS, MOST_CELLS),
        float(matrix[0, 0]) if matrix is not None and matrix.size == 1 else None,
        np.asarray(so_far).reshape(-1),
    )


def along(path: PathShown, tiles: Sequence[Tile]) -> tuple[float, ...]:
    """A path's scalars, one for each tile: those of the blocks that it stands for, multiplied."""
    return tuple(
        math.prod(scalar for block, scalar in zip(path.blocks, path.factors, strict=True) if block in tile.blocks)
        for tile in tiles
    )
