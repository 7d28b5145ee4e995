"""How often values occur in each column: all of them small, one of them large with its axes."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from engine.data.histogram import Histogram
from engine.data.summary import Histograms
from engine.lazy import np
from engine.project import Project
from gui import numbers, theme
from gui.data.multiples import Multiples, bin_words, group_colours
from gui.data.painted import Scroller
from gui.data.rows import as_given
from gui.data.view import DataView, tr
from gui.labels import ElidedLabel
from gui.panels.plots import NumberAxis, Plot
from gui.prediction.key import Entry, Key, symbol

ROOM = 1.06
NARROW = 260  # pixels below which the plot needs the place of its key


class Large(QWidget):
    """One histogram with axes and a key; ``back`` leads to all of them."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Histograms | None = None
        self._column: Histogram | None = None
        self.plot = Plot(NumberAxis("left", whole=True), NumberAxis("bottom"), tr("Histogram"))
        self.plot.setToolTip(tr("Wheel zooms, drag moves, double-click shows everything"))
        self.plot.has_cursor = False
        self._mean = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._mean, ignoreBounds=True)
        self._bars: list[pg.BarGraphItem] = []
        self._key, self._about = Key(), ElidedLabel("caption")
        self.back = QToolButton(text=tr("← all columns"))
        self.back.setProperty("role", "link")
        self.back.setAccessibleName(tr("Back to all columns"))
        self.back.setToolTip(tr("Back to all columns"))
        head, row, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.addWidget(self.back)
        head.addWidget(self._about, 1)
        row.addWidget(self.plot, 1)
        row.addWidget(self._key, 0, Qt.AlignmentFlag.AlignTop)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addLayout(row, 1)
        self.plot.double_clicked.connect(self.reset_zoom)

    def show_column(self, shown: Histograms, column: Histogram) -> None:
        """Shows one of them."""
        self._shown, self._column = shown, column
        self._name_axes()
        self.back.setVisible(len(shown.columns) > 1)
        self._about.setText(_short(column))
        self._paint(shown, column)
        self.reset_zoom()

    def reset_zoom(self) -> None:
        """Shows all of it again."""
        self.plot.free = False
        if self._column is not None:
            edges, most = self._column.edges, int(self._column.counts.sum(axis=0).max())
            self.plot.show_range((float(edges[0]), float(edges[-1])), (0, ROOM * max(1, most)))

    def restyle(self) -> None:
        """The colours are others."""
        self.plot.restyle()
        if self._shown is not None and self._column is not None:
            self._paint(self._shown, self._column)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._key.setVisible(self.width() >= theme.px(NARROW))
        self._name_axes()

    def words_at(self, at: QPointF) -> str:
        """The bar at a place of the plot."""
        if self._shown is None or self._column is None:
            return ""
        place = int(np.searchsorted(self._column.edges, at.x(), "right")) - 1
        return bin_words(self._shown, self._column, place) if 0 <= place < self._column.counts.shape[1] else ""

    def _name_axes(self) -> None:
        """The titles of the axes, shortened where the plot is narrow."""
        if self._shown is not None and self._column is not None:
            room = max(40, self.plot.width() - theme.px(50))
            name = QFontMetricsF(theme.font(11)).elidedText(self._column.name, Qt.TextElideMode.ElideMiddle, room)
            self.plot.name_axes(bottom=name, left=self._shown.counted)

    def _paint(self, shown: Histograms, column: Histogram) -> None:
        for item in self._bars:
            self.plot.removeItem(item)
        below = np.cumsum(column.counts, axis=0) - column.counts
        line = pg.mkPen(theme.current().panel)
        self._bars = [
            pg.BarGraphItem(
                x0=column.edges[:-1], x1=column.edges[1:], y0=low, height=counts, brush=colour, pen=line
            )
            for counts, low, colour in zip(column.counts, below, group_colours(shown), strict=True)
        ]  # fmt: skip
        for item in self._bars:
            self.plot.addItem(item)
        self._mean.setPen(pg.mkPen(theme.current().text, style=Qt.PenStyle.DashLine))
        self._mean.setValue(column.mean)
        self._key.show_entries((*_entries(shown, column), Entry("line", theme.current().text, tr("mean"))))


