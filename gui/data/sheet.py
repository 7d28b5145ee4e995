"""A table of any number of rows that reads out the cell under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHeaderView, QTableView

from gui import theme

MEASURED = 16  # rows by which the widths of the columns are judged
NARROWEST, WIDEST = 40, 170
MOST_MEASURED = 80  # columns


class Sheet(QTableView):
    """``hovered`` gives the cell under the pointer, an invalid index where there is none."""

    hovered = Signal(QModelIndex)

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        for view in (self, self.horizontalHeader()):
            view.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # long names differ at their ends
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def fit(self) -> None:
        """Rows and columns as large as their texts, by the first of them."""
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(theme.px(20))
        model = self.model()
        rows = range(min(MEASURED, model.rowCount()))
        for column in range(min(MOST_MEASURED, model.columnCount())):
            texts = [str(model.index(row, column).data()) for row in rows]
            texts.append(str(model.headerData(column, Qt.Orientation.Horizontal)) + "  ")
            mark = model.rowCount() > 0 and model.index(0, column).data(Qt.ItemDataRole.DecorationRole) is not None
            wide = max(map(self.fontMetrics().horizontalAdvance, texts)) + theme.px(16 + 14 * mark)
            self.setColumnWidth(column, min(max(wide, theme.px(NARROWEST)), theme.px(WIDEST)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.hovered.emit(self.indexAt(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(QModelIndex())
