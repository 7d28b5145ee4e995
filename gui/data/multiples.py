"""Small histograms beside and below each other, one for each column."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from engine.data.histogram import Histogram
from engine.data.summary import Histograms
from engine.lazy import np
from gui import numbers, theme
from gui.data.painted import Painted, elided
from gui.data.rows import as_given
from gui.data.view import tr

WIDE, TALL = 134, 84  # pixels that a histogram needs at least
GAP, LINE = 12, 13
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
CHOOSE = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Multiples(Painted):
    """Each with its name, its smallest and largest value, its mean (a line), its deviation and how many there are."""

    chosen = Signal(int)  # the number of a column

    def __init__(self) -> None:
        super().__init__(tr("Histograms"), tr("How often values occur in each column; a click shows one large"))
        self._shown: Histograms | None = None
        self._current = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_histograms(self, shown: Histograms) -> None:
        """Shows these."""
        self._shown, self._current = shown, min(self._current, len(shown.columns) - 1)
        self.fit()

    def height_for(self, width: int) -> int:
        return theme.px(TALL) * self._rows(width)

    def area_of(self, number: int) -> QRectF:
        """Where a column's histogram stands, with its words."""
        across = self._across(self.width())
        wide, tall = self.width() / across, max(theme.px(TALL), self.height() / self._rows(self.width()))
        return QRectF((number % across) * wide, (number // across) * tall, wide - theme.px(GAP), tall - theme.px(6))

    def words_at(self, at: QPointF) -> str:
        number = self._number_at(at)
        if number is None or self._shown is None:
            return ""
        column, bars = self._shown.columns[number], self._bars(number)
        place = int((at.x() - bars.left()) / bars.width() * column.counts.shape[1] // 1)
        inside = bars.top() <= at.y() <= bars.bottom() and 0 <= place < column.counts.shape[1]
        return bin_words(self._shown, column, place) if inside else about(column)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._shown is None:
            return
        painter = QPainter(self)
        painter.setFont(theme.font(10))
        for number, column in enumerate(self._shown.columns):
            if self.area_of(number).intersects(QRectF(event.rect())):
                self._paint(painter, number, column)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and number is not None:
            self._current = number
            self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, across = Qt.Key(event.key()), self._across(self.width())
        step = {**STEPS, Qt.Key.Key_Up: -across, Qt.Key.Key_Down: across}.get(key)
        if self._shown is None or (step is None and key not in CHOOSE):
            super().keyPressEvent(event)
        elif step is None:
            self.chosen.emit(self._current)
        else:
            self._current = max(0, min(len(self._shown.columns) - 1, self._current + step))
            self.said.emit(about(self._shown.columns[self._current]))
            self.update()

    def _across(self, width: int) -> int:
        count = 1 if self._shown is None else len(self._shown.columns)
        return max(1, min(count, width // theme.px(WIDE)))

    def _rows(self, width: int) -> int:
        return 1 if self._shown is None else -(-len(self._shown.columns) // self._across(width))

    def _number_at(self, at: QPointF) -> int | None:
        if self._shown is None:
            return None
        first = self.area_of(0)
        across = self._across(self.width())
        column, row = int(at.x() * across // max(1, self.width())), int(at.y() // (first.height() + theme.px(6)))
        number = row * across + column
        return number if 0 <= column < across and 0 <= number < len(self._shown.columns) else None

    def _bars(self, number: int) -> QRectF:
        """Where a column's bars stand."""
        area, line = self.area_of(number), theme.px(LINE)
        return area.adjusted(2, line + 2, -2, -2 * line - 3)

    def _paint(self, painter: QPainter, number: int, column: Histogram) -> None:
        assert self._shown is not None
        colours, area, bars, line = theme.current(), self.area_of(number), self._bars(number), theme.px(LINE)
        paint_bars(painter, bars, column, group_colours(self._shown))
        painter.setPen(QPen(colours.secondary, 1))
        painter.drawLine(bars.bottomLeft(), bars.bottomRight())
        middle = bars.left() + bars.width() * _share(column, column.mean)
        painter.setPen(QPen(colours.text, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(middle, bars.top()), QPointF(middle, bars.bottom()))
        painter.setPen(colours.text)
        name = QRectF(bars.left(), area.top(), bars.width(), line)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, elided(painter, column.name, name.width()))
        painter.setPen(colours.secondary)
        ends = QRectF(bars.left(), bars.bottom() + 2, bars.width(), line)
        painter.drawText(ends, Qt.AlignmentFlag.AlignLeft, as_given(column.low))
        painter.drawText(ends, Qt.AlignmentFlag.AlignRight, as_given(column.high))
        painter.drawText(ends, Qt.AlignmentFlag.AlignHCenter, _counted(column))
        text = tr("mean {}, std {}").format(numbers.short(column.mean), numbers.short(column.deviation))
        below = ends.translated(0, line)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, elided(painter, text, below.width()))
        if self.hasFocus() and number == self._current:
            painter.setPen(QPen(colours.accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(-1, 0, 1, 2))


def paint_bars(painter: QPainter, area: QRectF, column: Histogram, colours: tuple[QColor, ...]) -> None:
    """The bars of a histogram, those of its groups on each other."""
    edges = area.left() + area.width() * (column.edges - column.edges[0]) / (column.edges[-1] - column.edges[0])
    scale = area.height() / max(1, int(column.counts.sum(axis=0).max()))
    tops = area.bottom() - scale * np.cumsum(column.counts, axis=0)
    for number in reversed(range(len(colours))):  # each behind the one that it stands on
        for left, right, top in zip(edges[:-1], edges[1:], tops[number], strict=True):
            bar = QRectF(left + 0.5, top, max(1.0, right - left - 1), area.bottom() - top)
            painter.fillRect(bar, colours[number])


def group_colours(shown: Histograms) -> tuple[QColor, ...]:
    """A colour for each group."""
    colours = theme.current()
    if shown.by_class:
        return tuple(colours.of_class(number, len(shown.groups)) for number in range(len(shown.groups)))
    return (colours.accent, colours.error)[: len(shown.groups)]


def about(column: Histogram) -> str:
    """A column in words, with all digits."""
    said = tr("{}: {} values from {} to {}, mean {}, standard deviation {}")
    four = (numbers.full(each) for each in (column.low, column.high, column.mean, column.deviation))
    return said.format(column.name, numbers.count(column.count), *four)


def bin_words(shown: Histograms, column: Histogram, place: int) -> str:
    """A bar in words: the values that it stands for, how many there are, and in which groups."""
    low, high = (numbers.tick(round(float(each), 12)) for each in column.edges[place : place + 2])
    values = numbers.tick(float(column.middles[place])) if column.single else tr("{} to below {}").format(low, high)
    counts = column.counts[:, place]
    total = numbers.plural(int(counts.sum()), tr("value"), tr("values"))
    share = numbers.short(100 * float(counts.sum()) / column.count)
    parts = [f"{name} {numbers.count(each)}" for name, each in zip(shown.groups, counts, strict=True) if name and each]
    said = tr("{}, {}: {}, {} %").format(column.name, values, total, share)
    return f"{said} ({', '.join(parts)})" if len(shown.groups) > 1 and parts else said


def _counted(column: Histogram) -> str:
    return tr("n = {}").format(numbers.count(column.count))


def _share(column: Histogram, value: float) -> float:
    """How far from the left end a value stands."""
    return float((value - column.edges[0]) / (column.edges[-1] - column.edges[0]))
