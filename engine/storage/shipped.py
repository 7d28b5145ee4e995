"""The projects that come with the program."""

from __future__ import annotations

from pathlib import Path

import msgspec

from engine import assets
from engine.project import Project
from engine.storage.projects import PLAIN, read_project
from engine.strict import ProjectError

LECTURE = ("three_dominoes", "three_layers", "every_parameter", "which_way", "layer_by_layer")
TRAINED = ("domino", "xor", "spirals", "digits", "convolution", "iris", "sine")
TROUBLED = ("vanishing", "exploding", "dead_relu", "deep", "shortcut")
EXAMPLES = (*LECTURE, *TRAINED, *TROUBLED)
SERIES = {"From the lecture": LECTURE, "To train": TRAINED, "In trouble": TROUBLED}
"""The examples as they are offered, under their headings."""


class Example(msgspec.Struct, frozen=True):
    """A project that comes with the program; ``title`` is its own name, ``text`` the first line of its notes."""

    name: str
    title: str
    text: str
    path: Path


def examples() -> tuple[Example, ...]:
    """The projects that come with the program, in the order in which they are offered."""
    found = []
    for name in EXAMPLES:
        path = assets.path("examples", name + PLAIN)
        project = read_project(path)
        found.append(Example(name, project.name, project.notes.partition("\n")[0], path))
    return tuple(found)


def read_example(name: str) -> Project:
    """The example of that name. Raises ProjectError that lists the names."""
    if name not in EXAMPLES:
        raise ProjectError(f"There is no example {name!r}; the examples are {', '.join(EXAMPLES)}.")
    return read_project(assets.path("examples", name + PLAIN))
