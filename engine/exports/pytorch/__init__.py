"""A program that trains on with PyTorch, the weights, and the samples with reference values to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.exports.code import filled
from engine.exports.pytorch import pieces
from engine.exports.pytorch.reference import reference
from engine.exports.source import code_names, network_of, samples_of
from engine.initializers import Values
from engine.lazy import Array, np
from engine.network import Network

if TYPE_CHECKING:
    from engine.exports import Work


def files(work: Work, stem: str) -> dict[str, bytes]:
    """The program, ``STEM.safetensors`` and ``STEM_data.safetensors``."""
    from safetensors.numpy import save

    network = network_of(work)
    parts = samples_of(work.project)
    data: dict[str, Array] = {
        "train.inputs": parts.train.inputs,
        "train.targets": parts.train.targets,
        "validation.inputs": parts.validation.inputs,
        "validation.targets": parts.validation.targets,
        **reference(work, parts.train),
        **_written(network),
    }
    program = filled("pytorch.txt", pieces.of(network, parts.train))
    return {
        f"{stem}.py": program,
        f"{stem}.safetensors": save(_plain(network.state_dict())),
        f"{stem}_data.safetensors": save(_plain(data)),
    }


def _written(network: Network) -> dict[str, Array]:
    """First values that are written down in the project, by the names that blocks have in the program."""
    names, dtype = code_names(network.project), network.parameters.dtype
    return {
        f"written.{names[block.name]}.{parameter}": np.array(start.values, dtype)
        for block in network.project.chain
        for parameter, start in block.initializers().items()
        if isinstance(start, Values)
    }


def _plain(arrays: dict[str, Array]) -> dict[str, Array]:
    """Laid out row by row, as the files want them."""
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}
