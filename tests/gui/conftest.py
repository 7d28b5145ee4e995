"""What the parts of the window need: the program's looks, a store on a small project, a run without a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import engine
from engine.project import Project
from engine.run.session import InlineSession
from engine.run.snapshot import Snapshot
from engine.trainer import Trainer
from gui import theme
from gui.app import create_window
from gui.project_store import ProjectStore
from tests.gui.lab import Bench, load

PLAIN = {
    "name": "Small",
    "data": {"kind": "moons", "samples": 60},
    "chain": [
        {"kind": "dense", "name": "dense_1", "units": 4},
        {"kind": "tanh", "name": "tanh_1"},
        {"kind": "dense", "name": "dense_2", "units": 1},
    ],
    "training": {"batch_size": 16, "seed": 5},
}


@pytest.fixture(autouse=True)
def looks(qapp) -> Iterator[None]:
    """The program's font and colours; light at normal size whatever a test does."""
    theme.install()
    theme.dress()
    yield
    if theme.mode() != "light" or theme.scale() != 1.0:
        theme.set_mode("light")
        theme.set_scale(1.0)


@pytest.fixture
def project() -> Project:
    return engine.load(PLAIN)


@pytest.fixture
def store(project: Project, qapp) -> ProjectStore:
    return ProjectStore(project)


@pytest.fixture
def shown(qtbot: QtBot) -> Callable[[QWidget], QWidget]:
    """Shows a widget and waits until it is on screen."""

    def show(widget: QWidget, width: int = 900, height: int = 500) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(width, height)
        with qtbot.waitExposed(widget):
            widget.show()
        return widget

    return show


@pytest.fixture
def bare(qtbot):
    """A window as it is when it is first painted, and stays; closed at the end whatever a test does."""
    window = create_window(engine.load(PLAIN))
    window._assembly.unpainted.stop()
    window.canvas.painted.disconnect()
    window.show()
    yield window
    window.setWindowModified(False)
    window.close()
    window.deleteLater()


@pytest.fixture
def lab(qtbot: QtBot, shown, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    """A laboratory on an example, or on a small project with a chain; shown, and its first question answered. It need
    not wait between two answers.
    """
    monkeypatch.setattr("gui.chain_rule.laboratory.PAUSE", 0.0)
    made: list[Bench] = []

    def make(chain: Any, width: int = 1200, height: int = 760, **more: Any) -> Bench:
        bench = Bench(load(chain, **more), qtbot)
        made.append(bench)
        shown(bench, width, height)
        return bench.settle()

    yield make
    for each in made:
        each.finish()


def trained(project: Project, steps: int) -> Snapshot:
    """What a run of the project publishes after so many steps."""
    session = InlineSession()
    session.start(project)
    if steps:
        session.step(steps)
    snapshot = session.snapshot()
    assert snapshot is not None
    session.close()
    return snapshot


SICK = {
    **PLAIN,
    "chain": [
        {"kind": "dense", "name": "dense_1", "units": 3, "bias_init": {"kind": "values", "values": [0, -9, -9]}},
        {"kind": "relu", "name": "relu_1"},
        {"kind": "dense", "name": "dense_2", "units": 1},
    ],
}
"""Two of three units output 0 for every sample; known after the first epoch of three steps."""
SICK_TEXT = "relu_1: 2 of 3 units are dead: they output 0 for every training sample (step 3)."


STEPS = 40  # of the run that ``snapshot`` and ``trainer`` are of


@pytest.fixture
def snapshot(project: Project) -> Snapshot:
    """A run of the small project, as the window is told of it."""
    return trained(project, STEPS)


@pytest.fixture
def trainer(project: Project) -> Trainer:
    """The same run on its own, to compare with."""
    trainer = Trainer(project)
    trainer.run(STEPS)
    return trainer
