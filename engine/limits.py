"""The limits of what may be allocated, in one place."""

from __future__ import annotations

import math
from collections.abc import Iterable

from engine.layers.layer import Shape
from engine.project import Project

MEMORY_BUDGET = 2 * 2**30
"""Bytes that a training run may need in all."""

VECTORS = 7
"""Vectors as long as the parameters: themselves, gradient, two of the optimizer, a checkpoint and two slots of the
shared board.
"""

VALUES_PER_OUTPUT = 3
"""Numbers held for each output of a block and sample: its value, its derivative and its slope."""


def memory_needed(project: Project, outputs: Iterable[Shape | None], parameters: int, workspace: int = 0) -> int:
    """An estimate in bytes of what training the project allocates: parameters, activations of one batch, what layers
    need besides (``workspace`` numbers for each sample), and the data.
    """
    bytes_each = 4 if project.training.dtype == "float32" else 8
    batch = min(project.training.batch_size, project.data.count)
    activations = batch * (VALUES_PER_OUTPUT * sum(math.prod(shape) for shape in outputs if shape) + workspace)
    data = 2 * project.data.count * math.prod(project.data.input_shape)
    return bytes_each * (VECTORS * parameters + activations + data)
