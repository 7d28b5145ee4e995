"""The samples as rows of a table: nothing is made before it is looked at, so that there may be any number of them."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from engine.data.summary import Rows
from engine.lazy import Array, np
from gui import numbers, theme
from gui.data.marks import mark
from gui.data.view import tr

Index = QModelIndex | QPersistentModelIndex
PART = 0  # the column of the part; those of the targets and of the inputs follow
ARROW = " → "
FEW = 6  # signs


class RowsModel(QAbstractTableModel):
    """Part, targets and inputs of each sample; ``order`` is that of the rows."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: Rows | None = None
        self.order: Array = np.zeros(0, int)

    def show_rows(self, rows: Rows) -> None:
        """Other samples, in their own order."""
        self.beginResetModel()
        self._rows, self.order = rows, np.arange(len(rows))
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if self._rows is None or parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if self._rows is None or parent.isValid() else self.first_input + len(self._rows.names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        across = orientation == Qt.Orientation.Horizontal
        if role == Qt.ItemDataRole.DisplayRole:
            return self.title(section) if across else numbers.count(self.order[section])
        if role == Qt.ItemDataRole.ToolTipRole and across:
            return f"<p>{html.escape(self.title(section))}</p>"  # a tooltip would take markup for what it is
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        assert self._rows is not None
        sample, column = int(self.order[index.row()]), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(self._rows, sample, column)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._mark(self._rows, sample, column)
        if role == Qt.ItemDataRole.ForegroundRole and column == PART:
            return theme.current().error if self._rows.held_out[sample] else theme.current().secondary
        if role == Qt.ItemDataRole.TextAlignmentRole and column > PART and not self._is_class(column):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By the values of a column; rows with the same one stay in their own order. -1: in their own order."""
        if self._rows is None:
            return
        self.layoutAboutToBeChanged.emit()
        keys = self._keys(self._rows, column)
        self.order = np.argsort(keys if order == Qt.SortOrder.AscendingOrder else -keys, kind="stable")
        self.layoutChanged.emit()

    @property
    def first_input(self) -> int:
        """The column of the first input."""
        assert self._rows is not None
        return 1 + (1 if self._rows.values is None else self._rows.values.shape[1])

    def title(self, column: int) -> str:
        """What a column holds."""
        assert self._rows is not None
        if column >= self.first_input:
            return self._rows.names[column - self.first_input]
        if column == PART:
            return tr("part")
        return tr("class") if self._is_class(column) else self._rows.targets[column - 1]

    def words(self, row: int, column: int) -> str:
        """A cell with all its digits, and how it was scaled."""
        rows, sample = self._rows, int(self.order[row])
        assert rows is not None
        name = tr("sample {} ({})").format(numbers.count(sample), part_name(rows, sample))
        if column == PART:
            return name
        if column < self.first_input:
            return f"{name}, {self.title(column)}: {target_words(rows, sample, numbers.full, column - 1)}"
        place = column - self.first_input
        value = numbers.full(float(rows.inputs[sample, place]))
        if rows.scaling is None:
            return f"{name}, {rows.names[place]}: {value}"
        offset, spread = (float(each[place]) for each in (rows.scaling.offset, rows.scaling.spread))
        scaled = rows.scaled(sample)
        assert scaled is not None
        formula = f"({value} − {_bracketed(offset)}) / {numbers.short(spread)} = {numbers.full(float(scaled[place]))}"
        return tr("{}, {}: {}; the network gets {}").format(name, rows.names[place], value, formula)

    def _is_class(self, column: int) -> bool:
        return self._rows is not None and self._rows.classes is not None and column == PART + 1

    def _text(self, rows: Rows, sample: int, column: int) -> str:
        if column == PART:
            return part_name(rows, sample)
        if column < self.first_input:
            return target_words(rows, sample, as_given, column - 1)
        place = column - self.first_input
        given, scaled = as_given(float(rows.inputs[sample, place])), rows.scaled(sample)
        return given if scaled is None else f"{given}{ARROW}{numbers.short(float(scaled[place]))}"

    def _mark(self, rows: Rows, sample: int, column: int) -> QPixmap | None:
        if rows.labels is None or rows.classes is None or column != PART + 1:
            return None
        return mark(int(rows.labels[sample]), len(rows.classes))

    def _keys(self, rows: Rows, column: int) -> Array:
        """Numbers (N,) by whose order a column is sorted."""
        if column < 0:
            return np.arange(len(rows))
        if column == PART:
            return rows.held_out.astype(int)
        if column >= self.first_input:
            return rows.inputs[:, column - self.first_input]
        keys = rows.labels if rows.values is None else rows.values[:, column - 1]
        assert keys is not None
        return keys


def as_given(value: float) -> str:
    """A number as it stands in a file, where it has few digits: ``5.1``, ``1065``; else three of them."""
    text = numbers.tick(value)
    return text if len(text) <= FEW else numbers.short(value)


def part_name(rows: Rows, sample: int) -> str:
    """The part of a sample and its number there, as predictions name it: ``validation 12``."""
    part = tr("validation {}") if rows.held_out[sample] else tr("training {}")
    return part.format(numbers.count(rows.places[sample]))


def target_words(rows: Rows, sample: int, write: Callable[[float], str], place: int = 0) -> str:
    """The class of a sample, or one of its values."""
    if rows.labels is not None and rows.classes is not None:
        return rows.classes[int(rows.labels[sample])]
    assert rows.values is not None
    return write(float(rows.values[sample, place]))


def _bracketed(value: float) -> str:
    return f"({numbers.short(value)})" if value < 0 else numbers.short(value)
