"""pyqtgraph in the program's looks: one plot class, and axes whose numbers do not collide."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF

from engine.lazy import Array, np
from gui import numbers, theme

pg.setConfigOptions(antialias=False, imageAxisOrder="row-major", useOpenGL=False)


class NumberAxis(pg.AxisItem):
    """Plain numbers as the program writes them, as many as have room; whole ones where ``whole``."""

    def __init__(self, side: str, whole: bool = False) -> None:
        super().__init__(side)
        self._whole = whole
        self.enableAutoSIPrefix(False)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        levels: list[tuple[float, list[float]]] = super().tickValues(low, high, size)
        if not levels:
            return levels
        spacing, values = levels[0]
        metrics = QFontMetricsF(theme.font(10))
        across = self.orientation in ("bottom", "top")
        texts = self.tickStrings(values, 1.0, spacing) if across else []
        room = max(map(metrics.horizontalAdvance, texts), default=0.0) + theme.px(6) if across else metrics.height()
        every = max(1, math.ceil(room * (high - low) / max(size * spacing, 1e-300)))
        return [(spacing * every, [each for each in values if round(each / spacing) % every == 0])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self._whole:
            return [numbers.count(value) if float(value).is_integer() else "" for value in values]
        return [numbers.tick(value) for value in values]


class LogAxis(pg.AxisItem):
    """For values that are drawn as their log10: a number at each power of ten, more where there are few of them."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.enableAutoSIPrefix(False)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        decades = range(math.floor(low), math.ceil(high) + 1)
        inside = [float(each) for each in decades if low <= each <= high]
        every = max(1, math.ceil(len(inside) * 22 / max(size, 1)))
        if len(inside) >= 2:
            return [(float(every), inside[::every])]
        steps = (1, 2, 5) if high - low > 0.25 else (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
        finer = [each + math.log10(step) for each in decades for step in steps]
        return [(1.0, [each for each in finer if low <= each <= high])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [numbers.short(10**value) for value in values]


class NameAxis(pg.AxisItem):
    """A name at the middle of each row; every second one, or fewer, where there is no room for all."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._names: tuple[str, ...] = ()

    def set_names(self, names: tuple[str, ...]) -> None:
        """The names of the rows 0, 1, 2 ..."""
        if names != self._names:
            self._names = names
            self.picture = None
            self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        low, high = min(low, high), max(low, high)  # an axis that runs downwards is given the other way round
        rows = [row for row in range(len(self._names)) if low <= row + 0.5 <= high]
        every = max(1, math.ceil(len(rows) * theme.px(13) / max(size, 1)))
        return [(1.0, [row + 0.5 for row in rows[::every]])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [_middle_elided(self._names[int(value)], 14) for value in values]


class UnitAxis(pg.AxisItem):
    """Numbers units at the middle of their cells, as many as there is room for; one more column can have a name."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._count, self._extra, self._span = 0, "", 1

    def set_units(self, count: int, extra: str = "", span: int = 1) -> None:
        """How many units there are, each so many cells wide, and what stands in the second cell after them."""
        if (count, extra, span) != (self._count, self._extra, self._span):
            self._count, self._extra, self._span = count, extra, span
            self.picture = None
            self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        low, high = min(low, high), max(low, high)
        shown = [unit for unit in range(self._count) if low <= self._middle(unit) <= high]
        room = theme.px(26) * (high - low) / max(size, 1) / max(self._span, 1)  # units that a number needs
        every = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 100_000) if step >= room)
        places = [self._middle(unit) for unit in shown if unit % every == 0]
        extra = self._end + 1.5
        if self._extra and low <= extra <= high:
            places = [*(place for place in places if extra - place >= 1.2 * room * self._span), extra]
        return [(1.0, places)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [self._extra if value > self._end else numbers.count(int(value // self._span)) for value in values]

    @property
    def _end(self) -> float:
        """Where the units end; between tiles there is a gap, behind the last one there is none."""
        return self._count * self._span - (self._span > 1)

    def _middle(self, unit: int) -> float:
        return unit * self._span + (self._span - (self._span > 1)) / 2


class Plot(pg.PlotWidget):
    """A plot on the panel's ground. Ranges are set by the panel until somebody zooms; ``hovered`` gives the point under
    the pointer in the plot's coordinates, or None.
    """

    hovered = Signal(object)
    clicked = Signal(object)
    double_clicked = Signal()

    def __init__(self, left: pg.AxisItem, bottom: pg.AxisItem, spoken: str) -> None:
        super().__init__(axisItems={"left": left, "bottom": bottom})
        self.setAccessibleName(spoken)
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMinimumSize(80, 60)
        self.free = False  # whether somebody has zoomed
        self.has_cursor = True  # whether a line follows the pointer
        self._titles: dict[str, str] = {}
        self.box = self.getPlotItem().getViewBox()
        self.box.setDefaultPadding(0.0)
        self.box.sigRangeChangedManually.connect(self._set_free)
        self.cursor_line = pg.InfiniteLine(angle=90, movable=False)
        self.cursor_line.setVisible(False)
        self.addItem(self.cursor_line, ignoreBounds=True)
        self.scene().sigMouseMoved.connect(self._moved)
        self.scene().sigMouseClicked.connect(self._pressed)

    def name_axes(self, **titles: str) -> None:
        """Titles of the axes, by side."""
        self._titles = titles
        self.restyle()

    def show_range(self, x: tuple[float, float], y: tuple[float, float], anyway: bool = False) -> None:
        """Shows this range, unless somebody has zoomed."""
        if anyway or not self.free:
            self.free = False
            self.box.setRange(xRange=x, yRange=y, padding=0.0, disableAutoRange=True)

    def restyle(self) -> None:
        """Takes over colours and text scale."""
        colours = theme.current()
        self.setBackground(colours.panel)
        self.getPlotItem().layout.setContentsMargins(0, theme.px(6), theme.px(6), 0)  # room for half a number
        self.cursor_line.setPen(pg.mkPen(colours.text, width=1, style=Qt.PenStyle.DashLine))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(colours.line))
            axis.setTextPen(pg.mkPen(colours.secondary))
            length = 0 if isinstance(axis, NameAxis | UnitAxis) else -4
            axis.setStyle(tickFont=theme.font(10), tickLength=length, tickTextOffset=5, maxTickLevel=0)
            if title := self._titles.get(side):
                axis.setLabel(title, **{"color": colours.secondary.name(), "font-size": f"{theme.px(11)}px"})

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)

    def _set_free(self, *_: object) -> None:
        self.free = True

    def _moved(self, at: QPointF) -> None:
        inside = self.box.sceneBoundingRect().contains(at)
        self.hovered.emit(self.box.mapSceneToView(at) if inside else None)

    def _pressed(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.box.sceneBoundingRect().contains(event.scenePos()):
            return
        if event.double():
            self.double_clicked.emit()
        else:
            self.clicked.emit(self.box.mapSceneToView(event.scenePos()))


def pixels(colours: Array) -> Array:
    """Pictures' pixels (0xAARRGGBB, any shape) as bytes (..., 4) in the order red, green, blue, opacity."""
    shifts = np.array([16, 8, 0, 24], np.uint32)
    return ((colours[..., None] >> shifts) & 0xFF).astype(np.uint8)


def pen(colour: QColor, width: float = 1.0) -> Any:
    """A pen for a curve."""
    return pg.mkPen(colour, width=width)


def binned(values: Array, bins: int, how: Callable[[Array, Array], Array]) -> Array:
    """Values (N, ...) in at most ``bins`` neighbouring groups along the first axis; ``how`` is a ``reduceat``."""
    if len(values) <= bins:
        return values
    return how(values, np.arange(bins) * len(values) // bins)


def _middle_elided(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 5]}…{name[-4:]}"
