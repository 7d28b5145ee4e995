"""What keeps the chain from working, or may surprise; each with its fix. Says so, too, when all is well."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.project import Project
from engine.resolve import Place
from gui import numbers
from gui.fix_button import FixButton
from gui.panels.panel import Panel
from gui.project_store import DATA_END, LOSS_END, ProjectStore


class ProblemPanel(Panel):
    """``data()`` gives (place, text) of every problem and warning."""

    def __init__(self, store: ProjectStore) -> None:
        super().__init__("problemPanel", "Problems")
        self._store = store
        self._shown: object = None
        self._area = QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(self.tr("Problems"))
        self.column.addWidget(self._area, 1)

    def controls(self) -> list[QWidget]:
        return []

    def data(self) -> list[tuple[str, str]]:
        return [(place.name, place.problem or place.warning or "") for place in self._places()]

    def table(self) -> list[list[Any]]:
        return [["place", "text"], *map(list, self.data())]

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        if project is self._shown:
            return
        self._shown = project
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 2, 4, 4)
        column.setSpacing(6)
        places = self._places()
        for place in places:
            self._add(column, place)
        if not places:
            column.addWidget(_text("caption", self._all_well(project)))
        column.addStretch(1)
        self._area.setWidget(inside)
        said = numbers.plural(len(places), self.tr("thing to look at"), self.tr("things to look at"))
        self.titled.emit(self.tr("Problems"), said if places else self.tr("none"))

    def _places(self) -> list[Place]:
        return [place for place in self._store.resolved.places if place.problem or place.warning]

    def _all_well(self, project: Project) -> str:
        resolved = self._store.resolved
        blocks = numbers.plural(len(project.chain), self.tr("block"), self.tr("blocks"))
        weights = numbers.plural(resolved.parameter_count, self.tr("parameter"), self.tr("parameters"))
        text = self.tr("Every shape fits: {}, {}. One backward pass gives the derivative of the error by all of them.")
        return text.format(blocks, weights)

    def _add(self, column: QVBoxLayout, place: Place) -> None:
        """A place's name, which selects it, the words, and the fix."""
        where = QPushButton(place.name)
        where.setProperty("role", "link")
        where.setToolTip(self.tr("Shows this place"))
        where.setAccessibleName(self.tr("Show {}").format(place.name))
        ends = {"data": DATA_END, "loss": LOSS_END, "training": LOSS_END}
        where.clicked.connect(partial(self.chosen.emit, ends.get(place.name, place.name)))
        column.addWidget(where, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addWidget(_text("warning", place.problem or place.warning or ""))
        if place.fix:
            column.addWidget(FixButton(self._store, place.fix, column.parentWidget()))


def _text(role: str, words: str) -> QLabel:
    label = QLabel(words, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label
