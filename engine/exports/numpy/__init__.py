"""A program that trains with numpy alone: the engine's own calls, on memory laid out as the engine's."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from engine.exports import schedules
from engine.exports.code import filled
from engine.exports.numpy.steps import batch_function, generators, update_lines
from engine.exports.settings import settings, stops
from engine.exports.source import code_names, network_of, samples_of
from engine.layers import AnyLayer
from engine.lazy import np
from engine.network import Network
from engine.project import Project

if TYPE_CHECKING:
    from engine.exports import Work


def files(work: Work, stem: str) -> dict[str, bytes]:
    """The program, and ``STEM.npz`` with the weights and the samples to train on."""
    network, train = network_of(work), samples_of(work.project).train
    stored = io.BytesIO()
    np.savez(
        stored,
        inputs=train.inputs,
        targets=network.target_rows(train.targets).astype(network.parameters.dtype),
        parameters=network.parameters,
        statistics=network.statistics,
    )
    program = filled("numpy.txt", _pieces(work.project, _under_code_names(network), len(train)))
    return {f"{stem}.py": program, f"{stem}.npz": stored.getvalue()}


def _under_code_names(network: Network) -> Network:
    """The same network on one thread, its blocks under the names that they have in the program."""
    project, names = network.project, code_names(network.project)
    chain = tuple(_renamed(block, names) for block in project.chain)
    training = msgspec.structs.replace(project.training, threads=1)
    other = Network(msgspec.structs.replace(project, chain=chain, training=training))
    other.parameters[...], other.statistics[...] = network.parameters, network.statistics
    return other


def _renamed(block: AnyLayer, names: Mapping[str, str]) -> AnyLayer:
    """The block under its name in code, and so the block that a shortcut comes from."""
    block = msgspec.structs.replace(block, name=names[block.name])
    return msgspec.structs.replace(block, source=names[block.sources[0]]) if block.sources else block


def _pieces(project: Project, network: Network, samples: int) -> dict[str, str | list[str]]:
    titles = {code: name for name, code in code_names(project).items()}
    full = min(project.training.batch_size, samples)
    sizes = list(dict.fromkeys((full, samples % full or full)))
    batches = [line for size in sizes for line in batch_function(network, size, titles)]
    schedule = schedules.factor(project.training.schedule)
    return {
        **settings(project),
        **stops(project, "total / done", "training.steps"),
        "imports": ["import math"] if any("math." in line for line in schedule) else [],
        "generators": generators(network, full),
        "batches": batches,
        "rooms": ", ".join(f"{size}: batch_of_{size}()" for size in sizes),
        "schedule": [f"    {line}" for line in schedule],
        **update_lines(network),
    }
