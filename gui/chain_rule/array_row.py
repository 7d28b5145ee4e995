"""The arrays of a moment side by side, as signed pictures with title, shape and scale."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.lazy import Array, np
from gui import numbers, pictures, theme
from gui.chain_rule.mode import tr
from gui.chain_rule.moment_arrays import Number, Shown
from gui.panels.grid import Grid

LINE, WIDEST, GAP = 15, 190, 12
MOST_CELLS = 96  # of a picture along one side
LARGEST = 26  # pixels of a cell along one side
SLIMMEST = 3.0  # how much longer one side of a cell may be than the other


class ArrayRow(QWidget):
    """``pointed`` says which array is under the pointer, ``chosen`` which number (and, of a batch, which sample) was
    clicked.
    """

    pointed = Signal(object)
    chosen = Signal(object, int)

    def __init__(self) -> None:
        super().__init__()
        self._arrays: Sequence[Shown] = ()
        self._number: Number | None = None
        self._sample = 0
        self._over: Shown | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("The arrays of this moment"))
        self.setToolTip(tr("A row for each unit, a column for each sample; click a cell to look at its number"))

    def show_arrays(self, arrays: Sequence[Shown], number: Number | None, sample: int) -> None:
        """Shows arrays; of images those of one sample. The chosen number is framed."""
        self._arrays, self._number, self._sample = arrays, number, sample
        self._point_at(None)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, theme.px(110))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, theme.px(84))

    def cell_point(self, title: str, row: int, column: int) -> QPointF:
        """The middle of a cell of the array of that title. KeyError where there is no such array."""
        for place, each in enumerate(self._arrays):
            if each.title == title:
                rows, columns = self._grid(each).cells.shape
                area = self._picture(place)
                return area.topLeft() + QPointF(
                    (column + 0.5) * area.width() / columns, (row + 0.5) * area.height() / rows
                )
        raise KeyError(title)

    # Places

    def _column(self, place: int) -> QRectF:
        wide = min(theme.px(WIDEST), (self.width() + GAP) / max(1, len(self._arrays)) - GAP)
        return QRectF(place * (wide + GAP), 0, wide, self.height())

    def _picture(self, place: int) -> QRectF:
        """As large as there is room for, with cells not too far from square; wide enough to be seen."""
        line, largest = theme.px(LINE), theme.px(LARGEST)
        room = self._column(place).adjusted(0, line + 2, 0, -line - 2)
        rows, columns = self._grid(self._arrays[place]).cells.shape
        wide, high = min(largest, room.width() / columns), min(largest, room.height() / rows)
        wide, high = min(wide, SLIMMEST * high), min(high, SLIMMEST * wide)
        return QRectF(room.left(), room.top(), max(8.0, wide * columns), max(8.0, high * rows))

    def _grid(self, each: Shown) -> Grid:
        """Units are rows and samples columns; of images those of one sample, in a square; a vector is one column."""
        array = each.array
        if each.batch:
            array = array[self._sample][:, None] if array.ndim > 2 else array.T
        return Grid(array[:, None] if array.ndim == 1 else array)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for place, each in enumerate(self._arrays):
            self._paint(painter, place, each)

    def _paint(self, painter: QPainter, place: int, each: Shown) -> None:
        colours, column, line = theme.current(), self._column(place), theme.px(LINE)
        limit = float(np.abs(each.array).max(initial=0.0))
        role = colours.backward if each.reused_by else colours.text
        _write(painter, QRectF(column.left(), 0, column.width(), line), each.title, 11.5, role, each is self._over)
        cells = pictures.reduce_to(self._grid(each).cells, MOST_CELLS, MOST_CELLS)
        area = self._picture(place)
        pictures.draw_nearest(painter, area, pictures.image(_pixels(cells, limit)))
        self._frame_chosen(painter, each, area)
        if each is self._over and each.reused_by:
            painter.setPen(QPen(colours.backward, 2))
            painter.drawRect(area.adjusted(-1, -1, 1, 1))
        scale = f"±{numbers.short(limit)}" if limit else tr("all 0")
        foot = QRectF(column.left(), area.bottom() + 2, column.width(), line)
        _write(painter, foot, f"{scale}  {numbers.shape(each.array.shape)}", 11, colours.secondary, bold=False)

    def _frame_chosen(self, painter: QPainter, each: Shown, area: QRectF) -> None:
        if self._number is None or each.parameter != self._number.parameter:
            return
        grid = self._grid(each)
        row, column = grid.place(self._full_index(each, self._number))
        rows, columns = grid.cells.shape
        wide, high = area.width() / columns, area.height() / rows
        cell = QRectF(area.left() + column * wide, area.top() + row * high, wide, high)
        spare = max(0.0, (5 - min(wide, high)) / 2)
        painter.setPen(QPen(theme.current().text, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(cell.adjusted(-spare, -spare, spare, spare))

    def _full_index(self, each: Shown, number: Number) -> tuple[int, ...]:
        """The index of a number in the grid's array."""
        if not each.batch:
            return (*number.index, 0) if each.array.ndim == 1 else number.index
        if each.array.ndim == 2:
            return (*number.index, self._sample)
        channel, *inside = number.index
        return (channel, 0, *inside)

    # Pointing

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        each = self._at(event.position())
        index = self._index_at(event.position()) if each else None
        if each is None or index is None or each.parameter is None or event.button() != Qt.MouseButton.LeftButton:
            return
        number, sample = self._number_at(each, index)
        self.chosen.emit(number, sample)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._words(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _at(self, point: QPointF) -> Shown | None:
        return next(
            (each for place, each in enumerate(self._arrays) if self._column(place).contains(point)),
            None,
        )

    def _index_at(self, point: QPointF) -> tuple[int, ...] | None:
        """The index in the grid's array of the cell under a point."""
        for place, each in enumerate(self._arrays):
            area = self._picture(place)
            if area.contains(point):
                grid = self._grid(each)
                rows, columns = grid.cells.shape
                row = int((point.y() - area.top()) * rows / area.height())
                return grid.index(row, int((point.x() - area.left()) * columns / area.width()))
        return None

    def _number_at(self, each: Shown, index: tuple[int, ...]) -> tuple[Number, int]:
        """The number at an index of the grid's array, and its sample."""
        parameter = each.parameter or ""
        if not each.batch:
            return Number(parameter, index[:1] if each.array.ndim == 1 else index), self._sample
        if each.array.ndim == 2:
            return Number(parameter, index[:1]), index[1]
        return Number(parameter, (index[0], *index[2:])), self._sample

    def _words(self, point: QPointF) -> str:
        """What hovering says: the number with all its digits, and what an array is a factor of."""
        each, index = self._at(point), self._index_at(point)
        if each is None:
            return self.toolTip()
        lines = [each.title]
        if index is not None:
            number, sample = self._number_at(each, index)
            place = (sample, *number.index) if each.batch else number.index
            where = tr("sample {}, ").format(sample) if each.batch else ""
            lines.append(f"{where}{list(number.index)} = {numbers.full(float(each.array[place]))}")
        if each.reused_by:
            lines.append(tr("part of the gradients of {}").format(", ".join(each.reused_by)))
        return "\n".join(lines)

    def _point_at(self, each: Shown | None) -> None:
        if each is not self._over:
            self._over = each
            self.update()
            self.pointed.emit(each)


def _pixels(cells: Array, limit: float) -> Array:
    """Between tiles one sees the ground."""
    pixels = pictures.signed_pixels(cells, limit, theme.current())
    pixels[np.isnan(cells)] = theme.current().panel.rgb()
    return pixels


def _write(painter: QPainter, area: QRectF, text: str, size: float, colour: QColor, bold: bool) -> None:
    painter.setFont(theme.font(size, semibold=bold))
    painter.setPen(colour)
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)
