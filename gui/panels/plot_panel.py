"""What the panels with a plot have in common: the pointer is followed and read out, zooming lasts until it is reset."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QHBoxLayout

from gui.panels.panel import Panel
from gui.panels.plots import Plot

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot
    from gui.panels.legend import Legend


class PlotPanel(Panel):
    """A panel around one plot, with a legend at its right where there is one."""

    def __init__(self, name: str, spoken: str, plot: Plot, legend: Legend | None = None) -> None:
        self._plot = plot
        self._at: QPointF | None = None  # where the pointer is, in the plot's coordinates
        super().__init__(name, spoken)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(plot, 1)
        if legend is not None:
            row.addWidget(legend)
        self.column.addLayout(row, 1)
        self.add_readout()
        plot.hovered.connect(self._hover)

    def draw(self, snapshot: Snapshot | None) -> None:
        """Shows a snapshot, and reads out what now lies under the pointer."""
        super().draw(snapshot)
        self.paint_plot(snapshot)
        self._hover(self._at)

    @abstractmethod
    def paint_plot(self, snapshot: Snapshot | None) -> None:
        """Shows a snapshot in the plot, the legend and the panel's title."""

    @abstractmethod
    def words_at(self, at: QPointF) -> str:
        """What lies at a point of the plot, in words; empty where there is nothing."""

    def reset_zoom(self) -> None:
        self._plot.free = False
        self.draw(self.snapshot)

    def restyle(self) -> None:
        super().restyle()
        self._plot.restyle()

    def _hover(self, at: QPointF | None) -> None:
        self._at = at
        words = "" if at is None else self.words_at(at)
        self._plot.cursor_line.setVisible(bool(words) and self._plot.has_cursor)
        self.read_out(words)
