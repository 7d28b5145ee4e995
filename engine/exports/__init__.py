"""What can be taken away: programs that go on training elsewhere, the trained network, tables of the run.

A format is declared in ``FORMATS`` and made by the module that it names, which is imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.lazy import Array
from engine.project import Project

if TYPE_CHECKING:
    from engine.run.snapshot import HistoryView, Snapshot
    from engine.saved import Saved


@dataclass(frozen=True)
class Work:
    """What is exported: a project that can be trained, its numbers by ``"dense_1.weight"`` in public shapes (None: the
    first ones of its seed), and what was recorded while it was trained (None: nothing).
    """

    project: Project
    state: Mapping[str, Array] | None = None
    history: HistoryView | None = None

    @classmethod
    def of(cls, snapshot: Snapshot) -> Work:
        """A run as it stands."""
        state = snapshot.layout.state(snapshot.parameters, snapshot.statistics)
        return cls(snapshot.project, state, snapshot.history)

    @classmethod
    def saved(cls, saved: Saved) -> Work:
        """What a file holds: with its weights and its history where it has been trained."""
        from engine.network import layout
        from engine.run.snapshot import HistoryView

        checkpoint, history = saved.checkpoint, saved.history
        if checkpoint is None:
            return cls(saved.project)
        state = layout(saved.project).state(checkpoint.parameters, checkpoint.statistics)
        return cls(saved.project, state, HistoryView.of(history) if history else None)


@dataclass(frozen=True)
class Format:
    """A form in which work is taken away. ``stem`` and ``suffix`` make the usual name of its main file, ``home`` is
    the module that writes it.
    """

    name: str
    title: str
    stem: str
    suffix: str
    about: str
    home: str

    def files(self, work: Work, stem: str = "") -> dict[str, bytes]:
        """What the files hold, by their names, the main file first. Raises ProjectError with one sentence."""
        made: dict[str, bytes] = importlib.import_module(self.home).files(work, stem or self.stem)
        return made


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format(
            "pytorch",
            "PyTorch program",
            "train",
            ".py",
            "trains on with PyTorch, on one machine or on many; the weights and the samples lie beside it",
            "engine.exports.pytorch",
        ),
        Format(
            "numpy",
            "numpy program",
            "program",
            ".py",
            "trains with numpy alone, call by call as the engine does, and prints the same losses to the last bit",
            "engine.exports.numpy",
        ),
        Format(
            "onnx",
            "ONNX network",
            "network",
            ".onnx",
            "the trained network, to predict with in other programs",
            "engine.exports.onnx",
        ),
        Format(
            "csv",
            "CSV table",
            "history",
            ".csv",
            "losses, sizes of the gradients and metrics of every recorded step",
            "engine.exports.history",
        ),
    )
}
PICTURES = ("png", "svg", "pdf")
"""The formats of pictures. They are painted from the window, of which nothing is known here."""
