"""The confusion matrix: what samples of each class are taken for. A click on a cell lists its samples."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from engine.predictions.outcomes import Confusion
from gui import numbers, theme
from gui.prediction.gallery import Gallery, judged_table
from gui.prediction.view import Prediction, tr

Cell = tuple[int, int]  # true class, predicted class
STEPS = {
    Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
}  # fmt: skip
STRONGEST = 0.8  # opacity of a cell that holds its whole row


class Matrix(QWidget):
    """Rows are true classes, columns what they are taken for; at the right each row's accuracy."""

    chosen = Signal(object)  # a cell
    said = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._confusion: Confusion | None = None
        self._current: Cell = (0, 0)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Confusion matrix"))
        self.setToolTip(tr("A row per true class, a column per predicted class; click a cell to see its samples"))

    def show_confusion(self, confusion: Confusion) -> None:
        """Shows these counts."""
        self._confusion = confusion
        size = len(confusion.counts)
        self._current = (min(self._current[0], size - 1), min(self._current[1], size - 1))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(240), theme.px(160))

    def area_of(self, cell: Cell) -> QRectF:
        """Where a cell stands."""
        grid, size = self._grid(), self._size()
        wide, tall = grid.width() / size, grid.height() / size
        return QRectF(grid.left() + cell[1] * wide, grid.top() + cell[0] * tall, wide, tall)

    def cell_at(self, at: QPointF) -> Cell | None:
        """The cell at a point; None beside the matrix."""
        grid, size = self._grid(), self._size()
        column = int((at.x() - grid.left()) * size / grid.width() // 1)
        row = int((at.y() - grid.top()) * size / grid.height() // 1)
        return (row, column) if 0 <= row < size and 0 <= column < size else None

    def words(self, cell: Cell) -> str:
        """A cell in words."""
        confusion = self._confusion
        if confusion is None:
            return ""
        row, column = cell
        names = confusion.judged.classes or ()
        count, total = int(confusion.counts[cell]), int(confusion.counts[row].sum())
        share = numbers.short(100 * float(confusion.row_shares[cell]))
        text = tr("{} of {} samples of class {} are taken for {}: {} %")
        return text.format(numbers.count(count), numbers.count(total), names[row], names[column], share)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._confusion is None:
            return
        painter = QPainter(self)
        painter.setFont(theme.font(10))
        size = self._size()
        for row in range(size):
            for column in range(size):
                self._paint_cell(painter, (row, column))
        self._paint_names(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.current().text, 1.5))
            painter.drawRect(self.area_of(self._current).adjusted(1, 1, -1, -1))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        self.said.emit("" if cell is None else self.words(cell))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self._current = cell
            self.chosen.emit(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in STEPS:
            row, column = (old + step for old, step in zip(self._current, STEPS[key], strict=True))
            self._current = (max(0, min(self._size() - 1, row)), max(0, min(self._size() - 1, column)))
            self.said.emit(self.words(self._current))
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._current)
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self.said.emit("")

    def _size(self) -> int:
        return 1 if self._confusion is None else len(self._confusion.counts)

    def _grid(self) -> QRectF:
        """The cells, without names and accuracies."""
        left, right, foot = theme.px(62), theme.px(48), theme.px(30)
        top = theme.px(14)
        return QRectF(left, top, max(20.0, self.width() - left - right), max(20.0, self.height() - top - foot))

    def _paint_cell(self, painter: QPainter, cell: Cell) -> None:
        assert self._confusion is not None
        colours, area = theme.current(), self.area_of(cell)
        share, count = float(self._confusion.row_shares[cell]), int(self._confusion.counts[cell])
        ground = QColor(colours.accent if cell[0] == cell[1] else colours.error)
        ground.setAlphaF(STRONGEST * share)
        inner = area.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(inner, colours.canvas)
        painter.fillRect(inner, ground)
        painter.setPen(QPen(colours.line, 1))
        painter.drawRect(inner)
        strong = share > 0.5
        painter.setPen((colours.panel if strong else colours.text) if count else colours.secondary)
        text = numbers.count(count)
        if count and area.height() >= 2.2 * theme.px(12):
            text += "\n" + tr("{} %").format(numbers.count(100 * share))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_names(self, painter: QPainter) -> None:
        """Names of rows and columns, the accuracy of each class, and what the two sides mean."""
        assert self._confusion is not None
        colours, grid, line = theme.current(), self._grid(), theme.px(13)
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(colours.secondary)
        for number, name in enumerate(self._confusion.judged.classes or ()):
            row, column = self.area_of((number, 0)), self.area_of((0, number))
            left = QRectF(0, row.top(), grid.left() - 6, row.height())
            painter.drawText(left, flags | Qt.AlignmentFlag.AlignRight, _elided(painter, name, left.width()))
            below = QRectF(column.left(), grid.bottom() + 2, column.width(), line)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, _elided(painter, name, below.width()))
            hit = numbers.short(float(self._confusion.row_shares[number, number]))
            if not self._confusion.counts[number].sum():
                hit = "–"
            painter.drawText(QRectF(grid.right() + 6, row.top(), 60, row.height()), flags, hit)
        painter.drawText(QRectF(0, 0, grid.left() - 6, line), flags | Qt.AlignmentFlag.AlignRight, tr("true"))
        painter.drawText(QRectF(grid.right() + 6, 0, theme.px(48), line), flags, tr("accuracy"))
        foot = QRectF(grid.left(), grid.bottom() + line + 2, grid.width(), line)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, tr("predicted"))


