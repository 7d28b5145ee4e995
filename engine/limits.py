"""The limits of what may be allocated, in one place, and what a run will allocate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from engine.layers.layer import Layer, Shape
from engine.project import Project

if TYPE_CHECKING:
    from engine.resolve import BlockPlace

MEMORY_BUDGET = 2 * 2**30
"""Bytes that a training run may need in all."""

LARGEST_CHUNK = 512
"""Samples that go through the chain at once when nothing is learned from them, at most."""

CHUNK_VALUES = 2**22
"""Numbers that such a passage may hold."""

COLUMNS = 8192
"""Steps, or groups of steps, of which a history is kept."""

EVALUATIONS = 2048
"""Evaluations that a history holds; their number grows with the logarithm of the steps, so that this is out of reach.
"""

TEMPORARIES = 3
"""Numbers for each value of the largest output that all methods share for what they need for a moment only."""

WIDE = 8  # bytes of a number in double precision


def samples_at_once(chain: Sequence[Layer], shapes: Sequence[Shape]) -> int:
    """How many samples are predicted at once; ``shapes`` are the public shapes of the input and of every output."""
    numbers = sum(map(math.prod, shapes)) + workspace_of(chain, shapes)
    return max(1, min(LARGEST_CHUNK, CHUNK_VALUES // numbers))


def workspace_of(chain: Sequence[Layer], shapes: Sequence[Shape]) -> int:
    """Numbers for each sample that the blocks hold besides outputs and their derivatives."""
    return sum(block.workspace(shape) for block, shape in zip(chain, shapes, strict=False))


def memory_needed(project: Project, places: Sequence[BlockPlace]) -> int:
    """An estimate in bytes of what a run of the project allocates: the trainer, and what is published of it, which
    lies in two slots of shared memory and in the window once more for each of its snapshots, the last two.
    """
    parameters = sum(place.parameter_count for place in places)
    published = 3 * _narrow(project) * parameters + _history(places)
    return trainer_memory(project, places) + 4 * published


def trainer_memory(project: Project, places: Sequence[BlockPlace]) -> int:
    """An estimate in bytes of the arrays of a Trainer: whole vectors, passages through the chain, history, data."""
    parameters = sum(place.parameter_count for place in places)
    numbers = _vectors(project) * parameters + _passages(project, places)
    return _narrow(project) * numbers + _history(places) + _data(project)


def _narrow(project: Project) -> int:
    """Bytes of a number in the project's precision."""
    return 4 if project.training.dtype == "float32" else WIDE


def _vectors(project: Project) -> int:
    """Vectors as long as the parameters: these, those at which the gradient was taken, the gradient, the
    optimizer's, a copy of what changes, to which training can return, and what an update needs for a moment.
    """
    state = len(project.optimizer.vectors)
    momentary = 2 if project.training.clip_norm is not None else 0  # else the update goes piece by piece
    second_gradient = project.training.threads - 1
    return 3 + state + (1 + state) + momentary + second_gradient


def _passages(project: Project, places: Sequence[BlockPlace]) -> int:
    """Numbers held for batches on their way through the chain: a whole batch and the smaller one that ends an epoch,
    both with their way back, and the samples that are evaluated at once. Ends where a chain is broken.
    """
    whole = list(takewhile(lambda pair: pair[1].output_shape, zip(project.chain, places, strict=True)))
    if not whole:
        return 0
    chain = [block for block, _ in whole]
    shapes: list[Shape] = [whole[0][1].input_shape or (), *(place.output_shape or () for _, place in whole)]
    values, workspace = _kept_outputs(chain, shapes[1:]), workspace_of(chain, shapes)
    shared = TEMPORARIES * max(map(math.prod, shapes)) + math.prod(shapes[0]) + math.prod(shapes[-1])
    held_out = project.data.held_out
    samples = project.data.count - held_out
    size = min(project.training.batch_size, samples)
    trained = size + samples % max(size, 1)
    evaluated = min(held_out or samples, samples_at_once(chain, shapes))
    return trained * (2 * values + workspace + shared) + evaluated * (values + workspace // 2 + shared)


def _kept_outputs(chain: Sequence[Layer], outputs: Sequence[Shape]) -> int:
    """Values of a sample that have a place of their own: an output is written over the one before where nobody needs
    that any more.
    """
    kept, before = 0, None
    for block, shape in zip(chain, outputs, strict=False):
        if before is None or before.reads_y or not block.overwrites:
            kept += math.prod(shape)
        before = block
    return kept


def _history(places: Sequence[BlockPlace]) -> int:
    """Three losses and the gradient sizes of all blocks with parameters, for every column."""
    return WIDE * COLUMNS * (3 + sum(place.parameter_count > 0 for place in places))


def _data(project: Project) -> int:
    """All samples in double precision, and those to train on once more in the project's."""
    data = project.data
    values = math.prod(data.input_shape) + (data.classes or data.values)
    return values * (WIDE * data.count + _narrow(project) * (data.count - data.held_out))
