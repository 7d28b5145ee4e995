"""Loads what the first picture of the window does not need: numpy, the run, then the plots, beside the living window.

PySide makes its Python types when they are first touched, and dies when two threads do so at once. So Qt's types are
all made in the window's thread, a few at a time; only then are the plots, which touch them, imported in another thread.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Iterator

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject, QTimer, Signal

RUN = ("engine.run.session", "engine.data.parts", "engine.data.prepare", "engine.data.toys", "engine.data.table")
PANELS = (
    "gui.panels.loss", "gui.panels.gradients", "gui.layer.panel", "gui.panels.problems",
    "gui.chain_rule.panel", "gui.chain_rule.nudge", "gui.chain_rule.paths", "gui.chain_rule.slow_motion",
    "gui.prediction.panel", "gui.data.panel", "engine.run.check",
)  # fmt: skip
SWITCH = 0.0005  # seconds after which a loading thread lets the window have a turn
SLICE = 0.008  # seconds of making types in one turn of the window


class Loader(QObject):
    """``run_ready`` and ``panels_ready`` arrive in the window's thread, in this order."""

    run_ready = Signal()
    panels_ready = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._missing = {"run", "types"}  # what the plots wait for
        self._types = _types()
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._make_types)
        self.run_ready.connect(lambda: self._done("run"))

    def start(self) -> None:
        """Begins; may be called again."""
        if self._thread is None:
            self._interval = sys.getswitchinterval()
            sys.setswitchinterval(SWITCH)
            self._begin(RUN, self.run_ready)
            self._turn.start()

    def finish(self) -> None:
        """Waits for what is under way; nothing follows."""
        self._missing.add("nothing more is wanted")
        self._turn.stop()
        if self._thread is not None:
            self._thread.join()
            sys.setswitchinterval(self._interval)

    def _begin(self, modules: tuple[str, ...], ready: object) -> None:
        self._thread = threading.Thread(target=self._load, args=(modules, ready), name="loading", daemon=True)
        self._thread.start()

    def _load(self, modules: tuple[str, ...], ready: object) -> None:
        try:
            for name in modules:
                importlib.import_module(name)
        except Exception as error:  # a broken installation: the window says so
            self.failed.emit(f"{type(error).__name__}: {error}")
        else:
            ready.emit()  # type: ignore[attr-defined]

    def _make_types(self) -> None:
        end = time.perf_counter() + SLICE
        for _ in self._types:
            if time.perf_counter() > end:
                return
        self._turn.stop()
        self._done("types")

    def _done(self, part: str) -> None:
        self._missing.discard(part)
        if not self._missing:
            self._begin(PANELS, self.panels_ready)


def _types() -> Iterator[object]:
    """Touches every type of the three modules that the plots use, one after the other."""
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            yield dir(getattr(module, name))
