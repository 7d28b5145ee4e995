"""The curve that the network draws through its points: what it answers along the line of its one input."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from engine.lazy import Array, np
from engine.predictions.outcomes import Curve, Judged
from gui import numbers, theme
from gui.panels.plots import NumberAxis, Plot, pen
from gui.prediction.key import Entry
from gui.prediction.points import PartMarks, part_entries
from gui.prediction.view import PlotView, class_words, sample_name, shown_of, tr

ROOM = 0.06  # of the height, above and below


class CurveView(PlotView):
    """A line for each output; with classes, for the share of each class, and the samples stand at 1 of their own."""

    title = "curve"
    tip = "What is predicted for every value of the one input"

    def __init__(self) -> None:
        plot = Plot(NumberAxis("left"), NumberAxis("bottom"), tr("Predicted curve"))
        plot.name_axes(bottom="x", left="y")
        super().__init__(plot)
        self._marks = PartMarks(plot)
        self._lines: list[pg.PlotDataItem] = []
        self._curve: Curve | None = None

    def show_answer(self, outcome: Curve) -> None:
        self._curve = outcome
        lines = _lines(outcome)
        while len(self._lines) < lines.shape[1]:
            self._lines.append(self._plot.plot())
        for number, item in enumerate(self._lines):
            item.setVisible(number < lines.shape[1])
            if item.isVisible():
                drawn = np.isfinite(lines[:, number])
                item.setData(outcome.x[drawn], lines[drawn, number], pen=pen(_colour(number, lines.shape[1]), 2))
        x, y, owners = self._points(outcome)
        self._marks.show(x, y, outcome.judged.held_out[owners])
        names = outcome.judged.classes or ()
        said = tuple(Entry("line", _colour(number, len(names)), name) for number, name in enumerate(names))
        predicted = said or (Entry("line", _colour(0, lines.shape[1]), tr("predicted")),)
        self._key.show_entries((*predicted, *part_entries(outcome.judged)))
        self.set_range()
        self.titled.emit()
        self.read_again()

    def set_range(self) -> None:
        if self._curve is None:
            return
        _, y, _ = self._points(self._curve)
        values = np.concatenate([_lines(self._curve).reshape(-1), y])
        values = values[np.isfinite(values)]
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
        room = (high - low or 1.0) * ROOM
        self._plot.show_range((float(self._curve.x[0]), float(self._curve.x[-1])), (low - room, high + room))

    def restyle(self) -> None:
        super().restyle()
        if self._curve is not None:
            self.show_answer(self._curve)

    def sub(self) -> str:
        if self._curve is None:
            return ""
        what = tr("share of each class") if self._curve.shares is not None else tr("predicted along the line")
        return shown_of(self._curve.judged) or what

    def data(self) -> dict[str, Any]:
        curve = self._curve
        if curve is None:
            return {}
        judged = curve.judged
        return {
            "x": curve.x, "outputs": curve.outputs, "shares": curve.shares, "classes": judged.classes,
            "points": judged.inputs[:, 0], "truth": judged.targets if judged.truth is None else judged.truth,
            "point_outputs": judged.outputs, "validation": judged.held_out, "total": judged.total,
        }  # fmt: skip

    def table(self) -> list[list[Any]]:
        if self._curve is None:
            return []
        lines = _lines(self._curve)
        titles = self._curve.judged.classes or [f"y{number}" for number in range(lines.shape[1])]
        return [["x", *titles], *([float(x), *map(float, row)] for x, row in zip(self._curve.x, lines, strict=True))]

    def words_at(self, at: QPointF) -> str:
        curve = self._curve
        if curve is None or not curve.x[0] <= at.x() <= curve.x[-1]:
            return ""
        place = int(np.abs(curve.x - at.x()).argmin())
        names = curve.judged.classes
        values = [numbers.short(float(each)) for each in _lines(curve)[place]]
        said = ", ".join(f"{name} {each}" for name, each in zip(names, values, strict=True)) if names else None
        words = tr("x = {}: {}").format(numbers.short(float(curve.x[place])), said or ", ".join(values))
        x, y, owners = self._points(curve)
        found = self.nearest(x, y, at)
        return words if found is None else f"{words}  ·  {_about(curve.judged, int(owners[found]))}"

    @staticmethod
    def _points(curve: Curve) -> tuple[Array, Array, Array]:
        """Where the samples stand, and which they are: one for each of their values, and of a class at 1."""
        judged = curve.judged
        values = np.ones((len(judged), 1)) if judged.truth is not None else judged.targets
        owners = np.repeat(np.arange(len(judged)), values.shape[1])
        return judged.inputs[owners, 0], values.reshape(-1), owners


def _lines(curve: Curve) -> Array:
    """What is drawn along x, (N, lines)."""
    return curve.outputs if curve.shares is None else curve.shares


def _colour(number: int, count: int) -> QColor:
    colours = theme.current()
    return colours.accent if count == 1 else colours.of_class(number, count)


def _about(judged: Judged, place: int) -> str:
    """A sample in words."""
    if judged.truth is not None:
        return f"{sample_name(judged, place)}: {class_words(judged, place)}"
    return f"{sample_name(judged, place)}: {value_words(judged, place)}"


def value_words(judged: Judged, place: int, output: int | None = None) -> str:
    """A sample's true and predicted values and how far they are apart; of one output where it is given."""
    chosen = slice(None) if output is None else slice(output, output + 1)
    rows = (judged.targets[place, chosen], judged.outputs[place, chosen], judged.residuals[place, chosen])
    texts = (", ".join(numbers.short(float(each)) for each in row) for row in rows)
    return tr("true {}, predicted {}, residual {}").format(*texts)
