"""Layer by time: the size of every layer's gradient, per weight, on one logarithmic scale of colours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF

from engine.lazy import Array, np
from engine.project import Project
from gui import numbers, pictures, theme
from gui.panels.legend import Legend
from gui.panels.panel import tr
from gui.panels.plot_panel import PlotPanel
from gui.panels.plots import NameAxis, NumberAxis, Plot, binned, pixels

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot

MOST_COLUMNS = 640
ROW = 8  # lines of the picture for a layer; the last one is the gap to the next
FEWEST_DECADES = 3
LOWEST = 1e-30  # what is smaller is drawn as this


class GradientPanel(PlotPanel):
    """``data()`` gives (array (layers, columns), layer names, steps): root mean square of the gradient per weight."""

    def __init__(self) -> None:
        self._names = NameAxis("left")
        plot = Plot(self._names, NumberAxis("bottom", whole=True), tr("Layers by steps"))
        plot.setToolTip(tr("Click a row to select its block; wheel zooms, drag moves, double-click shows everything"))
        plot.name_axes(bottom=tr("step"))
        plot.box.invertY(True)
        plot.cursor_line.setZValue(10)
        self._image = pg.ImageItem(axisOrder="row-major")
        plot.addItem(self._image)
        self._legend = Legend(tr("Root mean square of the gradient per weight, logarithmic"), signed=False)
        super().__init__("gradientPanel", tr("Gradient of every layer"), plot, self._legend)
        plot.clicked.connect(self._click)
        plot.double_clicked.connect(self.reset_zoom)
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

    def paint_plot(self, snapshot: Snapshot | None) -> None:
        columns = snapshot.history.columns if snapshot is not None else 0
        empty = snapshot is None or not columns or not snapshot.history.layers
        sub = self.tr("nothing trained yet") if empty else self.tr("rms per weight, log scale")
        self.titled.emit(self.tr("Gradient of every layer"), sub)
        self._image.setVisible(not empty)
        if empty or snapshot is None:
            self._names.set_names(snapshot.history.layers if snapshot is not None else ())
            self._legend.show_marks(())
            self._plot.show_range((0, 100), (0, max(1, len(snapshot.history.layers) if snapshot else 1)))
            return
        history = snapshot.history
        self._names.set_names(history.layers)
        self._paint(history.mean_square, float(history.steps[-1]))

    def restyle(self) -> None:
        super().restyle()
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
        self._legend.show_marks(marks if squares.any() else (), self.tr("0") if (squares == 0).any() else "")

    @staticmethod
    def _scale(decades: Array) -> tuple[int, int]:
        """Whole powers of ten that hold all values, at least three of them."""
        decades = decades[np.isfinite(decades)]
        if not len(decades):
            return -FEWEST_DECADES, 0
        low, high = math.floor(decades.min()), math.ceil(decades.max())
        return min(low, high - FEWEST_DECADES), high

    def words_at(self, at: QPointF) -> str:
        found = self._cell(at)
        if found is None or self.snapshot is None:
            return ""
        column, row = found
        history = self.snapshot.history
        step = int(history.steps[column])
        value = math.sqrt(float(history.mean_square[column, row]))
        self._plot.cursor_line.setValue(step - history.stride / 2)
        text = self.tr("{} · step {} · {} per weight (root mean square)")
        return text.format(history.layers[row], numbers.count(step), numbers.full(value))

    def _cell(self, at: QPointF) -> tuple[int, int] | None:
        """Column and row at a point of the plot."""
        if self.snapshot is None or not self.snapshot.history.columns:
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
