"""Regions of the plane in the colour of what is predicted there, with the samples on top."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox

from engine.lazy import Array, np
from engine.predictions.outcomes import Field, Judged
from engine.predictions.predictor import MOST_UNITS
from gui import numbers, theme
from gui.panels.legend import Legend
from gui.panels.plots import NumberAxis, Plot
from gui.prediction.key import WIDTH, Entry, ink, symbol
from gui.prediction.mosaic import Mosaic
from gui.prediction.regions import show_field
from gui.prediction.view import PlotView, class_words, confidence, sample_name, shown_of, tr

MARK, RING = 4.0, 4.0  # pixels: of a mark among many others, and by how much a ring is wider
FEW = 60  # points up to which marks are larger


class PlaneView(PlotView):
    """Regions; the units of the selected block can be looked at in place of the whole chain, and those of a block are
    shown while it is pointed at.
    """

    title = "plane"
    tip = "What is predicted at every point of the plane"

    def __init__(self) -> None:
        plot = Plot(NumberAxis("left"), NumberAxis("bottom"), tr("Predictions over the plane"))
        plot.name_axes(bottom="x", left="y")
        self._image = pg.ImageItem(axisOrder="row-major")
        plot.addItem(self._image)
        self._marks: list[pg.ScatterPlotItem] = []
        self._marked: object = None  # what the marks have been made for
        self._rings = pg.ScatterPlotItem(symbol="o", brush=None)
        plot.addItem(self._rings)
        self._legend = Legend(tr("What the colours mean"), signed=True)
        super().__init__(plot, self._legend)
        self._plane: Field | None = None
        self._pointed: tuple[str, int | None] | None = None  # what is shown while the pointer is over a block
        self._mosaic = Mosaic()
        self._mosaic.said.connect(self.said)
        self._mosaic.chosen.connect(self._look_at)
        self._mosaic.hide()
        self._row.insertWidget(1, self._mosaic, 1)
        self._units = QComboBox()
        self._units.setAccessibleName(tr("What is looked at"))
        self._units.setToolTip(tr("The output of the chain, or what one unit of the selected block gives out"))
        self._units.currentIndexChanged.connect(self._choose)
        self._units.hide()
        self._units.setMaximumWidth(theme.px(WIDTH))
        self._side.insertWidget(0, self._units)

    def select(self, block: str, units: int) -> None:
        """Offers the units of the selected block beside the output of the chain."""
        wanted: list[tuple[str, tuple[str, int | None] | None]] = [(tr("output"), None)]
        if units > 1:
            wanted.append((tr("all units"), (block, None)))
        wanted += [(tr("unit {}").format(k), (block, k)) for k in range(min(units, MOST_UNITS))]
        if [self._units.itemData(k) for k in range(self._units.count())] == [unit for _, unit in wanted]:
            return
        self._units.blockSignals(True)
        self._units.clear()
        for text, unit in wanted:
            self._units.addItem(text, unit)
        self._units.blockSignals(False)
        self._units.setVisible(len(wanted) > 1)
        self._choose()

    def point_at(self, block: str, units: int) -> None:
        self._pointed = (block, None if units > 1 else 0) if block else None
        self.asked.emit()

    def question(self) -> dict[str, Any]:
        unit = self._pointed or self._units.currentData()
        return {"unit": None if unit is None else tuple(unit)}

    def show_answer(self, outcome: Field) -> None:
        self._plane = outcome
        every = outcome.unit is not None and outcome.unit[1] is None
        self._mosaic.setVisible(every)
        for part in (self._plot, self._key):
            part.setVisible(not every)
        self._show_legend(outcome)
        if every:
            self._mosaic.show_field(outcome)
            self.titled.emit()
            return
        left, right, below, above = outcome.edges
        show_field(self._image, outcome)
        self._show_marks(outcome.judged)
        self._plot.box.setAspectLocked(abs((right - left) - (above - below)) < 1e-9 * (right - left))
        self.set_range()
        self.titled.emit()
        self.read_again()

    def set_range(self) -> None:
        if self._plane is not None:
            left, right, below, above = self._plane.edges
            self._plot.show_range((left, right), (below, above))

    def restyle(self) -> None:
        super().restyle()
        self._marked = None
        self._rings.setPen(pg.mkPen(theme.current().text, width=1.2))
        if self._plane is not None:
            self.show_answer(self._plane)

    def sub(self) -> str:
        if self._plane is None:
            return ""
        if self._plane.unit is not None:
            block, number = self._plane.unit
            one = tr("unit {} of {} over the plane").format(number, block)
            return tr("units of {} over the plane").format(block) if number is None else one
        what = tr("confidence over the plane") if self._plane.classes else tr("value over the plane")
        return shown_of(self._plane.judged) or what

    def data(self) -> dict[str, Any]:
        plane = self._plane
        if plane is None:
            return {}
        sure = None if plane.shares is None else plane.shares.max(axis=2)
        return {
            "x": plane.x, "y": plane.y, "outputs": plane.outputs, "predicted": plane.predicted,
            "confidence": sure, "unit": plane.unit, "classes": plane.classes, "points": plane.judged.inputs,
            "truth": plane.judged.targets if plane.judged.truth is None else plane.judged.truth,
            "point_outputs": plane.judged.outputs, "misclassified": plane.judged.wrong,
            "validation": plane.judged.held_out, "total": plane.judged.total,
        }  # fmt: skip

    def table(self) -> list[list[Any]]:
        plane = self._plane
        if plane is None:
            return []
        values = plane.outputs if plane.shares is None else plane.shares.max(axis=2, keepdims=True)
        units = range(plane.outputs.shape[2])
        heads = [tr("unit {}").format(unit) for unit in units] if len(units) > 1 else ["value"]
        rows: list[list[Any]] = [["x", "y", *(("class", "confidence") if plane.classes else heads)]]
        for row, y in enumerate(plane.y):
            for column, x in enumerate(plane.x):
                said = [] if plane.predicted is None else [(plane.classes or ())[plane.predicted[row, column]]]
                rows.append([float(x), float(y), *said, *map(float, values[row, column])])
        return rows

    def words_at(self, at: QPointF) -> str:
        plane = self._plane
        cell = None if plane is None else self._cell(plane, at)
        if plane is None or cell is None:
            return ""
        row, column = cell
        place = tr("x = {}, y = {}").format(numbers.short(float(plane.x[column])), numbers.short(float(plane.y[row])))
        if plane.predicted is None or plane.shares is None:
            said = numbers.short(float(plane.outputs[row, column, 0]))
        else:
            number = int(plane.predicted[row, column])
            sure = confidence(plane.outputs[row, column], plane.shares[row, column], number, plane.judged.probable)
            said = tr("class {} with {}").format((plane.classes or ())[number], sure)
        return f"{place}: {said}{self._point_words(plane.judged, at)}"

    def _point_words(self, judged: Judged, at: QPointF) -> str:
        """The sample under the pointer; nothing where there is none."""
        found = self.nearest(judged.inputs[:, 0], judged.inputs[:, 1], at)
        if found is None:
            return ""
        if judged.truth is not None:
            about = class_words(judged, found)
        else:
            values = (judged.targets[found, 0], judged.outputs[found, 0])
            about = tr("true {}, predicted {}").format(*(numbers.short(float(each)) for each in values))
        return f"  ·  {sample_name(judged, found)}: {about}"

    @staticmethod
    def _cell(plane: Field, at: QPointF) -> tuple[int, int] | None:
        """Row and column of the picture at a point."""
        left, right, below, above = plane.edges
        column = int((at.x() - left) / (right - left) * len(plane.x) // 1)
        row = int((at.y() - below) / (above - below) * len(plane.y) // 1)
        return (row, column) if 0 <= row < len(plane.y) and 0 <= column < len(plane.x) else None

    def _show_legend(self, plane: Field) -> None:
        names = plane.classes or ()
        self._legend.setVisible(len(names) <= 2)
        if names:
            low, high = (f"{name}: 1" if len(name) <= 4 else "1" for name in (*names, "")[:2])
            self._legend.show_marks(((0.0, low), (0.5, "0.5"), (1.0, high)))
            return
        end = numbers.short(plane.limit)
        more = bool((np.abs(plane.outputs) > plane.limit).any())
        marks = ("≤ {}", "≥ {}") if more else ("{}", "{}")
        self._legend.show_marks(((0.0, marks[0].format(numbers.MINUS + end)), (0.5, "0"), (1.0, marks[1].format(end))))

    def _show_marks(self, judged: Judged) -> None:
        """The samples, each class with its own mark; those held out are hollow. They move only with the data."""
        what = (judged.inputs.tobytes(), judged.targets.tobytes(), self._plane is not None and self._plane.unit)
        if what != self._marked:
            self._marked = what
            for item in self._marks:
                self._plot.removeItem(item)
            self._marks = [self._mark(judged, *each) for each in _groups(judged)]
        wrong = judged.wrong
        self._rings.setData(judged.inputs[wrong, 0], judged.inputs[wrong, 1], size=_size(judged) + RING)
        self._key.show_entries(_entries(judged))

    def _mark(self, judged: Judged, number: int, held: bool, members: Array) -> pg.ScatterPlotItem:
        colour = _mark_colour(judged, number)
        ground = theme.current().panel
        brush = pg.mkBrush(ground) if held else pg.mkBrush(colour)
        pen = pg.mkPen(colour, width=1.5) if held else pg.mkPen(ground, width=1)
        item = pg.ScatterPlotItem(
            judged.inputs[members, 0],
            judged.inputs[members, 1],
            symbol=symbol(number),
            size=_size(judged),
            brush=brush,
            pen=pen,
        )
        self._plot.addItem(item)
        return item

    def _look_at(self, unit: int) -> None:
        """A unit among the others was clicked."""
        place = self._units.findText(tr("unit {}").format(unit))
        if place >= 0:
            self._units.setCurrentIndex(place)

    def _choose(self, *_: object) -> None:
        self._plot.free = False
        self.asked.emit()


def _size(judged: Judged) -> float:
    """How large a mark is, in pixels."""
    return MARK if len(judged) > FEW else 2 * MARK


def _mark_colour(judged: Judged, number: int) -> QColor:
    count = len(judged.classes or ())
    return ink(theme.current().of_class(number, count)) if count else theme.current().text


def _groups(judged: Judged) -> list[tuple[int, bool, Array]]:
    """The places of the samples of each class and part; the training part first, which then lies below."""
    kinds = np.zeros(len(judged), int) if judged.truth is None else judged.truth
    every = [(number, held) for held in (False, True) for number in range(len(judged.classes or (0,)))]
    found = [(number, held, (kinds == number) & (judged.held_out == held)) for number, held in every]
    return [(number, held, members) for number, held, members in found if members.any()]


def _entries(judged: Judged) -> tuple[Entry, ...]:
    """What the marks mean: of each class how many samples are right."""
    entries: list[Entry] = []
    for number, name in enumerate(judged.classes or ()):
        mine: Array = np.asarray(judged.truth == number)
        hits = f"{numbers.count((mine & ~judged.wrong).sum())}/{numbers.count(mine.sum())}"
        entries.append(Entry(symbol(number), _mark_colour(judged, number), name, hits))
    if judged.classes is None:
        entries.append(Entry(symbol(0), theme.current().text, tr("training"), numbers.count((~judged.held_out).sum())))
    else:
        entries.append(Entry("ring", theme.current().text, tr("wrong"), numbers.count(judged.wrong.sum())))
    if judged.held_out.any():
        held = numbers.count(judged.held_out.sum())
        entries.append(Entry("o", theme.current().secondary, tr("validation"), held, hollow=True))
    return tuple(entries)
