"""What the commands that print have in common: how they answer, and what a project must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import engine
from engine.project import Project, ProjectError
from engine.shell import DONE, INTERRUPTED, add_file, between

if TYPE_CHECKING:
    from engine.lazy import Array
    from engine.network import Network

__all__ = ["DONE", "INTERRUPTED", "add_file", "between", "first_batch", "working"]


def working(project: Project) -> Project:
    """The project, if its chain can be trained. Raises ProjectError with the first problem."""
    problems = engine.resolve(project).problems
    if problems:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ProjectError(f"{problems[0].place}: {problems[0].text}.{more}")
    return project


def first_batch(project: Project) -> tuple[Network, Array, Array]:
    """A project at its first weights with its first ``batch_size`` training samples. Raises ProjectError."""
    network = engine.Network(working(project))
    train = engine.dataset(project).train
    size = project.training.batch_size
    return network, train.inputs[:size], train.targets[:size]
