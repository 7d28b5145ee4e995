"""The strongest paths as a list: units, product, value and share, each with its line as it is drawn on the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import numbers, theme
from gui.canvas.paths_item import colour, pen
from gui.chain_rule import words
from gui.chain_rule.mode import tr

if TYPE_CHECKING:
    from gui.chain_rule.answer import Answer, PathShown

ROW, EDGE, SPACE = 20, 8, 8
SAMPLE, BAR, LONGEST_BAR = 26, 44, 160  # widths of the line's sample and of the bar
EQUALS = " ="
WIDEST = 0.3  # of the row that the units may take

Place = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Row:
    """A path in words. ``size`` is its share compared with the largest one."""

    units: list[str]
    product: list[str]
    value: str
    percent: str
    size: float
    sign: int
    hint: str

    @property
    def spoken(self) -> str:
        """All of it in one line."""
        return tr("units {}: {} = {}, {}").format("".join(self.units), "".join(self.product), self.value, self.percent)


def rows(answer: Answer) -> list[Row]:
    """The listed paths in words, the strongest first."""
    from gui.chain_rule.answer import along

    return [
        Row(
            words.units(path),
            words.in_brackets(along(path, answer.tiles)),
            words.signed(path.value),
            words.percent(path.share),
            size(path, answer),
            sign(path),
            tr("{}\nvalue {}, {} of the sizes of all paths").format(
                words.way(path), numbers.full(path.value), words.percent(path.share)
            ),
        )
        for path in answer.paths
    ]


def size(path: PathShown, answer: Answer) -> float:
    """A path's share compared with that of the strongest, 0 to 1."""
    strongest = answer.paths[0].share
    return min(1.0, path.share / strongest) if strongest > 0 else 0.0


def sign(path: PathShown) -> int:
    """-1, 0 or 1."""
    return (path.value > 0) - (path.value < 0)


class PathRows(QAbstractListModel):
    """The rows of an answer; further answers change them where they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []

    def show_rows(self, shown: list[Row]) -> None:
        """Other rows in place of those that are shown."""
        before, after = len(self.rows), len(shown)
        if after < before:
            self.beginRemoveRows(QModelIndex(), after, before - 1)
            del self.rows[after:]
            self.endRemoveRows()
        elif after > before:
            self.beginInsertRows(QModelIndex(), before, after - 1)
            self.rows += shown[before:]
            self.endInsertRows()
        self.rows = shown
        if shown:
            self.dataChanged.emit(self.index(0), self.index(after - 1))

    def rowCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.spoken
        return row.hint if role == Qt.ItemDataRole.ToolTipRole else None


class PathPainter(QStyledItemDelegate):
    """Paints a row in columns; what does not fit in full is the product, which gives way first."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Place) -> QSize:
        return QSize(theme.px(200), theme.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Place) -> None:
        model = index.model()
        assert isinstance(model, PathRows)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(option.rect)
        self._paint_ground(painter, room, option.state)
        self._paint_row(painter, room.adjusted(EDGE, 0, -EDGE, 0), model.rows[index.row()], model.rows)
        painter.restore()

    @staticmethod
    def _paint_ground(painter: QPainter, room: QRectF, state: QStyle.StateFlag) -> None:
        colours = theme.current()
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(room, colours.window)
        if chosen:
            painter.fillRect(QRectF(room.left(), room.top() + 2, 3, room.height() - 4), colours.accent)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(colours.accent)
            painter.drawRect(room.adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_row(self, painter: QPainter, room: QRectF, row: Row, rows: list[Row]) -> None:
        sample, units, product, value, percent, bar = _columns(room, rows)
        colours, metrics, right = theme.current(), QFontMetricsF(theme.font(12)), Qt.AlignmentFlag.AlignRight
        painter.setPen(pen(row.size, row.sign))
        painter.drawLine(QPointF(sample.left(), sample.center().y()), QPointF(sample.right(), sample.center().y()))
        painter.setFont(theme.font(12))
        painter.setPen(colours.text)
        _write(painter, units, fitting(row.units, units.width(), metrics))
        painter.setPen(colours.secondary)
        _write(painter, percent, row.percent, right)
        _write(painter, product, fitting([*row.product, EQUALS], product.width(), metrics), right)
        painter.setFont(theme.font(12, semibold=True))
        painter.setPen(colours.text)
        _write(painter, value, row.value, right)
        painter.fillRect(bar, colours.line)
        painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * row.size, bar.height()), colour(row.sign))


