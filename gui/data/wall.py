"""Samples that are images, in rows as wide as there is room for; each is painted when it comes into sight."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from engine.data.summary import Rows
from engine.lazy import Array, np
from gui import numbers, pictures, theme
from gui.data.rows import as_given, part_name, target_words
from gui.data.view import tr

Index = QModelIndex | QPersistentModelIndex
PICTURE, LINE, GAP = 48, 13, 8  # pixels: side of a picture, height of a line below it, room around both
WIDE = 76  # of a cell: its words need more than its picture


class WallModel(QAbstractTableModel):
    """So many samples beside each other; ``order`` is that in which they are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Rows | None = None
        self.order: Array = np.zeros(0, int)
        self._columns = 1

    def show_rows(self, rows: Rows) -> None:
        """Other samples."""
        self.beginResetModel()
        self.rows, self.order = rows, np.arange(len(rows))
        self.endResetModel()

    def set_columns(self, count: int) -> None:
        """So many beside each other."""
        if count != self._columns:
            self.beginResetModel()
            self._columns = count
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else -(-len(self.order) // self._columns)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._columns

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        sample = self.sample(index)
        return self.caption(sample) if role == Qt.ItemDataRole.DisplayRole and sample is not None else None

    def sample(self, index: Index) -> int | None:
        """The number of the sample in a cell."""
        place = index.row() * self._columns + index.column()
        return int(self.order[place]) if index.isValid() and place < len(self.order) else None

    def caption(self, sample: int) -> str:
        """What is said of a sample under the pointer."""
        assert self.rows is not None
        image = self.rows.inputs[sample]
        name = tr("sample {} ({})").format(numbers.count(sample), part_name(self.rows, sample))
        low, high = numbers.short(float(image.min())), numbers.short(float(image.max()))
        size = numbers.shape(image.shape)
        said = tr("{}: {}; {}, values from {} to {}")
        return said.format(name, target_words(self.rows, sample, numbers.full), size, low, high)


class Painter(QStyledItemDelegate):
    """A picture with its class and its part below."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model: Any = index.model()
        sample, rows, colours = model.sample(index), model.rows, theme.current()
        if sample is None or rows is None:
            return
        area, side, line = QRectF(option.rect), theme.px(PICTURE), theme.px(LINE)
        height, width = rows.inputs.shape[2:]
        scale = side / max(height, width)
        frame = QRectF(area.center().x() - width * scale / 2, area.top() + 2, width * scale, height * scale)
        pictures.draw_nearest(painter, frame, pictures.sample(rows.inputs[sample], colours))
        painter.setPen(colours.line)
        painter.drawRect(frame)
        painter.setFont(theme.font(10))
        texts = (target_words(rows, sample, as_given), part_name(rows, sample))
        for number, (text, colour) in enumerate(zip(texts, (colours.text, colours.secondary), strict=True)):
            below = QRectF(area.left() + 2, area.top() + side + 4 + number * line, area.width() - 4, line)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(below.width()))
            painter.setPen(colour)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, shown)


class Wall(QTableView):
    """The pictures; reads out the one under the pointer."""

    hovered = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
        self.pictures = WallModel()
        self.setModel(self.pictures)
        self.setItemDelegate(Painter(self))
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # else its coming changes the columns
        self.setAccessibleName(tr("Samples"))
        self.setToolTip(tr("Every image with its class and its part"))
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setMinimumSectionSize(1)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def fit(self) -> None:
        """As many beside each other as there is room for."""
        room = max(1, self.viewport().width())
        count = max(1, room // theme.px(WIDE))
        self.verticalHeader().setDefaultSectionSize(theme.px(PICTURE + 2 * LINE + GAP))
        self.horizontalHeader().setDefaultSectionSize(room // count)
        self.pictures.set_columns(count)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.hovered.emit(self.indexAt(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(QModelIndex())
