"""What every block gives out for one sample, one below the other: vectors as strips, feature maps as tiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.lazy import Array, np
from gui import numbers, pictures, theme
from gui.prediction.view import tr

NAME, STRIP, TILE, GAP, BELOW = 13, 9, 16, 1, 5  # pixels: of a name, a strip, the side of a tile, around tiles, a row


@dataclass(frozen=True)
class Row:
    """A block's values: one picture for each of its feature maps, or a single one for a vector."""

    name: str
    values: Array  # (maps, rows, columns)
    areas: tuple[QRectF, ...]  # of the maps
    top: float
    limit: float  # the largest magnitude, at which the colours end
    flat: bool

    @property
    def bottom(self) -> float:
        return self.areas[-1].bottom()


class Activations(QWidget):
    """``said`` reads out the value under the pointer. Every block has its own scale, whose end is written beside it."""

    said = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._shown: Mapping[str, Array] = {}
        self.rows: tuple[Row, ...] = ()
        self._at: QPointF | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName(tr("What every block gives out"))
        self.setToolTip(tr("What every block gives out for the drawing; the number is the end of its colours"))

    def show_activations(self, activations: Mapping[str, Array]) -> None:
        """Shows other values, by the names of the blocks from left to right."""
        self._shown = activations
        self._lay_out()
        if self._at is not None:
            self.said.emit(self.words_at(self._at))

    def words_at(self, at: QPointF) -> str:
        """The value at a point, in words; empty beside the pictures."""
        for row in self.rows:
            for number, area in enumerate(row.areas):
                if area.contains(at):
                    return self._words(row, number, area, at)
        return ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._at = event.position()
        self.said.emit(self.words_at(self._at))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._at = None
        self.said.emit("")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.current()
        painter.setFont(theme.font(10))
        for row in self.rows:
            if row.bottom < event.rect().top() or row.top > event.rect().bottom():
                continue
            painter.setPen(colours.secondary)
            line = QRectF(0, row.top, self.width(), theme.px(NAME))
            end = "±" + numbers.short(row.limit)
            room = line.width() - painter.fontMetrics().horizontalAdvance(end) - 4
            name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, name)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, end)
            for values, area in zip(row.values, row.areas, strict=True):
                fine = pictures.reduce_to(values, max(1, int(area.height())), max(1, int(area.width())))
                pictures.draw_nearest(painter, area, pictures.signed(fine, row.limit, colours))

    def _lay_out(self) -> None:
        self.rows = tuple(self._placed())
        self.setMinimumHeight(int(self.rows[-1].bottom) + 1 if self.rows else 0)
        self.update()

    def _placed(self) -> Iterator[Row]:
        """Every block below the one before it."""
        top = 0.0
        for name, values in self._shown.items():
            maps = values if values.ndim == 3 else values.reshape(1, 1, -1)
            below = top + theme.px(NAME)
            areas = self._tiles(maps, below) if values.ndim == 3 else (self._strip(below),)
            finite = np.abs(maps[np.isfinite(maps)])
            row = Row(name, maps, areas, top, float(finite.max(initial=0.0)), values.ndim != 3)
            yield row
            top = row.bottom + theme.px(BELOW)

    def _strip(self, top: float) -> QRectF:
        return QRectF(0, top, max(1, self.width() - 1), theme.px(STRIP))

    def _tiles(self, maps: Array, top: float) -> tuple[QRectF, ...]:
        """Tiles of one height beside each other, in as many lines as they need."""
        count, height, width = maps.shape
        tall = float(theme.px(TILE))
        wide = max(1.0, tall * width / height)
        columns = max(1, int((self.width() + GAP) // (wide + GAP)))
        places = (divmod(number, columns) for number in range(count))
        return tuple(QRectF(c * (wide + GAP), top + r * (tall + GAP), wide, tall) for r, c in places)

    @staticmethod
    def _words(row: Row, number: int, area: QRectF, at: QPointF) -> str:
        _, height, width = row.values.shape
        column = min(width - 1, int((at.x() - area.left()) / area.width() * width))
        line = min(height - 1, int((at.y() - area.top()) / area.height() * height))
        value = numbers.short(float(row.values[number, line, column]))
        if row.flat:
            return tr("{}, unit {}: {}").format(row.name, column, value)
        return tr("{}, map {}, row {}, column {}: {}").format(row.name, number, line, column, value)
