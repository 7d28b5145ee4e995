"""Every sample: its part, its class or values, its inputs as they are in the file and as the network gets them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from engine.data.summary import Rows
from engine.lazy import Array
from gui import numbers
from gui.data.rows import RowsModel
from gui.data.sheet import Sheet
from gui.data.view import DataView, tr
from gui.data.wall import Wall

MOST_COPIED = 1_000_000  # numbers, which is what a spreadsheet might take


class TableView(DataView):
    """The samples in their own order, or sorted by a column."""

    title = "table"
    tip = "Every sample: its part, what it should be, and its inputs"

    def __init__(self) -> None:
        super().__init__()
        self._rows: Rows | None = None
        self._model, self.wall = RowsModel(), Wall()
        self.sheet = Sheet(tr("Samples"), tr("A row for each sample; a click on a title sorts by it"))
        self.sheet.setModel(self._model)
        self.sheet.setSortingEnabled(True)
        self._pages = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)
        for page in (self.sheet, self.wall):
            self._pages.addWidget(page)
        self.sheet.hovered.connect(self._hover)
        self.wall.hovered.connect(self._hover_image)

    def show_answer(self, outcome: Rows) -> None:
        self._rows = outcome
        if outcome.inputs.ndim == 4:
            self.wall.pictures.show_rows(outcome)
            self._pages.setCurrentWidget(self.wall)
        else:
            self._model.show_rows(outcome)
            self.sheet.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            self._pages.setCurrentWidget(self.sheet)
        self.restyle()
        self.titled.emit()

    def reset_zoom(self) -> None:
        self.sheet.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.sheet.scrollToTop()
        self.wall.scrollToTop()

    def restyle(self) -> None:
        self.sheet.fit()
        self.wall.fit()

    def sub(self) -> str:
        if self._rows is None:
            return ""
        return numbers.plural(len(self._rows), tr("sample"), tr("samples"))

    def data(self) -> dict[str, Any]:
        rows = self._rows
        if rows is None:
            return {}
        return {
            "inputs": rows.inputs, "scaled": rows.inputs if rows.scaling is None else rows.scaling.apply(rows.inputs),
            "names": rows.names, "labels": rows.labels, "classes": rows.classes, "values": rows.values,
            "validation": rows.held_out, "places": rows.places,
        }  # fmt: skip

    def table(self) -> list[list[Any]]:
        rows = self._rows
        if rows is None:
            return []
        most = max(1, MOST_COPIED // max(1, rows.inputs[0].size))
        if most < len(rows):
            self.said.emit(tr("the first {} of {} samples").format(numbers.count(most), numbers.count(len(rows))))
        return _copied(rows, self._order[:most])

    @property
    def _order(self) -> Array:
        """The samples in the order in which they are shown."""
        return self.wall.pictures.order if self._pages.currentWidget() is self.wall else self._model.order

    def _hover_image(self, index: QModelIndex) -> None:
        sample = self.wall.pictures.sample(index)
        self.said.emit("" if sample is None else self.wall.pictures.caption(sample))

    def _hover(self, index: QModelIndex) -> None:
        self.said.emit(self._model.words(index.row(), index.column()) if index.isValid() else "")


def _copied(rows: Rows, order: Array) -> list[list[Any]]:
    """These samples; their scaled inputs follow those of the file."""
    inputs = rows.inputs[order].reshape(len(order), -1)
    names = [*rows.names, *(tr("{} scaled").format(name) for name in rows.names if rows.scaling is not None)]
    blocks = [inputs.tolist()]
    if rows.scaling is not None:
        blocks.append(rows.scaling.apply(rows.inputs[order]).reshape(len(order), -1).tolist())
    if rows.labels is not None and rows.classes is not None:
        targets = [[rows.classes[label]] for label in rows.labels[order].tolist()]
    else:
        assert rows.values is not None
        targets = rows.values[order].tolist()
    parts = ["validation" if held else "training" for held in rows.held_out[order].tolist()]
    titles = ["sample", "part", *([tr("class")] if rows.classes is not None else rows.targets), *names]
    joined = zip(order.tolist(), parts, targets, *blocks, strict=True)
    return [titles, *([sample, part, *(each for piece in rest for each in piece)] for sample, part, *rest in joined)]
