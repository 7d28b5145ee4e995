"""How fast training runs beside the live window, against training without one: steps per second on a 2-16-16-1 net.

    python -m tests.benchmarks.bench_live [ROUNDS]

It also says what one refresh of the prediction panel costs the window's thread while spirals are trained at full speed.

Each round starts two fresh interpreters, one after the other, so that a disturbance hits both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median

LIMIT = 0.85
REFRESH_LIMIT = 4.0  # milliseconds
SECONDS = 3.0  # of each measurement
PROJECT = {
    "data": {"kind": "moons"},
    "chain": [
        {"kind": "dense", "units": 16},
        {"kind": "tanh"},
        {"kind": "dense", "units": 16},
        {"kind": "tanh"},
        {"kind": "dense", "units": 1},
    ],
}


def headless() -> float:
    """Steps per second of a trainer alone."""
    import engine
    from engine.trainer import Trainer

    trainer = Trainer(engine.load(PROJECT))
    trainer.run(500)
    before, start = trainer.steps, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        trainer.run(100)
    return (trainer.steps - before) / (time.perf_counter() - start)


def beside_the_window() -> float:
    """Steps per second of the worker while the window draws what it does."""
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QApplication

    import engine
    from gui.app import create_window
    from tests.waiting import wait

    app = QApplication([])
    window = create_window(engine.load(PROJECT))
    window.resize(1400, 860)
    window.show()
    while window.controller.state.name != "paused":
        app.processEvents()
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    wait(1500)
    before, start = window.controller.snapshot.steps, time.perf_counter()
    wait(int(SECONDS * 1000))
    rate = (window.controller.snapshot.steps - before) / (time.perf_counter() - start)
    window.close()
    return rate


def refresh() -> float:
    """Milliseconds of the window's thread for one refresh of the prediction panel, the median of those in a run."""
    from PySide6.QtWidgets import QApplication

    import engine
    from engine.project import change
    from gui.app import create_window
    from tests.waiting import wait

    app = QApplication([])
    project = engine.load("example:spirals")
    endless = change(project.training, stop_at_loss=None, stop_at_step=None)
    window = create_window(change(project, training=endless))
    window.resize(1400, 860)
    window.show()
    while window.controller.state.name != "paused" or "data" not in window.panels:
        app.processEvents()
    panel, spent = window.panels["prediction"], []
    plot = panel._views["plane"]._plot.viewport()

    def timed(answer: object) -> None:
        before = time.thread_time()
        panel._take(answer)
        plot.repaint()
        spent.append(1000 * (time.thread_time() - before))

    panel._background.answered.disconnect(panel._take)
    panel._background.answered.connect(timed)
    window.controller.set_speed(None)
    window.controller.run()
    wait(int(SECONDS * 1000))
    window.close()
    return median(spent)


KINDS = {"headless": headless, "window": beside_the_window, "refresh": refresh}


def measured(kind: str) -> float:
    """The steps per second of one fresh interpreter."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    command = [sys.executable, "-m", "tests.benchmarks.bench_live", kind]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    return float(run.stdout.split()[-1])


def main(rounds: int) -> int:
    """Prints the medians; 1 when the window costs too much."""
    pairs = [(measured("headless"), measured("window")) for _ in range(rounds)]
    ratio = median(window / alone for alone, window in pairs)
    alone, window = (median(column) for column in zip(*pairs, strict=True))
    print(f"alone {alone:,.0f} steps/s, beside the window {window:,.0f}: {ratio:.2f}, at least {LIMIT:g}")
    cost = measured("refresh")
    print(f"a refresh of the prediction panel {cost:.1f} ms of the window's thread, at most {REFRESH_LIMIT:g}")
    return int(ratio < LIMIT or cost > REFRESH_LIMIT)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words and not words[0].isdigit():
        print(KINDS[words[0]]())
    else:
        sys.exit(main(int(words[0]) if words else 3))
