"""The line at the bottom: what the run is doing, in words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from engine.run.events import State
from gui import numbers, theme
from gui.labels import ElidedLabel
from gui.project_store import ProjectStore

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot

NOTICE_LASTS = 8000  # milliseconds


class StatusLine(QFrame):
    """State, step, epoch, loss, validation metric, steps per second; at the right what has just happened."""

    def __init__(self, store: ProjectStore, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="statusLine")
        self._store = store
        self._state = State("starting")
        self._snapshot: Snapshot | None = None
        self._dot, self._word = _Dot(), QLabel()
        self._numbers, self._notice = ElidedLabel("caption"), ElidedLabel("caption")
        self._notice.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._word.setAccessibleName(self.tr("State of the run"))
        self._fade = QTimer(self, singleShot=True, interval=NOTICE_LASTS)
        self._fade.timeout.connect(lambda: self._notice.setText(""))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 5, 16, 6)
        row.setSpacing(8)
        for widget in (self._dot, self._word):
            row.addWidget(widget)
        row.addSpacing(14)
        row.addWidget(self._numbers, 2)
        row.addWidget(self._notice, 1)
        store.changed.connect(lambda *_: self._refresh())
        theme.signals.changed.connect(self._refresh)
        self._refresh()

    def show_state(self, state: State) -> None:
        """The run is in another state."""
        self._state = state
        self._refresh()

    def draw(self, snapshot: Snapshot | None) -> None:
        """Shows the numbers of a run."""
        if snapshot is not None and self._snapshot is not None and snapshot.steps < self._snapshot.steps:
            self._notice.setText("")  # it was said of a run that has begun anew
        self._snapshot = snapshot
        self._refresh_numbers()

    def say(self, text: str) -> None:
        """Says what has just happened, for a few seconds."""
        self._notice.setText(text)
        self._fade.start()

    def stop(self) -> None:
        """Nothing more will be said."""
        self._fade.stop()

    def _refresh(self) -> None:
        colours, broken = theme.current(), not self._store.resolved.ok
        words = {
            "starting": (self.tr("starting"), colours.secondary),
            "paused": (self.tr("paused"), colours.secondary),
            "running": (self.tr("training"), colours.good),
            "finished": (self.tr("finished"), colours.accent),
            "failed": (self.tr("stopped"), colours.error),
        }
        word, colour = words[self._state.name]
        if broken:
            word, colour = self.tr("cannot run"), colours.warning
        self._dot.colour = colour
        self._dot.update()
        self._word.setText(word)
        self._refresh_numbers()

    def _refresh_numbers(self) -> None:
        problems = self._store.resolved.problems
        if problems:
            self._numbers.setText(f"{problems[0].place.rstrip(':')}: {problems[0].text}")
            return
        parts = self._parts()
        if self._state.name == "finished" and self._state.text:
            parts.append(self._state.text.rstrip("."))
        self._numbers.setText("  ·  ".join(parts))

    def _parts(self) -> list[str]:
        snapshot = self._snapshot
        if snapshot is None or not snapshot.steps:
            return [self.tr("step 0"), self.tr("press Run to train, Step for one update")]
        parts = [
            self.tr("step {}").format(numbers.count(snapshot.steps)),
            self.tr("epoch {}").format(_epoch(snapshot.epoch)),
            self.tr("loss {}").format(numbers.short(snapshot.loss)),
        ]
        names = {
            "validation_loss": self.tr("validation loss {}"),
            "validation_accuracy": self.tr("validation accuracy {}"),
            "validation_r2": self.tr("validation R² {}"),
            "accuracy": self.tr("accuracy {}"),
            "r2": self.tr("R² {}"),
        }
        said = [
            text.format(numbers.short(snapshot.metrics[key])) for key, text in names.items() if key in snapshot.metrics
        ]
        parts += said[:2]
        if self._state.name == "running":
            parts.append(self.tr("{} steps/s").format(numbers.rate(snapshot.rate)))
        return parts


class _Dot(QWidget):
    """A dot in the colour of the state."""

    def __init__(self) -> None:
        super().__init__()
        self.colour = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(10), theme.px(10))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        radius = theme.px(8) / 2
        painter.drawEllipse(QPointF(self.width() / 2, self.height() / 2), radius, radius)


def _epoch(epoch: float) -> str:
    """Whole epochs once there are many, else with one decimal."""
    return numbers.count(int(epoch)) if epoch >= 10 else f"{epoch:.1f}"
