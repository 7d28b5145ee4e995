"""Two pairs of hands for the same stories: events sent to the widgets, and a mouse pointer on a real screen.

A real drag out of the palette runs a loop of its own inside Qt and needs a screen; sent events work without one.
"""

from __future__ import annotations

import subprocess
from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.main_window import MainWindow

NO_KEY = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


class Hands(Protocol):
    """What a story needs to be able to do."""

    def drag_in(self, window: MainWindow, kind: str, slot: int) -> None:
        """Drags a layer kind from the palette into a slot of the chain."""

    def move(self, window: MainWindow, name: str, slot: int) -> None:
        """Moves a block of the chain into a slot, counted before the move."""

    def click(self, widget: QWidget, point: QPoint) -> None:
        """Clicks on a point of a widget."""


class SentEvents:
    """Sends the events that Qt would send: works on every platform."""

    def drag_in(self, window: MainWindow, kind: str, slot: int) -> None:
        viewport, point = window.canvas.viewport(), window.canvas.slot_point(slot)
        mime = window.palette.mime(kind)
        common = (Qt.DropAction.CopyAction, mime, LEFT, NO_KEY)
        for event in (QDragEnterEvent(point, *common), QDragMoveEvent(point, *common)):
            QApplication.sendEvent(viewport, event)
            assert event.isAccepted()
        QApplication.sendEvent(viewport, QDropEvent(QPointF(point), *common))

    def move(self, window: MainWindow, name: str, slot: int) -> None:
        viewport, canvas = window.canvas.viewport(), window.canvas
        target = canvas.slot_point(slot)
        start = canvas.block_point(name)
        QTest.mousePress(viewport, LEFT, NO_KEY, start)
        for part in (0.1, 0.4, 0.7, 1.0):
            QTest.mouseMove(viewport, start + (target - start) * part, 10)
        QTest.mouseRelease(viewport, LEFT, NO_KEY, target)

    def click(self, widget: QWidget, point: QPoint) -> None:
        QTest.mouseClick(widget, LEFT, NO_KEY, point)


class Pointer:
    """Drives the mouse pointer of an X screen through xdotool."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot

    def drag_in(self, window: MainWindow, kind: str, slot: int) -> None:
        target = window.canvas.viewport().mapToGlobal(window.canvas.slot_point(slot))
        self._drag(window.palette.kind_point(kind), target)

    def move(self, window: MainWindow, name: str, slot: int) -> None:
        viewport, canvas = window.canvas.viewport(), window.canvas
        target = viewport.mapToGlobal(canvas.slot_point(slot))
        self._drag(viewport.mapToGlobal(canvas.block_point(name)), target)

    def click(self, widget: QWidget, point: QPoint) -> None:
        self._run(*self._to(widget.mapToGlobal(point)), "click", "1")

    def _drag(self, start: QPoint, end: QPoint) -> None:
        steps = [start + (end - start) * (part / 12) for part in range(1, 13)]
        moves = [word for point in steps for word in (*self._to(point), "sleep", "0.03")]
        self._run(
            *self._to(start), "sleep", "0.1", "mousedown", "1", "sleep", "0.1", *moves, "sleep", "0.2", "mouseup", "1"
        )

    @staticmethod
    def _to(point: QPoint) -> tuple[str, ...]:
        return "mousemove", str(point.x()), str(point.y())

    def _run(self, *words: str) -> None:
        """Lets the pointer do its work while the window answers."""
        process = subprocess.Popen(["xdotool", *words])
        self.qtbot.waitUntil(lambda: process.poll() is not None, timeout=20_000)
        assert process.returncode == 0
        self.qtbot.wait(100)
