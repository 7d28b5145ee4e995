"""What pictures can be taken of: the whole chain, and every panel as it stands in its window."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QPainter
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit

from gui import theme
from gui.canvas import portrait
from gui.exports.posing import posed
from gui.exports.sizes import LARGEST, MOST_PIXELS, SMALLEST

if TYPE_CHECKING:
    from gui.canvas import Canvas
    from gui.main_window import MainWindow
    from gui.panels.panel import Panel
    from gui.run_controller import RunController

CHAIN = "canvas"
SHARP = 2.0  # a chain's own size in pixels per unit of the canvas; a very long one is smaller, and its blocks say less
WIDE = 1600  # a panel's own width
MARGIN, HEAD, LINE = 14, 54, 20  # around a panel, above its content, and of a line of that


class Subject(ABC):
    """``name`` is its name on the command line, ``title`` what people read."""

    def __init__(self, name: str, title: str) -> None:
        self.name, self.title = name, title

    @abstractmethod
    def watch(self, pictured: bool) -> None:
        """Pictures are going to be taken, or no more."""

    def held(self) -> bool:
        """Whether somebody drags or types: it is not to be touched now."""
        return QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton

    @abstractmethod
    def own_size(self) -> QSize:
        """Width and height in pixels where none are asked for."""

    @abstractmethod
    def scale(self, size: QSize) -> float:
        """How many pixels of a picture of that size a unit of the layout takes."""

    @abstractmethod
    def paint(self, painter: QPainter, room: QSize, dark: bool) -> None:
        """Paints all of it, with its ground, into a room that begins at (0, 0)."""


class ChainSubject(Subject):
    """The whole chain, whatever part of it the canvas shows."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(CHAIN, QCoreApplication.translate("Exports", "The chain"))
        self._canvas = canvas

    def watch(self, pictured: bool) -> None:
        """The canvas is always up to date."""

    def own_size(self) -> QSize:
        size = portrait.size(self._canvas)
        most = math.sqrt(MOST_PIXELS / (size.width() * size.height()))
        scale = min(SHARP, LARGEST / size.width(), LARGEST / size.height(), most)
        return (size * scale).toSize().expandedTo(QSize(SMALLEST, SMALLEST))

    def scale(self, size: QSize) -> float:
        return 1.0

    def paint(self, painter: QPainter, room: QSize, dark: bool) -> None:
        with theme.worn(dark):
            portrait.paint(self._canvas, painter, room)


class PanelSubject(Subject):
    """A panel with its title and sub-line; what is only there for the hand is left out."""

    def __init__(self, name: str, panel: Panel, controller: RunController) -> None:
        super().__init__(name, panel.accessibleName())
        self._panel, self._controller = panel, controller

    def watch(self, pictured: bool) -> None:
        self._panel.watch(pictured)

    def held(self) -> bool:
        focus = QApplication.focusWidget()
        typing = isinstance(focus, QLineEdit | QAbstractSpinBox) and self._panel.isAncestorOf(focus)
        return typing or super().held()

    def own_size(self) -> QSize:
        return QSize(WIDE, round(WIDE * self._panel.flatness))

    def scale(self, size: QSize) -> float:
        breadth = self._panel.breadth
        return max(1.0, min(size.width() / breadth, size.height() / (breadth * self._panel.flatness)))

    def paint(self, painter: QPainter, room: QSize, dark: bool) -> None:
        inside = QSize(max(1, room.width() - 2 * MARGIN), max(1, room.height() - HEAD - MARGIN))
        scale = painter.worldTransform().m11()
        with posed(self._panel, self._controller.snapshot, inside, dark, scale) as take:
            painter.fillRect(QRectF(0, 0, room.width(), room.height()), theme.current().panel)
            self._write_heading(painter, room.width() - 2 * MARGIN)
            painter.translate(MARGIN, HEAD)
            take(painter)

    def _write_heading(self, painter: QPainter, width: float) -> None:
        colours, (title, sub) = theme.current(), self._panel.heading
        lines = ((title, theme.font(15, semibold=True), colours.text), (sub, theme.font(12), colours.secondary))
        for row, (text, font, colour) in enumerate(lines):
            painter.setFont(font)
            painter.setPen(colour)
            shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRectF(MARGIN, 10 + row * LINE, width, LINE), Qt.AlignmentFlag.AlignVCenter, shown)


def subjects(window: MainWindow) -> dict[str, Subject]:
    """All that a window shows, by name."""
    panels = {name: PanelSubject(name, panel, window.controller) for name, panel in window.panels.items()}
    return {CHAIN: ChainSubject(window.canvas), **panels}
