"""How the numbers of a block are distributed."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF

from engine.distribution import Distribution, distribution
from engine.lazy import Array, np
from gui import numbers, theme
from gui.layer.picture import Picture, Scene, tip
from gui.layer.sight import BLOCK
from gui.panels.panel import tr
from gui.panels.plots import LogAxis, NumberAxis, Plot


class HistogramPicture(Picture):
    """How many numbers lie in each step; of magnitudes (``log``) by powers of ten."""

    def __init__(self, log: bool) -> None:
        plot = Plot(NumberAxis("left", whole=True), LogAxis("bottom") if log else NumberAxis("bottom"), tr("Histogram"))
        super().__init__(plot)
        self._log = log
        self._found: Distribution | None = None
        self._bars = pg.BarGraphItem(x0=[], x1=[], height=[])
        self._zero = pg.InfiniteLine(0.0, angle=90)
        self._zero.setVisible(not log)
        plot.addItem(self._bars)
        plot.addItem(self._zero, ignoreBounds=True)
        plot.setToolTip(tr("How many numbers lie in each step.") + "\n" + tip())
        self._title = ""

    def paint_scene(self, scene: Scene) -> None:
        ends = None if scene.sight.scale == BLOCK else scene.scale.ends()
        self._found = found = distribution(scene.arrays.values(), self._log, ends=ends) if scene.arrays else None
        if scene.title != self._title:
            self._title = scene.title
            self.plot.name_axes(left=tr("how many"), bottom=scene.title)
        self._bars.setVisible(found is not None and len(found.counts) > 0)
        if found is None or not len(found.counts):
            self.plot.show_range((-1, 1), (0, 1))
            return
        places, colours = self._places(found), theme.current()
        self._bars.setOpts(
            x0=places[:-1],
            x1=places[1:],
            height=found.counts,
            brush=colours.accent,
            pen=pg.mkPen(colours.panel, width=1),
        )
        self._zero.setPen(pg.mkPen(colours.line))
        self.plot.show_range((float(places[0]), float(places[-1])), (0, 1.05 * int(found.counts.max())))

    def data(self) -> dict[str, Array]:
        return {} if self._found is None else {"edges": self._found.edges, "counts": self._found.counts}

    def table(self) -> list[list[Any]]:
        if self._found is None:
            return []
        edges = self._found.edges.tolist()
        rows = zip(edges[:-1], edges[1:], self._found.counts.tolist(), strict=True)
        return [["from", "to", "count"], *map(list, rows)]

    def words_at(self, at: QPointF) -> str:
        found = self._found
        place = None if found is None else found.bin_of(10 ** at.x() if self._log else at.x())
        if found is None or place is None:
            return ""
        low, high, count = found.edges[place], found.edges[place + 1], int(found.counts[place])
        said = tr("{} to {}: {} of {} numbers")
        return said.format(numbers.short(low), numbers.short(high), numbers.count(count), numbers.count(found.total))

    def facts(self) -> str:
        found = self._found
        if found is None:
            return ""
        parts = [numbers.plural(found.total, tr("number"), tr("numbers"))]
        if found.every > 1:
            parts[0] = tr("every {}th number").format(found.every)
        if np.isfinite(found.mean):
            span = tr("{} to {}").format(numbers.short(found.low), numbers.short(found.high))
            mean, rms = numbers.short(found.mean), numbers.short(found.rms)
            parts += [span, tr("mean {}").format(mean), tr("rms {}").format(rms)]
        parts += [tr("{} exactly 0").format(numbers.count(found.zeros))] if found.zeros else []
        parts += [tr("{} without a value").format(numbers.count(found.missing))] if found.missing else []
        return " · ".join(parts)

    def _places(self, found: Distribution) -> Array:
        """The edges as they lie on the axis."""
        return np.log10(found.edges) if self._log else found.edges
