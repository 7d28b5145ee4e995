"""Every number of a block as a cell in the colour of its value."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsRectItem

from engine.lazy import Array, np
from gui import pictures, theme
from gui.layer.cell_numbers import MOST, CellNumbers
from gui.layer.picture import Picture, Scene, tip
from gui.layer.plane import Index, Plane
from gui.layer.sight import UNIT
from gui.panels.legend import Legend
from gui.panels.panel import tr
from gui.panels.plots import Plot, UnitAxis, pixels

SLIMMEST = 6.0  # ratio of the sides up to which cells are squares


class CellsPicture(Picture):
    """A row per output unit, a column per input unit, the bias at the right; maps and kernels as tiles."""

    def __init__(self) -> None:
        self._rows, self._columns = UnitAxis("left"), UnitAxis("bottom")
        plot = Plot(self._rows, self._columns, tr("Matrix"))
        super().__init__(plot, Legend(tr("Colours"), signed=True))
        plot.setToolTip(tr("A row per output unit, a column per input unit, the bias at the right.") + "\n" + tip())
        plot.box.invertY(True)
        self.image = pg.ImageItem(axisOrder="row-major")
        self._waiting = QGraphicsRectItem()  # the cells before there is anything to show in them
        self._waiting.setPen(QPen(Qt.PenStyle.NoPen))
        self.mark = pg.PlotCurveItem()  # around the number that is asked about
        self.numbers = CellNumbers()
        for item in (self.image, self.numbers, self._waiting, self.mark):
            plot.addItem(item)
        self._titles = ("", "")

    def paint_scene(self, scene: Scene) -> None:
        self.image.setVisible(bool(scene.arrays))
        self._waiting.setVisible(not scene.arrays and bool(scene.places))
        if scene.arrays:
            self._paint(scene)
        else:
            self._paint_waiting(scene)
        self._frame_marked(scene)

    def data(self) -> dict[str, Array]:
        return dict(self.scene.arrays) if self.scene is not None else {}

    def table(self) -> list[list[Any]]:
        rows: list[list[Any]] = []
        for name, array in self.data().items():
            assert self.scene is not None
            rows.append([f"{self.scene.sight.block}.{name} ({self.scene.title})"])
            rows += [[float(each) for each in np.atleast_1d(row).reshape(-1)] for row in array]
        return rows

    def words_at(self, at: QPointF) -> str:
        entry = self.entry_at(at)
        return self.scene.words(*entry) if entry is not None and self.scene is not None else ""

    def entry_at(self, at: QPointF) -> tuple[str, Index] | None:
        if self.scene is None or not self.scene.places:
            return None
        return Plane(self.scene.places).at(at.x(), at.y())

    def _paint(self, scene: Scene) -> None:
        plane = Plane({name: scene.scale.codes(name, array) for name, array in scene.arrays.items()})
        width, height = self._lay_out(scene, plane)
        painted = scene.scale.pixels(plane.cells())
        self.image.setImage(pixels(painted), autoLevels=False)
        self.image.setRect(QRectF(0, 0, width, height))
        if width * height <= MOST:
            self.numbers.show_cells(Plane(scene.arrays).cells(), painted)
        self.numbers.setVisible(width * height <= MOST)
        marks, zero = scene.scale.marks(scene.arrays)
        assert self.legend is not None
        self.legend.be_signed(scene.scale.signed)
        self.legend.speak(tr(scene.scale.spoken))
        self.legend.show_marks(marks, tr("0") if zero else "")

    def _paint_waiting(self, scene: Scene) -> None:
        """Hatched cells: not computed yet looks different from zero."""
        assert self.legend is not None
        self.numbers.setVisible(False)
        self.legend.show_marks(())
        if not scene.places:
            self.plot.show_range((0, 8), (0, 8))
            return
        width, height = self._lay_out(scene, Plane(scene.places))
        self._waiting.setRect(QRectF(0, 0, width, height))
        brush = pictures.hatched(theme.current())
        brush.setTransform(self._waiting.sceneTransform().inverted()[0])  # lines as fine as everywhere
        self._waiting.setBrush(brush)

    def _lay_out(self, scene: Scene, plane: Plane) -> tuple[int, int]:
        """Axes and range for cells; returns the width and height of all."""
        width, height = plane.size
        rows = 0 if scene.sight.picture == UNIT and height == 1 else plane.grid.units[0]  # the title names that unit
        self._rows.set_units(rows, "", plane.grid.span[0])
        columns = plane.grid.units[1] if plane.dimensions > 1 else 0
        self._columns.set_units(columns, tr("bias") if plane.has_bias else "", plane.grid.span[1])
        if scene.axes != self._titles:
            self._titles = scene.axes
            self.plot.name_axes(left=scene.axes[0], bottom=scene.axes[1])
        written = plane.dimensions <= 2 and width * height <= MOST  # wide cells have room for their numbers
        self.plot.box.setAspectLocked(not written and max(width, height) <= SLIMMEST * min(width, height))
        self.plot.show_range((0, width), (0, height))
        return width, height

    def _frame_marked(self, scene: Scene) -> None:
        area = Plane(scene.places).area(*scene.mark) if scene.mark and scene.places else None
        self.mark.setVisible(area is not None)
        if area is not None:
            left, top, width, height = area
            x = np.array([left, left + width, left + width, left, left])
            y = np.array([top, top, top + height, top + height, top])
            self.mark.setData(x, y, pen=pg.mkPen(theme.current().backward, width=2))