class ConfusionView(Prediction):
    """The matrix, or the samples of one of its cells."""

    title = "confusion"
    tip = "What samples of each class are taken for; click a cell to see them"

    def __init__(self) -> None:
        super().__init__()
        self._confusion: Confusion | None = None
        self._cell: Cell | None = None
        self.matrix, self._gallery = Matrix(), Gallery()
        self._about = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._about.setProperty("role", "caption")
        self._back = QToolButton(text=tr("← matrix"))
        self._back.setProperty("role", "link")
        self._back.setAccessibleName(tr("Back to the matrix"))
        self._back.setToolTip(tr("Back to the matrix"))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.matrix)
        self._pages.addWidget(self._members())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)
        self.matrix.said.connect(self.said)
        self.matrix.chosen.connect(self.open_cell)
        self._gallery.wall.said.connect(self.said)
        self._back.clicked.connect(self.reset_zoom)

    def open_cell(self, cell: Cell) -> None:
        """Lists the samples of a cell."""
        self._cell = cell
        self._pages.setCurrentIndex(1)
        self._list()

    def reset_zoom(self) -> None:
        self._cell = None
        self._pages.setCurrentIndex(0)

    def show_answer(self, outcome: Confusion) -> None:
        if self._cell is not None and max(self._cell) >= len(outcome.counts):
            self.reset_zoom()
        self._confusion = outcome
        self.matrix.show_confusion(outcome)
        self._list()
        self.titled.emit()

    def restyle(self) -> None:
        self.forget()
        self.matrix.update()

    def forget(self) -> None:
        self._gallery.wall.forget()

    def sub(self) -> str:
        if self._confusion is None:
            return ""
        held = bool(self._confusion.judged.held_out.any())
        part = tr("validation") if held else tr("training")
        accuracy = numbers.short(self._confusion.accuracy)
        judged = self._confusion.judged
        if len(judged) < judged.total:
            part = tr("{}, {} of {}").format(part, numbers.count(len(judged)), numbers.count(judged.total))
        return tr("{}: accuracy {}").format(part, accuracy)

    def data(self) -> dict[str, Any]:
        confusion = self._confusion
        if confusion is None:
            return {}
        rows: dict[str, Any] = {
            "counts": confusion.counts, "row_shares": confusion.row_shares,
            "accuracy": confusion.accuracy, "class_accuracy": confusion.row_shares.diagonal(),
            "classes": confusion.judged.classes, "validation": bool(confusion.judged.held_out.any()),
            "total": confusion.judged.total,
        }  # fmt: skip
        if self._cell is not None:
            rows |= {"cell": self._cell, "samples": confusion.judged.numbers[confusion.members(*self._cell)]}
        return rows

    def table(self) -> list[list[Any]]:
        confusion = self._confusion
        if confusion is None:
            return []
        if self._cell is not None:
            return judged_table(confusion.judged, confusion.members(*self._cell))
        names = confusion.judged.classes or ()
        counted = zip(names, confusion.counts, confusion.row_shares.diagonal(), strict=True)
        rows = [[name, *map(int, counts), float(accuracy)] for name, counts, accuracy in counted]
        return [["true \\ predicted", *names, "accuracy"], *rows]

    def _members(self) -> QWidget:
        """The page of a cell's samples."""
        page, head = QWidget(), QHBoxLayout()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        head.addWidget(self._back)
        head.addWidget(self._about, 1)
        column.addLayout(head)
        column.addWidget(self._gallery, 1)
        return page

    def _list(self) -> None:
        if self._confusion is None or self._cell is None:
            return
        places = self._confusion.members(*self._cell)
        names = self._confusion.judged.classes or ()
        text = tr("true {}, taken for {}: {}")
        samples = numbers.plural(len(places), tr("sample"), tr("samples"))
        self._about.setText(text.format(names[self._cell[0]], names[self._cell[1]], samples))
        self._gallery.wall.show_samples(self._confusion.judged, [int(place) for place in places])


def _elided(painter: QPainter, text: str, width: float) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width))