class HistogramView(DataView):
    """Several histograms; where there is only one it is large."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Histograms | None = None
        self._opened: str | None = None  # the name of the column that is shown large
        self.multiples, self.large, self._pages = Multiples(), Large(), QStackedWidget()
        self._pages.addWidget(Scroller(self.multiples))
        self._pages.addWidget(self.large)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)
        self.multiples.said.connect(self.said)
        self.multiples.chosen.connect(self.open_column)
        self.large.plot.hovered.connect(self._hover)
        self.large.back.clicked.connect(self.close_column)

    def show_answer(self, outcome: Histograms) -> None:
        self._shown = outcome
        self.multiples.show_histograms(outcome)
        names = [column.name for column in outcome.columns]
        if len(names) == 1:
            self.open_column(0)
        elif self._opened in names:
            self.open_column(names.index(self._opened))
        else:
            self.close_column()

    def open_column(self, number: int) -> None:
        """Shows one of them large."""
        if self._shown is not None:
            column = self._shown.columns[number]
            self._opened = column.name
            self.large.show_column(self._shown, column)
            self._pages.setCurrentIndex(1)
            self.titled.emit()

    def close_column(self) -> None:
        """Shows all of them."""
        self._opened = None
        self._pages.setCurrentIndex(0)
        self.titled.emit()

    def reset_zoom(self) -> None:
        self.large.reset_zoom()

    def restyle(self) -> None:
        self.large.restyle()
        self.multiples.fit()

    def sub(self) -> str:
        if self._shown is None:
            return ""
        columns = self._shown.columns
        return columns[0].name if len(columns) == 1 else tr("{} columns").format(numbers.count(len(columns)))

    def data(self) -> dict[str, Any]:
        if self._shown is None:
            return {}
        columns = self._shown.columns
        return {
            "names": tuple(each.name for each in columns), "groups": self._shown.groups,
            "counts": [each.counts for each in columns], "edges": [each.edges for each in columns],
            **{name: np.array([getattr(each, field) for each in columns]) for name, field in STATISTICS.items()},
        }  # fmt: skip

    def table(self) -> list[list[Any]]:
        if self._shown is None:
            return []
        rows = [[each.name, *(getattr(each, field) for field in STATISTICS.values())] for each in self._shown.columns]
        return [["column", *STATISTICS], *rows]

    def _hover(self, at: QPointF | None) -> None:
        self.said.emit("" if at is None else self.large.words_at(at))


class ColumnsView(HistogramView):
    """The inputs of the training part."""

    title = "columns"
    tip = "How often values occur in each input of the training part, as they are before scaling"


class TargetsView(HistogramView):
    """The values to be predicted."""

    title = "targets"
    tip = "How often the values occur that are to be predicted, in both parts"

    @classmethod
    def suits(cls, project: Project) -> bool:
        return project.data.classes is None


STATISTICS = {"count": "count", "min": "low", "max": "high", "mean": "mean", "std": "deviation"}
"""What is said of a column, and where it stands in a histogram."""


def _entries(shown: Histograms, column: Histogram) -> tuple[Entry, ...]:
    if len(shown.groups) == 1:
        return ()
    counts = column.counts.sum(axis=1)
    return tuple(
        Entry(symbol(number) if shown.by_class else "s", colour, name, numbers.count(count))
        for number, (name, colour, count) in enumerate(zip(shown.groups, group_colours(shown), counts, strict=True))
    )


def _short(column: Histogram) -> str:
    """A column in a line."""
    said = tr("{} to {}, mean {}, std {}")
    ends = as_given(column.low), as_given(column.high)
    return said.format(*ends, numbers.short(column.mean), numbers.short(column.deviation))
