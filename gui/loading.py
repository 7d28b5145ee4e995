"""Loads what the first picture of the window does not need: numpy, the run, then the plots, in a thread of its own."""

from __future__ import annotations

import importlib
import sys
import threading

from PySide6.QtCore import QObject, Signal

RUN = ("engine.run.session", "engine.data.prepare", "engine.data.toys", "engine.data.table")
PANELS = ("gui.panels.loss", "gui.panels.gradients", "gui.panels.layer", "gui.panels.problems")
SHARE = 0.0005  # seconds after which the loading thread lets the window have a turn


class Loader(QObject):
    """``run_ready`` and ``panels_ready`` arrive in the window's thread, in this order."""

    run_ready = Signal()
    panels_ready = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins; may be called again."""
        if self._thread is None:
            self._interval = sys.getswitchinterval()
            sys.setswitchinterval(SHARE)
            self._thread = threading.Thread(target=self._load, name="loading", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Waits for the thread; nothing is left of it afterwards."""
        if self._thread is not None:
            self._thread.join()

    def _load(self) -> None:
        try:
            for modules, signal in ((RUN, self.run_ready), (PANELS, self.panels_ready)):
                for name in modules:
                    importlib.import_module(name)
                signal.emit()
        except Exception as error:  # a broken installation: the window says so
            self.failed.emit(f"{type(error).__name__}: {error}")
        finally:
            sys.setswitchinterval(self._interval)
