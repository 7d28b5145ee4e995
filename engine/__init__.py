"""Cascade's engine: projects, networks and training with numpy. It knows no Qt.

Names are imported when they are first used, so that a window can judge a chain before numpy has been loaded.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import blas

blas.prepare()  # before numpy is imported, where that is possible

from engine.explain import explain  # noqa: E402
from engine.project import Project, ProjectError, from_dict  # noqa: E402
from engine.resolve import resolve  # noqa: E402

if TYPE_CHECKING:
    from engine.data.parts import Dataset, dataset
    from engine.network import Network
    from engine.trainer import Trainer

__version__ = "0.1.0"

__all__ = ["Dataset", "Network", "Project", "ProjectError", "Trainer", "dataset", "explain", "load", "resolve"]

_HOMES = {
    "Dataset": "engine.data.parts",
    "Network": "engine.network",
    "Trainer": "engine.trainer",
    "dataset": "engine.data.parts",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def load(source: str | os.PathLike[str] | dict[str, Any]) -> Project:
    """The project at a path, ``"example:NAME"``, or given as a dict. Judges the form only. Raises ProjectError with
    one sentence.
    """
    if isinstance(source, dict):
        return from_dict(source)
    from engine.storage import read_example, read_project

    if isinstance(source, str) and source.startswith("example:"):
        return read_example(source.removeprefix("example:"))
    return read_project(Path(source))
