"""What every format starts from: the network with its numbers, the samples, and names that are nobody's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine.lazy import Array, np
from engine.network import Network
from engine.project import Project, ProjectError
from engine.resolve import resolve

if TYPE_CHECKING:
    from engine.data.parts import Dataset, Parts
    from engine.exports import Work

USUAL_EPOCHS, ENDLESS = 100, 10**9
LARGEST_DATA = 512 * 2**20
"""Bytes of samples that are written beside a program."""


def network_of(work: Work, project: Project | None = None) -> Network:
    """The network with the numbers of the work; ``project`` stands in for its project: the same chain, in another
    precision.
    """
    network = Network(project or work.project)
    if work.state is not None:
        network.load_state_dict(work.state)
    return network


def with_dtype(project: Project, dtype: str) -> Project:
    """The project in another precision."""
    return msgspec.structs.replace(project, training=msgspec.structs.replace(project.training, dtype=dtype))


def code_names(project: Project) -> dict[str, str]:
    """For every block's name the one that stands for it in code: ``block_1`` and so on, from left to right."""
    return {block.name: f"block_{number}" for number, block in enumerate(project.chain, 1)}


def samples_of(project: Project) -> Parts:
    """The samples as they are trained on. Raises ProjectError where there are too many to be written down."""
    from engine.data.parts import Dataset, Parts, dataset

    data = project.data
    size = data.count * int(np.prod(resolve(project).data.input_shape)) * np.dtype(project.training.dtype).itemsize
    if size > LARGEST_DATA:
        raise ProjectError(
            f"data: the samples take {size / 2**20:,.0f} MB; at most {LARGEST_DATA // 2**20} MB are exported."
        )
    parts = dataset(project)

    def narrowed(part: Dataset) -> Dataset:
        dtype = project.training.dtype
        return Dataset(_narrowed(part.inputs, dtype), _narrowed(part.targets, dtype), part.classes)

    return Parts(narrowed(parts.train), narrowed(parts.validation), parts.scaling)


def _narrowed(values: Array, dtype: str) -> Array:
    """Numbers in the precision of the training; class numbers stay whole."""
    return values if values.dtype.kind in "iu" else np.ascontiguousarray(values, dtype)


def words_of(project: Project) -> dict[str, object]:
    """What people have written: it stands in one JSON literal of a program, and nowhere else but in comments."""
    blocks = {code: name for name, code in code_names(project).items()}
    return {"name": project.name, "notes": project.notes, "blocks": blocks}


def epochs_of(project: Project) -> int:
    """The epochs after which training ends at the latest: those of the step at which the project stops, without end
    where it stops at a loss, else 100.
    """
    training = project.training
    if training.stop_at_step is None:
        return ENDLESS if training.stop_at_loss is not None else USUAL_EPOCHS
    samples = project.data.count - project.data.held_out
    return -(-training.stop_at_step // -(-samples // training.batch_size))
