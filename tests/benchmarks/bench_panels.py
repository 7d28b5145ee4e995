"""How often every panel is painted while a 2-16-16-1 net is trained at full speed with all panels in sight, and how
fast that trains against training without a window.

    python -m tests.benchmarks.bench_panels [ROUNDS]

Each round starts two fresh interpreters, one after the other, so that a disturbance hits both. A panel hidden meanwhile
is to be painted never.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.bench_live import PROJECT, headless

LEAST_FRAMES, LEAST_RATIO = 25.0, 0.8
LIVE = ("chain_rule", "loss", "gradients", "layer", "prediction")  # those that training changes
SECONDS = 3.0


def beside_all_panels() -> dict[str, float]:
    """Paintings a second of every live panel, and under ``"steps"`` the steps per second of the worker."""
    from PySide6.QtCore import QEvent, QObject, Qt
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QAbstractScrollArea, QApplication

    import engine
    from gui.app import create_window
    from tests.waiting import wait

    class Counter(QObject):
        """Counts the frames in which something inside a panel is painted."""

        def __init__(self, panel: Any) -> None:
            super().__init__(panel)
            self.frames, self._fresh = 0, True
            for each in (panel, *(view.viewport() for view in panel.findChildren(QAbstractScrollArea))):
                each.installEventFilter(self)
            window.controller.frame.connect(self._next)

        def _next(self) -> None:
            self._fresh = True

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if self._fresh and event.type() == QEvent.Type.Paint:
                self._fresh = False
                self.frames += 1
            return False

    app = QApplication([])
    window = create_window(engine.load(PROJECT))
    window.resize(1920, 1080)
    window.show()
    while window.controller.state.name != "paused" or not window.complete:
        app.processEvents()
    behind = [card for name, card in window.cards.items() if name in window.panels and name != "prediction"]
    for card in behind[3:]:  # those that lie behind the predictions at first
        window.workspace.splitDockWidget(window.cards["prediction"], card, Qt.Orientation.Horizontal)
    wait(500)
    counters = {name: Counter(window.panels[name]) for name in LIVE}
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    wait(1500)
    before, counted = window.controller.snapshot.steps, {name: each.frames for name, each in counters.items()}
    start = time.perf_counter()
    wait(int(SECONDS * 1000))
    seconds = time.perf_counter() - start
    found = {name: (each.frames - counted[name]) / seconds for name, each in counters.items()}
    found["steps"] = (window.controller.snapshot.steps - before) / seconds
    hidden = counters["loss"]
    window.cards["loss"].hide()
    wait(100)
    seen = hidden.frames
    wait(500)
    found["hidden"] = float(hidden.frames - seen)
    window.close()
    return found


def measured(kind: str) -> Any:
    """What one fresh interpreter measures. Its settings are its own: the window is left with a panel hidden."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_panels", kind]
    with TemporaryDirectory() as folder:
        own = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "XDG_CONFIG_HOME": folder, "XDG_STATE_HOME": folder}
        run = subprocess.run(
            command, env=own, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True, timeout=60
        )
    return json.loads(run.stdout.splitlines()[-1])


def main(rounds: int) -> int:
    """Prints the medians; 1 when a panel is painted too rarely, or training is too slow."""
    pairs = [(measured("headless"), measured("window")) for _ in range(rounds)]
    frames = {name: median(window[name] for _, window in pairs) for name in LIVE}
    ratio = median(window["steps"] / alone for alone, window in pairs)
    for name, each in frames.items():
        print(f"{name:<12}{each:>6.1f} frames/s, at least {LEAST_FRAMES:g}")
    print(f"steps per second {ratio:.2f} of headless, at least {LEAST_RATIO:g}")
    hidden = max(window["hidden"] for _, window in pairs)
    print(f"a hidden panel was painted {hidden:g} times")
    return int(min(frames.values()) < LEAST_FRAMES or ratio < LEAST_RATIO or hidden > 0)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words and not words[0].isdigit():
        print(json.dumps(headless() if words[0] == "headless" else beside_all_panels()))
    else:
        sys.exit(main(int(words[0]) if words else 3))
