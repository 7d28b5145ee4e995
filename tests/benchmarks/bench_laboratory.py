"""What the chain-rule panel costs while spirals are trained at full speed: steps per second, and gaps between frames.

    python -m tests.benchmarks.bench_laboratory [ROUNDS]

For every mode of the panel a fresh interpreter opens the window with all panels; a headless run precedes each, so that
a disturbance hits both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from statistics import median

SECONDS = 2.0  # of each measurement
TICK = 5  # milliseconds between two looks at the clock
FRAME = 0.033
MODES = ("row", "Nudge", "Paths", "hidden")


def spirals() -> dict[str, object]:
    """The example, without an end."""
    import engine

    plain: dict[str, dict[str, object]] = json.loads(engine.load("example:spirals").to_json())
    plain["training"] |= {"stop_at_step": None, "stop_at_loss": None}
    return plain


def headless() -> list[float]:
    """Steps per second of a trainer alone."""
    import engine
    from engine.trainer import Trainer

    trainer = Trainer(engine.load(spirals()))
    trainer.run(500)
    before, start = trainer.steps, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        trainer.run(100)
    return [(trainer.steps - before) / (time.perf_counter() - start)]


def beside_the_window(mode: str) -> list[float]:
    """Steps per second of the worker, then the longest and the 99th of 100 gaps between ticks, and how many are longer
    than a frame.
    """
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QApplication, QToolButton

    import engine
    from gui.app import create_window
    from tests.waiting import wait

    app = QApplication([])
    window = create_window(engine.load(spirals()))
    window.resize(1400, 860)
    window.show()
    while window.controller.state.name != "paused" or "data" not in window.panels:
        app.processEvents()
    buttons = {each.text(): each for each in window.panels["chain_rule"].findChildren(QToolButton)}
    if mode in buttons:
        buttons[mode].click()
    window.shelf.toggle.setChecked(mode != "hidden")
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    wait(1500)
    ticks: list[float] = []
    clock = QTimer(interval=TICK, timerType=Qt.TimerType.PreciseTimer)
    clock.timeout.connect(lambda: ticks.append(time.perf_counter()))
    before, start = window.controller.snapshot.steps, time.perf_counter()
    clock.start()
    wait(int(SECONDS * 1000))
    rate = (window.controller.snapshot.steps - before) / (time.perf_counter() - start)
    clock.stop()
    window.close()
    gaps = sorted(later - earlier for earlier, later in pairwise(ticks))
    return [rate, gaps[-1], gaps[len(gaps) * 99 // 100], sum(gap > FRAME for gap in gaps)]


def measured(kind: str) -> list[float]:
    """What one fresh interpreter measures."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    command = [sys.executable, "-m", "tests.benchmarks.bench_laboratory", kind]
    run = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True, timeout=60
    )
    return [float(each) for each in run.stdout.split()]


def main(rounds: int) -> None:
    """Prints the medians of every mode."""
    for mode in MODES:
        pairs = [(measured("headless")[0], measured(mode)) for _ in range(rounds)]
        ratio = median(window[0] / alone for alone, window in pairs)
        rate, longest, usual, late = (median(column) for column in zip(*(window for _, window in pairs), strict=True))
        print(
            f"{mode:7} {rate:8,.0f} steps/s, {ratio:.2f} of headless; gaps: longest {1000 * longest:.0f} ms, "
            f"99 % under {1000 * usual:.0f} ms, {late:.0f} over {1000 * FRAME:.0f} ms"
        )


if __name__ == "__main__":
    words = sys.argv[1:]
    if words and not words[0].isdigit():
        print(*(headless() if words[0] == "headless" else beside_the_window(words[0])))
    else:
        main(int(words[0]) if words else 3)