def _columns(room: QRectF, rows: list[Row]) -> list[QRectF]:
    """Where the line's sample, units, product, value, share and bar stand: as wide as the widest of all rows. What is
    missing the product goes without; what is left over makes the bar longer.
    """
    plain, bold = QFontMetricsF(theme.font(12)), QFontMetricsF(theme.font(12, semibold=True))
    units = min(_widest(plain, ["".join(row.units) for row in rows]), WIDEST * room.width())
    product = _widest(plain, ["".join((*row.product, EQUALS)) for row in rows])
    value, percent = _widest(bold, [row.value for row in rows]), _widest(plain, [row.percent for row in rows])
    space = theme.px(SPACE)
    left = room.width() - theme.px(SAMPLE) - units - value - percent - 5 * space
    product = max(0.0, min(product, left - theme.px(BAR)))
    bar = min(left - product, theme.px(LONGEST_BAR))
    columns, at = [], room.left()
    for width in (theme.px(SAMPLE), units, product, value, percent):
        columns.append(QRectF(at, room.top(), width, room.height()))
        at += width + space
    height = theme.px(6)
    return [*columns, QRectF(at, room.center().y() - height / 2, bar, height)]


def _widest(metrics: QFontMetricsF, texts: list[str]) -> float:
    return max(metrics.horizontalAdvance(text) for text in texts) + 2


def _write(painter: QPainter, area: QRectF, text: str, side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> None:
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip | side, text)


def fitting(parts: list[str], width: float, metrics: QFontMetricsF) -> str:
    """As many of the parts as fit, the middle ones left out; nothing where not even the ends do."""
    wide = [metrics.horizontalAdvance(part) for part in parts]
    if sum(wide) <= width:
        return "".join(parts)
    room = width - metrics.horizontalAdvance("…")
    for left_out in range(1, len(parts) - 1):
        begin = (len(parts) - left_out) // 2
        end = begin + left_out
        if sum(wide[:begin]) + sum(wide[end:]) <= room:
            return "".join((*parts[:begin], "…", *parts[end:]))
    return ""


class PathList(QListView):
    """``chosen`` is the number of a path that was clicked or gone to by keys, ``over`` that of the one under the
    pointer, -1 for none.
    """

    chosen = Signal(int)
    over = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.paths = PathRows()
        self._filling = False
        self.setModel(self.paths)
        self.setItemDelegate(PathPainter(self))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerItem)
        self.setAccessibleName(tr("The strongest paths"))
        self.setAccessibleDescription(tr("Up and Down choose the path whose factors are shown"))
        self.entered.connect(lambda index: self.over.emit(index.row()))
        self.viewportEntered.connect(lambda: self.over.emit(-1))
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))
        self.activated.connect(lambda index: self.chosen.emit(index.row()))

    def show_rows(self, shown: list[Row], chosen: int) -> None:
        """Other rows; what is chosen is marked, and nobody is told of it."""
        self._filling = True
        self.paths.show_rows(shown)
        if shown and self.currentIndex().row() != chosen:
            self.setCurrentIndex(self.paths.index(chosen))
        self._filling = False

    def currentChanged(self, current: Place, previous: Place) -> None:
        super().currentChanged(current, previous)
        if not self._filling and current.isValid():
            self.chosen.emit(current.row())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.over.emit(-1)

    def minimumSizeHint(self) -> QSize:
        """Two rows, which leave the row of factors its height."""
        return QSize(theme.px(200), 2 * theme.px(ROW))

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def restyle(self) -> None:
        """The colours or the text scale are others."""
        self.doItemsLayout()
        self.viewport().update()
