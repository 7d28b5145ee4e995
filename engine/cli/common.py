"""What the commands have in common: exit codes, and what a project must be."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

import engine
from engine.project import Project, ProjectError

if TYPE_CHECKING:
    from engine.lazy import Array
    from engine.network import Network

DONE, INTERNAL, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def between(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number inside limits."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text[:20]) <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}, is {text[:40]!r}")
        return int(text)

    return read


def working(project: Project) -> Project:
    """The project, if its chain can be trained. Raises ProjectError with the first problem."""
    problems = engine.resolve(project).problems
    if problems:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ProjectError(f"{problems[0].place}: {problems[0].text}.{more}")
    return project


def add_file(command: argparse.ArgumentParser) -> None:
    """The project that a command is about."""
    command.add_argument("file", metavar="FILE", help="a project file or example:NAME")


def first_batch(project: Project) -> tuple[Network, Array, Array]:
    """A project at its first weights with its first ``batch_size`` training samples. Raises ProjectError."""
    network = engine.Network(working(project))
    train = engine.dataset(project).train
    size = project.training.batch_size
    return network, train.inputs[:size], train.targets[:size]
