"""A window that edits and trains without end, to be killed: ``python -m tests.flows.edit_and_train LOG SEED``.

What a crash has left is restored first. The log tells what happened, each line with the time: ``offered``, ``ready``
with edits and steps as they were found, then ``edit`` and ``step`` with their numbers.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

import engine
from engine.project import change, replace_block
from gui.app import create_window
from gui.keeper import NORMAL, Precautions
from tests.flows.conftest import complete
from tests.gui.conftest import PLAIN

SCALE = 50  # everything goes so much faster than it does for people
PACE = Precautions(edits=NORMAL.edits / SCALE, training=NORMAL.training / SCALE)
EVERY = 5  # milliseconds from one edit to the next
BEGINNING = engine.load({**PLAIN, "name": "edit 0"})


def number_of(project):
    """How many edits have been made to a project."""
    return int(project.name.removeprefix("edit "))


class Life:
    """One life of the window."""

    def __init__(self, log, seed):
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.random = random.Random(seed)
        self.window = create_window(BEGINNING, PACE)
        self.window.show()
        self.clock = QTimer(self.window)
        self.clock.timeout.connect(self.begin)
        self.clock.start(20)

    def say(self, *words):
        os.write(self.log, (" ".join(map(str, (*words, time.monotonic()))) + "\n").encode())

    def begin(self):
        """Restores what there is, once the window is complete, and starts to work."""
        window = self.window
        if not complete(window) or window.recovery.keeper.busy:
            return
        self.clock.timeout.disconnect(self.begin)
        if window.recovery.card.isVisible():
            (row,) = window.recovery.card._rows.values()
            self.say("offered", row.left.entry.steps)
            row.restore.click()
            wanted = row.left.entry.steps
            self.clock.timeout.connect(lambda: self.work(wanted))
        else:
            self.clock.timeout.connect(lambda: self.work(0))

    def work(self, steps):
        """As soon as the run is where it was."""
        snapshot = self.window.controller.snapshot
        if snapshot.project.chain != self.window.project.chain or snapshot.steps != steps:
            return
        self.clock.timeout.disconnect()
        self.say("ready", number_of(self.window.project), steps)
        self.window.controller.frame.connect(lambda snapshot: self.say("step", snapshot.steps))
        self.window.controller.set_speed(2000)
        self.window.controller.run()
        self.clock.timeout.connect(self.edit)
        self.clock.start(EVERY)

    def edit(self):
        """Counts one further in the project's name, and changes a width now and then."""
        project = self.window.project
        number = number_of(project) + 1
        if self.random.random() < 0.03:
            block = change(project.block("dense_1"), units=self.random.randint(2, 8))
            project = replace_block(project, "dense_1", block)
        self.window.store.edit(change(project, name=f"edit {number}"), "edit")
        self.say("edit", number)


if __name__ == "__main__":
    app = QApplication([])
    life = Life(Path(sys.argv[1]), int(sys.argv[2]))
    sys.exit(app.exec())
