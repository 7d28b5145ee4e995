"""Layer by time: the size of every layer's gradient, per weight, on one logarithmic scale of colours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QHBoxLayout

from engine.lazy import Array, np
from engine.project import Project
from gui import numbers, pictures, theme
from gui.panels.legend import Legend
from gui.panels.panel import Panel
from gui.panels.plots import NameAxis, NumberAxis, Plot, binned, pixels

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot

MOST_COLUMNS = 640
ROW = 8  # lines of the picture for a layer; the last one is the gap to the next
FEWEST_DECADES = 3
LOWEST = 1e-30  # what is smaller is drawn as this


class GradientPanel(Panel):
    """``data()`` gives (array (layers, columns), layer names, steps): root mean square of the gradient per weight."""

    def __init__(self) -> None:
        super().__init__("gradientPanel", "Gradient of every layer")
        self._names = NameAxis("left")
        self._plot = Plot(self._names, NumberAxis("bottom", whole=True), self.tr("Layers by steps"))
        self._plot.setToolTip(self.tr("Click a row to select its block; wheel zooms, drag moves"))
        self._plot.name_axes(bottom=self.tr("step"))
        self._plot.box.invertY(True)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._plot.addItem(self._image)
        self._plot.cursor_line.setZValue(10)
        self._legend = Legend(self.tr("Root mean square of the gradient per weight, logarithmic"), signed=False)
        self._at: QPointF | None = None
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self._plot, 1)
        row.addWidget(self._legend)
        self.column.addLayout(row, 1)
        self.add_readout()
        self._plot.hovered.connect(self._hover)
        self._plot.clicked.connect(self._click)
        self.restyle()
        self.draw(None)

    def data(self) -> tuple[Array, tuple[str, ...], Array]:
        if self.snapshot is None:
            return np.zeros((0, 0)), (), np.zeros(0, int)
        history = self.snapshot.history
        return np.sqrt(history.mean_square).T, history.layers, history.steps

    def table(self) -> list[list[Any]]:
        values, layers, steps = self.data()
        return [["step", *layers], *([int(step), *map(float, row)] for step, row in zip(steps, values.T, strict=True))]

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        if self.snapshot is None:
            self.titled.emit(self.tr("Gradient of every layer"), self.tr("nothing trained yet"))

    def draw(self, snapshot: Snapshot | None) -> None:
        super().draw(snapshot)
        columns = snapshot.history.columns if snapshot is not None else 0
        empty = snapshot is None or not columns or not snapshot.history.layers
        sub = self.tr("nothing trained yet") if empty else self.tr("rms per weight, log scale")
        self.titled.emit(self.tr("Gradient of every layer"), sub)
        self._image.setVisible(not empty)
        if empty or snapshot is None:
            self._names.set_names(snapshot.history.layers if snapshot is not None else ())
            self._legend.show_marks(())
            self._plot.show_range((0, 100), (0, max(1, len(snapshot.history.layers) if snapshot else 1)))
            self._hover(None)
            return
        history = snapshot.history
        self._names.set_names(history.layers)
        self._paint(history.mean_square, float(history.steps[-1]))
        self._hover(self._at)

    def reset_zoom(self) -> None:
        self._plot.free = False
        self.draw(self.snapshot)

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "_plot"):
            self._plot.restyle()
            self._plot.getAxis("left").setWidth(theme.px(70))

    def _paint(self, mean_square: Array, last: float) -> None:
        """The picture of (columns, layers), and the legend that fits it."""
        sums = binned(mean_square, MOST_COLUMNS, np.add.reduceat)
        counts = binned(np.ones(len(mean_square)), MOST_COLUMNS, np.add.reduceat)
        squares = sums / counts[:, None]
        decades = np.log10(np.maximum(squares, LOWEST**2)) / 2
        low, high = self._scale(decades[squares > 0])
        share = np.clip((decades - low) / (high - low), 0, 1)
        colours = pictures.magnitude_table()[np.rint(np.nan_to_num(share) * 255).astype(np.intp)]
        colours[squares == 0] = theme.current().zero.rgb()
        self._image.setImage(pixels(_striped(colours.T)), autoLevels=False)
        rows = mean_square.shape[1]
        self._image.setRect(QRectF(0, 0, last, rows))
        self._plot.show_range((0, last), (0, rows))
        step = max(1, math.ceil((high - low) / 5))
        marks = tuple(((k - low) / (high - low), _power(k)) for k in range(low, high + 1, step))
        self._legend.show_marks(marks, self.tr("0") if (squares == 0).any() else "")

    @staticmethod
    def _scale(decades: Array) -> tuple[int, int]:
        """Whole powers of ten that hold all values, at least three of them."""
        decades = decades[np.isfinite(decades)]
        if not len(decades):
            return -FEWEST_DECADES, 0
        low, high = math.floor(decades.min()), math.ceil(decades.max())
        return min(low, high - FEWEST_DECADES), high

    def _hover(self, at: QPointF | None) -> None:
        self._at = at
        found = self._cell(at)
        self._plot.cursor_line.setVisible(found is not None)
        if found is None or self.snapshot is None:
            self.read_out("")
            return
        column, row = found
        history = self.snapshot.history
        step = int(history.steps[column])
        value = math.sqrt(float(history.mean_square[column, row]))
        self._plot.cursor_line.setValue(step - history.stride / 2)
        text = self.tr("{} · step {} · {} per weight (root mean square)")
        self.read_out(text.format(history.layers[row], numbers.count(step), numbers.full(value)))

    def _cell(self, at: QPointF | None) -> tuple[int, int] | None:
        """Column and row at a point of the plot."""
        if at is None or self.snapshot is None or not self.snapshot.history.columns:
            return None
        history = self.snapshot.history
        column, row = int(at.x() // history.stride), int(at.y() // 1)
        inside = 0 <= column < history.columns and 0 <= row < len(history.layers)
        return (column, row) if inside else None

    def _click(self, at: QPointF) -> None:
        found = self._cell(at)
        if found is not None and self.snapshot is not None:
            self.chosen.emit(self.snapshot.history.layers[found[1]])


def _striped(colours: Array) -> Array:
    """Rows (layers, columns) made taller, each with a transparent line below it."""
    tall = np.repeat(colours, ROW, axis=0)
    if len(colours) <= 40:  # more rows stand so close that gaps would hide them
        tall[ROW - 1 :: ROW] = 0
    return tall


def _power(decade: int) -> str:
    """A power of ten: ``0.01`` where that is short, else ``1e−5``."""
    return f"{10.0**decade:g}" if -3 <= decade <= 3 else f"1e{numbers.count(decade)}"
