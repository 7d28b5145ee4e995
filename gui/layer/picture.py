"""What the pictures of the layer panel have in common: a plot whose pointer is followed, and what is drawn there."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from engine.lazy import Array
from gui import theme
from gui.layer.plane import Index
from gui.layer.scale import Scale
from gui.layer.sight import Sight
from gui.panels.legend import Legend
from gui.panels.panel import tr
from gui.panels.plots import Plot

NARROW = 250  # pixels


@dataclass(frozen=True)
class Scene:
    """What is drawn: arrays (empty while there are no numbers), what they are called, and how a number is told."""

    sight: Sight
    title: str
    arrays: Mapping[str, Array]
    places: Mapping[str, Array]
    scale: Scale
    axes: tuple[str, str]
    words: Callable[[str, Index], str]
    mark: tuple[str, Index] | None = None


class Picture(QWidget):
    """``said`` reads out what lies under the pointer, ``pressed`` brings the array and the index of what is clicked."""

    said = Signal(str)
    pressed = Signal(str, object)

    def __init__(self, plot: Plot, legend: Legend | None = None) -> None:
        super().__init__()
        self.plot, self.legend = plot, legend
        self.scene: Scene | None = None
        self._at: QPointF | None = None
        plot.has_cursor = False
        plot.setMinimumSize(60, 36)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.addWidget(plot, 1)
        if legend is not None:
            self._row.addWidget(legend)
        plot.hovered.connect(self._hover)
        plot.clicked.connect(self._press)
        plot.double_clicked.connect(self.reset_zoom)

    def show_scene(self, scene: Scene) -> None:
        """Draws other numbers, and reads out what now lies under the pointer."""
        self.scene = scene
        self.paint_scene(scene)
        self._hover(self._at)

    @abstractmethod
    def paint_scene(self, scene: Scene) -> None:
        """Shows the numbers in the plot and the legend."""

    @abstractmethod
    def words_at(self, at: QPointF) -> str:
        """What lies at a point of the plot, in words; empty where there is nothing."""

    @abstractmethod
    def data(self) -> dict[str, Array]:
        """The numbers that are shown, by name."""

    @abstractmethod
    def table(self) -> list[list[Any]]:
        """The same as rows under a row of titles."""

    def entry_at(self, at: QPointF) -> tuple[str, Index] | None:
        """The array and the index of the number at a point, where a point stands for one."""
        return None

    def facts(self) -> str:
        """What is said under the plot in numbers."""
        return ""

    def reset_zoom(self) -> None:
        """Shows everything again."""
        self.plot.free = False
        if self.scene is not None:
            self.show_scene(self.scene)

    def restyle(self) -> None:
        """The colours are others."""
        self.plot.restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow picture the legend lies below the plot."""
        super().resizeEvent(event)
        if self.legend is not None:
            narrow = self.width() < theme.px(NARROW)
            self.legend.lie(narrow)
            direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
            self._row.setDirection(direction)
            self._row.setSpacing(2 if narrow else 6)

    def _hover(self, at: QPointF | None) -> None:
        self._at = at
        self.said.emit("" if at is None else self.words_at(at))

    def _press(self, at: QPointF) -> None:
        entry = self.entry_at(at)
        if entry is not None:
            self.pressed.emit(*entry)


def tip() -> str:
    """How a plot is handled."""
    return tr("Wheel zooms, drag moves, double-click shows everything")
