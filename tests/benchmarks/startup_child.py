"""One start of a window, timed from the inside; ``bench_startup`` runs it in a fresh interpreter.

python -m tests.benchmarks.startup_child empty|cascade STARTED       STARTED: time.monotonic() before the start
"""

from __future__ import annotations

import json
import sys
import time

if sys.argv[1] == "cascade":  # in the order in which the program itself imports
    import main  # noqa: F401
    from gui.app import create_window

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QMainWindow, QScrollArea, QWidget

FIRST = ("canvas", "palette", "propertyPanel")
LATER = ("lossPanel", "gradientPanel", "layerPanel")
PATIENCE = 30.0  # seconds after which a window that is not complete is given up


class Watch(QObject):
    """Notes when each of the named widgets was first painted, and the longest stretch without an answer in between."""

    def __init__(self, window: QWidget, first: tuple[str, ...], later: tuple[str, ...], started: float) -> None:
        super().__init__()
        self.window, self.first, self.later, self.started = window, first, later, started
        self.names: dict[QObject, str] = {}
        self.painted: dict[str, float] = {}
        self.freeze = 0.0
        self.last_beat = time.monotonic()
        self.timer = QTimer(self, interval=1, timerType=Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self.beat)
        self.follow(first)

    def follow(self, names: tuple[str, ...]) -> None:
        """Watches those of the named widgets that exist by now."""
        for name in set(names) - set(self.names.values()):
            widget = self.window if self.window.objectName() == name else self.window.findChild(QWidget, name)
            if widget is not None:
                surface = surface_of(widget)
                self.names[surface] = name
                surface.installEventFilter(self)
                surface.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.painted.setdefault(self.names[watched], time.monotonic() - self.started)
        return False

    def beat(self) -> None:
        """Called every millisecond, unless something keeps the window busy."""
        now = time.monotonic()
        if set(self.first) <= set(self.painted):
            self.freeze = max(self.freeze, now - self.last_beat)
            self.follow(self.later)
        self.last_beat = now
        if self.complete() or now - self.started > PATIENCE:
            self.timer.stop()
            QCoreApplication.exit()

    def complete(self) -> bool:
        """Whether every widget has been painted and the training process, where there is one, stands ready."""
        controller = getattr(self.window, "controller", None)
        ready = not self.later or (controller is not None and controller.state.name == "paused")
        return ready and set(self.painted) >= {*self.first, *self.later}


def surface_of(widget: QWidget) -> QWidget:
    """What is painted of a widget. A scroll area is asked for its content: to wrap its viewport costs milliseconds."""
    if isinstance(widget, QScrollArea):
        return widget.widget()
    return widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget


def run(kind: str, started: float) -> None:
    """Opens the window; prints the seconds from ``started`` until it was painted and loaded, and the longest freeze."""
    app = QApplication([])
    if kind == "cascade":
        window, first, later = create_window(), FIRST, LATER
    else:
        window, first, later = QMainWindow(objectName="empty"), ("empty",), ()
        window.resize(1280, 800)
    watch = Watch(window, first, later, started)
    window.show()
    watch.timer.start()
    app.exec()
    loaded = time.monotonic() - started
    window.close()
    painted = max(watch.painted.get(name, PATIENCE) for name in first)
    print(json.dumps({"painted": painted, "loaded": loaded, "freeze": watch.freeze}))


if __name__ == "__main__":
    run(sys.argv[1], float(sys.argv[2]))
