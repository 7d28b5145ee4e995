"""Samples as marks in a plot: filled circles of the training part, hollow squares of the validation part."""

from __future__ import annotations

import pyqtgraph as pg

from engine.lazy import Array, np
from engine.predictions.outcomes import Judged
from gui import numbers, theme
from gui.panels.plots import Plot
from gui.prediction.key import Entry
from gui.prediction.view import tr

SIZE = 5


class PartMarks:
    """Two clouds of marks in a plot."""

    def __init__(self, plot: Plot) -> None:
        self._train = pg.ScatterPlotItem(symbol="o", size=SIZE, pen=None)
        self._held = pg.ScatterPlotItem(symbol="s", size=SIZE + 1, brush=None)
        for item in (self._train, self._held):
            plot.addItem(item)

    def show(self, x: Array, y: Array, held_out: Array) -> None:
        """Marks at these places, where they are finite; ``held_out`` says which belong to the validation part."""
        colours, drawn = theme.current(), np.isfinite(x) & np.isfinite(y)
        x, y, held_out = x[drawn], y[drawn], held_out[drawn]
        self._train.setData(x[~held_out], y[~held_out], brush=pg.mkBrush(colours.secondary))
        self._held.setData(x[held_out], y[held_out], pen=pg.mkPen(colours.error, width=1.5))


def part_entries(judged: Judged) -> tuple[Entry, ...]:
    """What the marks mean, and how many there are."""
    colours, held = theme.current(), judged.held_out
    entries = [Entry("o", colours.secondary, tr("training"), numbers.count((~held).sum()))]
    if held.any():
        entries.append(Entry("s", colours.error, tr("validation"), numbers.count(held.sum()), hollow=True))
    return tuple(entries)
