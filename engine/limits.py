"""The limits of what may be allocated, in one place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from engine.layers.layer import Layer, Shape
from engine.project import Project

MEMORY_BUDGET = 2 * 2**30
"""Bytes that a training run may need in all."""

VECTORS = 7
"""Vectors as long as the parameters: themselves, gradient, two of the optimizer, a checkpoint and two slots of the
shared board.
"""

VALUES_PER_OUTPUT = 3
"""Numbers held for each output of a block and sample: its value, its derivative and its slope."""

LARGEST_CHUNK = 512
"""Samples that go through the chain at once when nothing is learned from them, at most."""

CHUNK_VALUES = 2**22
"""Numbers that such a passage may hold."""


def samples_at_once(chain: Sequence[Layer], shapes: Sequence[Shape]) -> int:
    """How many samples are predicted at once; ``shapes`` are the public shapes of the input and of every output."""
    values = sum(map(math.prod, shapes)) + sum(
        block.workspace(shape) for block, shape in zip(chain, shapes, strict=False)
    )
    return max(1, min(LARGEST_CHUNK, CHUNK_VALUES // values))


def memory_needed(project: Project, outputs: Iterable[Shape | None], parameters: int, workspace: int = 0) -> int:
    """An estimate in bytes of what training the project allocates: parameters, activations of one batch, what layers
    need besides (``workspace`` numbers for each sample), and the data.
    """
    bytes_each = 4 if project.training.dtype == "float32" else 8
    batch = min(project.training.batch_size, project.data.count)
    activations = batch * (VALUES_PER_OUTPUT * sum(math.prod(shape) for shape in outputs if shape) + workspace)
    data = 2 * project.data.count * math.prod(project.data.input_shape)
    return bytes_each * (VECTORS * parameters + activations + data)
