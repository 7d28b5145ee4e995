"""What the commands that print have in common: how they answer, and what a project must be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import engine
from engine import storage
from engine.project import Project, ProjectError
from engine.saved import Saved
from engine.shell import DONE, INTERRUPTED, add_file, between

if TYPE_CHECKING:
    from engine.lazy import Array
    from engine.network import Network

__all__ = ["DONE", "INTERRUPTED", "Moment", "add_file", "between", "moment", "opened", "working"]


def working(project: Project) -> Project:
    """The project, if its chain can be trained. Raises ProjectError with the first problem."""
    problems = engine.resolve(project).problems
    if problems:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ProjectError(f"{problems[0].place}: {problems[0].text}.{more}")
    return project


def opened(source: str) -> Saved:
    """What a command is about, with its run where it has been trained. Raises ProjectError."""
    if source.startswith("example:"):
        return Saved(engine.load(source))
    return storage.read_saved(Path(source))


class Moment(NamedTuple):
    """A network, the first ``batch_size`` training samples, and in words at which weights it stands."""

    network: Network
    inputs: Array
    targets: Array
    weights: str


def moment(source: str) -> Moment:
    """A project at its first weights; at those of its last step where it has been trained. Raises ProjectError."""
    saved = opened(source)
    project, checkpoint = saved.project, saved.checkpoint
    network, weights = engine.Network(working(project)), "the first weights"
    if checkpoint:
        network.parameters[...], network.statistics[...] = checkpoint.parameters, checkpoint.statistics
        weights = f"the weights of step {checkpoint.steps:,}"
    train, size = engine.dataset(project).train, project.training.batch_size
    return Moment(network, train.inputs[:size], train.targets[:size], weights)
