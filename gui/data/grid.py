"""The first rows of a file as a table, with a choice above each column of what it is used for."""

from __future__ import annotations

import html
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHeaderView, QTableWidget, QTableWidgetItem

from gui import numbers, theme

if TYPE_CHECKING:
    from engine.data.files.preview import Column, Preview, Role

MOST_COLUMNS = 60  # shown; the others keep the use that is proposed
ROLES: tuple[Role, ...] = ("input", "target", "ignore")
ABOVE = 2  # rows above those of the file: the use of each column, and what it holds


def tr(text: str) -> str:
    """A text of the table in the language of the window."""
    return QCoreApplication.translate("Data", text)


class Grid(QTableWidget):
    """``changed`` says which column got another role."""

    changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.roles: list[Role] = []
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(tr("First rows"))
        self.setToolTip(tr("The first rows of the file; above each column what it is used for"))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_preview(self, preview: Preview) -> None:
        """Another file, or the same laid out differently."""
        shown = preview.columns[:MOST_COLUMNS]
        self.roles = [column.role for column in preview.columns]
        self.clear()
        self.setColumnCount(0)  # back in the order of the file
        self.setColumnCount(len(shown))
        self.setRowCount(len(preview.rows) + ABOVE)
        self.setHorizontalHeaderLabels([column.name for column in shown])
        for place, column in enumerate(shown):
            self.setCellWidget(0, place, self._choice(place, column))
            self._put(1, place, about(column), quiet=True)
            for row, words in enumerate(preview.rows, ABOVE):
                self._put(row, place, words[place])
            if column.role == "target":  # what is learned stands where it is seen
                self.horizontalHeader().moveSection(self.horizontalHeader().visualIndex(place), 0)
        for row in range(self.rowCount()):
            self.setRowHeight(row, theme.px(30 if row == 0 else 22))
        self.resizeColumnsToContents()
        for place in range(len(shown)):
            self.setColumnWidth(place, min(max(self.columnWidth(place), theme.px(96)), theme.px(200)))

    def chosen(self, role: Role) -> tuple[int, ...]:
        """The columns that are used so."""
        return tuple(place for place, each in enumerate(self.roles) if each == role)

    def _choice(self, place: int, column: Column) -> QComboBox:
        box = QComboBox()
        box.addItems([tr("input"), tr("target"), tr("ignore")])
        box.setCurrentIndex(ROLES.index(column.role))
        box.setAccessibleName(tr("Use of {}").format(column.name))
        box.setToolTip(tr("What this column is used for"))
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.activated.connect(partial(self._choose, place))
        return box

    def give(self, place: int, role: Role) -> None:
        """Gives a column a role without being asked by hand; nobody is told."""
        self.roles[place] = role
        box = self.cellWidget(0, place)
        if isinstance(box, QComboBox):  # the last of very many columns are not shown
            box.setCurrentIndex(ROLES.index(role))

    def _choose(self, place: int, row: int) -> None:
        self.roles[place] = ROLES[row]
        self.changed.emit(place)

    def _put(self, row: int, place: int, words: str, quiet: bool = False) -> None:
        item = QTableWidgetItem(words if len(words) <= 80 else words[:79] + "…")
        item.setToolTip(f"<p>{html.escape(words[:300])}</p>")  # a tooltip would take markup for what it is
        if quiet:
            item.setForeground(theme.current().secondary)
        self.setItem(row, place, item)


def about(column: Column) -> str:
    """What a column holds, in a few words."""
    if not column.known:
        return tr("nothing")
    if column.text:
        held = tr("{} words").format(numbers.count(column.different))
    elif column.different == 1:
        held = tr("always {}").format(numbers.short(column.low))
    else:
        held = tr("{} to {}").format(numbers.short(column.low), numbers.short(column.high))
    return tr("{}, {} missing").format(held, numbers.count(column.missing)) if column.missing else held
