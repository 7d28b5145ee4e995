"""The matrices of one block as heatmaps: every weight, its gradient, or how far a check found that to be off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QButtonGroup, QGraphicsRectItem, QToolButton, QWidget

from engine.lazy import Array, np
from engine.project import Project
from gui import check_words, numbers, pictures, theme
from gui.panels import check_picture
from gui.panels.grid import Grid
from gui.panels.legend import Legend
from gui.panels.panel import tr
from gui.panels.plot_panel import PlotPanel
from gui.panels.plots import Plot, UnitAxis, pixels

if TYPE_CHECKING:
    from engine.explain.check import TensorCheck
    from engine.run.snapshot import Snapshot
    from gui.checker import Checked

MOST_CELLS = 256  # along one side of the picture; what lies closer is shown by its largest magnitude
SLIMMEST = 6.0  # ratio of the sides up to which cells are squares


class LayerPanel(PlotPanel):
    """``data()`` gives the arrays that are shown, by name: ``weight`` (out, in) and ``bias`` (out,).

    ``formula`` gives a gradient in words with the numbers that it is made of, where somebody knows them. ``asked`` says
    which number was clicked: the parameter as ``"dense_1.weight"``, and the index.
    """

    asked = Signal(str, object)

    def __init__(self) -> None:
        self._block = ""
        self._order: list[str] = []  # blocks by how near they are to the selection
        self._value = "gradient"
        self.formula: Callable[[str, tuple[int, ...]], str] = lambda parameter, index: ""
        self._checked: Checked | None = None
        self._rows, self._columns = UnitAxis("left"), UnitAxis("bottom")
        plot = Plot(self._rows, self._columns, tr("Matrix"))
        plot.setToolTip(tr("A row per output unit, a column per input unit, the bias at the right"))
        plot.box.invertY(True)
        plot.has_cursor = False
        plot.name_axes(bottom=tr("input unit"), left=tr("unit"))
        self._image = pg.ImageItem(axisOrder="row-major")
        plot.addItem(self._image)
        self._waiting = QGraphicsRectItem()  # the cells before there is anything to show in them
        self._waiting.setPen(QPen(Qt.PenStyle.NoPen))
        plot.addItem(self._waiting)
        self._mark = pg.PlotCurveItem()  # around the number that is asked about
        plot.addItem(self._mark)
        self._marked: tuple[str, tuple[int, ...]] | None = None
        self._legend = Legend(tr("From the largest magnitude, negative, to the same, positive"), signed=True)
        super().__init__("layerPanel", tr("Layer"), plot, self._legend)
        self._buttons = self._make_buttons()
        plot.double_clicked.connect(self.reset_zoom)
        plot.clicked.connect(self._ask)
        self.draw(None)

    def controls(self) -> list[QWidget]:
        return [*self._buttons.values(), *super().controls()]

    def data(self) -> dict[str, Array]:
        if self.snapshot is None or not self._block:
            return {}
        if self._value == "check":
            return {name: tensor.error for name, tensor in self._tensors().items()}
        if self._value == "gradient" and not self.snapshot.computed:
            return {}
        return self.snapshot.tensors(self._block, self._value)

    def table(self) -> list[list[Any]]:
        rows: list[list[Any]] = []
        for name, array in self.data().items():
            rows.append([f"{self._block}.{name} ({self._value})"])
            rows += [[float(each) for each in np.atleast_1d(row).reshape(-1)] for row in array]
        return rows

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        names = [block.name for block in project.chain]
        at = names.index(selection[0]) if selection and selection[0] in names else -1
        self._order = [*reversed(names[: at + 1]), *names[at + 1 :]] if at >= 0 else names
        self.draw(self.snapshot)

    def show_check(self, checked: Checked | None) -> None:
        """Another gradient check, or none any more."""
        self._checked = checked
        self.draw(self.snapshot)

    def show_value(self, name: str) -> None:
        """Shows the ``"gradient"``, the ``"weight"`` or the ``"check"``."""
        self._buttons[name].setChecked(True)
        self._value = name
        self.draw(self.snapshot)

    def _tensors(self) -> dict[str, TensorCheck]:
        """What the check says of the block's arrays, by name."""
        tensors = self._checked.check.tensors if self._checked else ()
        return {tensor.name: tensor for tensor in tensors if tensor.block == self._block}

    def mark(self, parameter: str, index: tuple[int, ...]) -> None:
        """Frames the number that is asked about, where it is shown."""
        self._marked = (parameter, index) if parameter else None
        self._frame_marked()

    def _ask(self, at: QPointF) -> None:
        cell = self._cell_at(at)
        if cell is not None:
            self.asked.emit(f"{self._block}.{cell[0]}", cell[1])

    def _frame_marked(self) -> None:
        arrays, place = self._places(), None
        block, _, name = self._marked[0].rpartition(".") if self._marked else ("", "", "")
        if self._marked and arrays and block == self._block and name in arrays:
            grid = Grid(arrays["weight"])
            if name == "weight":
                place = grid.place(self._marked[1])
            elif self._bias_beside(arrays, grid):
                place = (self._marked[1][0] * grid.span[0], grid.cells.shape[1] + 1)
        self._mark.setVisible(place is not None)
        if place is not None:
            row, column = place
            tall = grid.span[0] if name == "bias" else 1
            x = np.array([column, column + 1, column + 1, column, column])
            y = np.array([row, row, row + tall, row + tall, row])
            self._mark.setData(x, y, pen=pg.mkPen(theme.current().backward, width=2))

    def paint_plot(self, snapshot: Snapshot | None) -> None:
        self._block = self._choose()
        arrays = self.data()
        self.titled.emit(self._block or self.tr("Layer"), self._sub(arrays))
        self._image.setVisible(bool(arrays))
        self._waiting.setVisible(not arrays and bool(self._places()))
        if arrays and self._value == "check":
            self._paint_check()
        elif arrays:
            self._paint(arrays)
        else:
            self._paint_waiting()
        self._frame_marked()

    def _places(self) -> dict[str, Array]:
        """The arrays by which cells have their place; there before there is a gradient."""
        return {} if self.snapshot is None or not self._block else self.snapshot.tensors(self._block, "weight")

    def _paint_waiting(self) -> None:
        """Hatched cells: not computed yet looks different from zero."""
        self._legend.show_marks(())
        places = self._places()
        if not places:
            self._plot.show_range((0, 8), (0, 8))
            return
        width, height = self._lay_out(places)
        self._waiting.setRect(QRectF(0, 0, width, height))
        brush = pictures.hatched(theme.current())
        brush.setTransform(self._waiting.sceneTransform().inverted()[0])  # lines as fine as everywhere
        self._waiting.setBrush(brush)

    def _lay_out(self, arrays: dict[str, Array]) -> tuple[int, int]:
        """Axes and range for cells; returns the width and height of all."""
        grid = Grid(arrays["weight"])
        height, width = grid.cells.shape
        beside = self._bias_beside(arrays, grid)
        width += 2 * beside
        self._rows.set_units(grid.units[0], "", grid.span[0])
        self._columns.set_units(grid.units[1], self.tr("bias") if beside else "", grid.span[1])
        self._plot.box.setAspectLocked(max(width, height) <= SLIMMEST * min(width, height))
        self._plot.show_range((0, width), (0, height))
        return width, height

    def _sub(self, arrays: dict[str, Array]) -> str:
        if not self._block:
            return self.tr("no weights")
        if self._value == "check":
            return check_words.sub_line(self._checked, self._block)
        if not arrays:
            began = self.snapshot is not None and self.snapshot.steps > 0
            return self.tr("edited: press Step") if began else self.tr("not trained yet")
        return numbers.shape(arrays["weight"].shape)

    def _make_buttons(self) -> dict[str, QToolButton]:
        group = QButtonGroup(self)
        texts = {"gradient": self.tr("gradient"), "weight": self.tr("weight"), "check": self.tr("check")}
        hints = {
            "gradient": self.tr("How the error answers each weight"),
            "weight": self.tr("The weights themselves"),
            "check": self.tr("How far each gradient is from a central difference (Run, Check gradients)"),
        }
        buttons = {}
        for name, text in texts.items():
            button = QToolButton(text=text, checkable=True, checked=name == self._value)
            button.setProperty("role", "flat")
            button.setAccessibleName(self.tr("Show the {}").format(text))
            button.setToolTip(hints[name])
            button.clicked.connect(lambda _, name=name: self.show_value(name))
            group.addButton(button)
            buttons[name] = button
        return buttons

    def _choose(self) -> str:
        """The selected block, or the nearest one with weights: to its left first, as an activation belongs to it."""
        if self.snapshot is None:
            return ""
        known = self.snapshot.layout.by_name
        return next((name for name in self._order if name in known), "")

    def _paint(self, arrays: dict[str, Array]) -> None:
        """Weights, and the bias as a column of its own behind a gap, on one symmetric scale.

        The scale is that of the weights: their gradients are often much smaller than that of the bias, and would all
        look like zero. What lies beyond is drawn as its end, which the legend then says. Where all is zero there is no
        scale.
        """
        largest = max(float(np.abs(array).max()) for array in arrays.values())
        limit = float(np.abs(arrays["weight"]).max()) or largest
        beyond = largest > limit
        self._set_cells(arrays, lambda cells: _signed(cells, limit))
        ends = ("≤ {}", "≥ {}") if beyond else ("{}", "+{}")
        low, high = (text.format(numbers.short(end)) for text, end in zip(ends, (-limit, limit), strict=True))
        marks = ((0.0, low), (0.5, "0"), (1.0, high))
        zero = any((array == 0).any() for array in arrays.values())
        self._legend.be_signed(True)
        self._legend.show_marks(marks if limit else (), self.tr("0") if zero else "")

    def _paint_check(self) -> None:
        """How far every entry is from its central difference, on a scale that is the same for all blocks."""
        found = {name: check_picture.codes(tensor) for name, tensor in self._tensors().items()}
        self._set_cells(found, lambda codes: check_picture.paint(codes, theme.current()))
        self._legend.be_signed(False)
        self._legend.show_marks(check_picture.marks())

    def _set_cells(self, arrays: dict[str, Array], colour: Callable[[Array], Array]) -> None:
        """Draws arrays as cells, each in the colour of its value."""
        grid = Grid(arrays["weight"])
        bias = arrays["bias"] if self._bias_beside(arrays, grid) else None
        width, height = self._lay_out(arrays)
        self._image.setImage(pixels(self._pixels(bias, grid, colour)), autoLevels=False)
        self._image.setRect(QRectF(0, 0, width, height))

    @staticmethod
    def _bias_beside(arrays: dict[str, Array], grid: Grid) -> bool:
        """Whether the bias can stand beside the weights, a cell for each unit's rows."""
        return "bias" in arrays and arrays["bias"].ndim == 1 and grid.span[0] > 0

    def _pixels(self, bias: Array | None, grid: Grid, colour: Callable[[Array], Array]) -> Array:
        """The weights as pixels, with the bias behind a gap."""
        cells = pictures.reduce_to(grid.cells, MOST_CELLS, MOST_CELLS)
        if bias is not None:
            spread = np.repeat(bias, grid.span[0])[: len(grid.cells)]
            column = pictures.reduce_to(spread[:, None], MOST_CELLS, 1)
            wide = max(1, round(cells.shape[1] / grid.cells.shape[1]))
            gap = np.full((len(cells), wide), np.nan)
            cells = np.concatenate([cells, gap, np.repeat(column, wide, axis=1)], axis=1)
        return colour(cells)

    def read_out(self, text: str) -> None:
        """Says what lies under the pointer; in a check, its result where nothing does."""
        idle = check_words.sub_line(self._checked, self._block) if self._value == "check" else ""
        super().read_out(text or idle)

    def words_at(self, at: QPointF) -> str:
        cell = self._cell_at(at)
        if cell is None:
            return ""
        name, index = cell
        if not self.data():
            return self.tr("{}.{}{}: not computed yet").format(self._block, name, list(index))
        if self._value == "gradient" and (told := self.formula(f"{self._block}.{name}", index)):
            return told.removeprefix(f"{self._block}  ")  # which the title says
        if self._value == "check":
            place = f"{self._block}.{name}[{', '.join(map(str, index))}]"
            return f"{place}  {check_words.about_entry(self._tensors()[name], index)}"
        sign = "∂E/∂" if self._value == "gradient" else ""
        letter = {"weight": "W", "bias": "b"}[name]
        mean = self.tr(", mean of the batch") if self._value == "gradient" else ""
        value = numbers.full(float(self.data()[name][index]))
        return f"{sign}{letter}[{', '.join(map(str, index))}] = {value}{mean}"

    def _cell_at(self, at: QPointF) -> tuple[str, tuple[int, ...]] | None:
        """The array and the index of the number at a point of the plot."""
        arrays = self._places()
        if not arrays:
            return None
        grid = Grid(arrays["weight"])
        row, column = int(at.y() // 1), int(at.x() // 1)
        index = grid.index(row, column)
        if index is not None:
            return "weight", index
        behind = self._bias_beside(arrays, grid) and column == grid.cells.shape[1] + 1
        if behind and 0 <= row < len(grid.cells):
            return "bias", (row // grid.span[0],)
        return None


def _signed(cells: Array, limit: float) -> Array:
    """Pixels of signed cells; between tiles one sees the ground."""
    image = pictures.signed_pixels(cells, limit, theme.current())
    image[np.isnan(cells)] = 0
    return image
