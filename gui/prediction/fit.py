"""Predicted against true values: on the diagonal lies what is right."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt

from engine.lazy import Array, np
from engine.predictions.outcomes import Fit
from gui import numbers, theme
from gui.panels.plots import NumberAxis, Plot
from gui.prediction.curve import value_words
from gui.prediction.key import Entry
from gui.prediction.points import PartMarks, part_entries
from gui.prediction.view import PlotView, sample_name, shown_of, tr

ROOM = 0.06


class FitView(PlotView):
    """A mark for each value of each sample."""

    title = "fit"
    tip = "Predicted against true values; on the diagonal lies what is right"

    def __init__(self) -> None:
        plot = Plot(NumberAxis("left"), NumberAxis("bottom"), tr("Predicted against true values"))
        plot.name_axes(bottom=tr("true"), left=tr("predicted"))
        super().__init__(plot)
        self._diagonal = pg.InfiniteLine(angle=45, movable=False)
        plot.addItem(self._diagonal, ignoreBounds=True)
        self._marks = PartMarks(plot)
        self._fit: Fit | None = None

    def show_answer(self, outcome: Fit) -> None:
        self._fit = outcome
        true, said, owners, _ = self._points(outcome)
        self._marks.show(true, said, outcome.judged.held_out[owners])
        colours = theme.current()
        self._diagonal.setPen(pg.mkPen(colours.text, style=Qt.PenStyle.DashLine))
        entries = [*part_entries(outcome.judged), Entry("line", colours.text, "R²", numbers.short(outcome.r2))]
        if outcome.validation_r2 is not None:
            entries.append(Entry("line", colours.error, tr("val. R²"), numbers.short(outcome.validation_r2)))
        self._key.show_entries(tuple(entries))
        self.set_range()
        self.titled.emit()
        self.read_again()

    def set_range(self) -> None:
        if self._fit is None:
            return
        true, said, *_ = self._points(self._fit)
        self._plot.show_range(_span(true), _span(np.concatenate([true, said])))

    def restyle(self) -> None:
        super().restyle()
        if self._fit is not None:
            self.show_answer(self._fit)

    def sub(self) -> str:
        return "" if self._fit is None else shown_of(self._fit.judged) or tr("predicted against true")

    def data(self) -> dict[str, Any]:
        fit = self._fit
        if fit is None:
            return {}
        judged = fit.judged
        return {
            "truth": judged.targets, "predicted": judged.outputs, "residuals": judged.residuals,
            "samples": judged.numbers, "validation": judged.held_out, "r2": fit.r2, "validation_r2": fit.validation_r2,
            "total": judged.total,
        }  # fmt: skip

    def table(self) -> list[list[Any]]:
        if self._fit is None:
            return []
        judged = self._fit.judged
        true, said, owners, outputs = self._points(self._fit)
        rows: list[list[Any]] = [["part", "sample", "output", "true", "predicted", "residual"]]
        for owner, output, left, right in zip(owners, outputs, true, said, strict=True):
            part = "validation" if judged.held_out[owner] else "training"
            residual = float(judged.residuals[owner, output])
            rows.append([part, int(judged.numbers[owner]), int(output), float(left), float(right), residual])
        return rows

    def words_at(self, at: QPointF) -> str:
        if self._fit is None:
            return ""
        true, said, owners, outputs = self._points(self._fit)
        found = self.nearest(true, said, at)
        if found is None:
            return ""
        judged, owner, output = self._fit.judged, int(owners[found]), int(outputs[found])
        which = tr(", output {}").format(output) if judged.outputs.shape[1] > 1 else ""
        return f"{sample_name(judged, owner)}{which}: {value_words(judged, owner, output)}"

    @staticmethod
    def _points(fit: Fit) -> tuple[Array, Array, Array, Array]:
        """True and predicted value of every mark, its sample's place, and which output it is."""
        count, outputs = fit.judged.outputs.shape
        owners, which = np.repeat(np.arange(count), outputs), np.tile(np.arange(outputs), count)
        return fit.judged.targets.reshape(-1), fit.judged.outputs.reshape(-1), owners, which


def _span(values: Array) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = (high - low or 1.0) * ROOM
    return low - room, high + room
