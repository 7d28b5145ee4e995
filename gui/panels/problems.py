"""What keeps the chain from working, or may surprise, each with its fix, and what the run found wrong with blocks. Says
so, too, when all is well.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.project import Project
from engine.resolve import Place
from gui import numbers
from gui.breaks import Breaks
from gui.fix_button import FixButton
from gui.panels.panel import Panel
from gui.project_store import DATA_END, LOSS_END, ProjectStore

if TYPE_CHECKING:
    from engine.findings import Finding
    from engine.run.snapshot import Snapshot


class ProblemPanel(Panel):
    """``data()`` gives (place, text) of every problem and warning, of every finding of the run and of what is broken on
    purpose.
    """

    counted = Signal(int)  # how many things there are to look at

    def __init__(self, store: ProjectStore, breaks: Breaks) -> None:
        super().__init__("problemPanel", "Problems")
        self._store, self._breaks = store, breaks
        self._shown: object = None
        self._shown_breaks: dict[str, str] = {}
        breaks.changed.connect(self._show)
        self._shown_findings: list[Finding] = []
        self._area = QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(self.tr("Problems"))
        self.column.addWidget(self._area, 1)

    def controls(self) -> list[QWidget]:
        return []

    def data(self) -> list[tuple[str, str]]:
        judged = [(place.name, place.problem or place.warning or "") for place in self._places()]
        found = [(finding.block, finding.text) for finding in self._findings()]
        return judged + found + [(name, self._about_break(name)) for name in self._breaks.chosen]

    def table(self) -> list[list[Any]]:
        return [["place", "text"], *map(list, self.data())]

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        self._show()

    def draw(self, snapshot: Snapshot | None) -> None:
        super().draw(snapshot)
        self._show()

    def _show(self) -> None:
        """Lists all anew where something has changed."""
        project, findings, places = self._store.project, self._findings(), self._places()
        broken = self._breaks.chosen
        if (project, findings, broken) == (self._shown, self._shown_findings, self._shown_breaks):
            return
        self._shown, self._shown_findings, self._shown_breaks = project, findings, broken
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 2, 4, 4)
        column.setSpacing(6)
        for place in places:
            self._add(column, place.name, place.problem or place.warning or "")
            if place.fix:
                column.addWidget(FixButton(self._store, place.fix, inside))
        for finding in findings:
            self._add(column, finding.block, finding.text)
            column.addWidget(_text("caption", finding.suggestion))
        for name in broken:
            self._add(column, name, self._about_break(name))
            column.addWidget(self._mend_button(name), alignment=Qt.AlignmentFlag.AlignLeft)
        if not places and not findings and not broken:
            column.addWidget(_text("caption", self._all_well(project)))
        column.addStretch(1)
        self._area.setWidget(inside)
        count = len(places) + len(findings) + len(broken)
        said = numbers.plural(count, self.tr("thing to look at"), self.tr("things to look at"))
        self.titled.emit(self.tr("Problems"), said if count else self.tr("none"))
        self.counted.emit(count)

    def _about_break(self, block: str) -> str:
        broken = self._breaks.of(block)
        assert broken is not None
        return self.tr("{}: broken on purpose. {} This is not saved.").format(block, broken.text)

    def _mend_button(self, block: str) -> QPushButton:
        button = QPushButton(self.tr("Mend it"))
        button.setToolTip(self.tr("The backward pass of {} is right again from the next step on").format(block))
        button.setAccessibleName(self.tr("Mend {}").format(block))
        button.clicked.connect(partial(self._breaks.choose, block, None))
        return button

    def _places(self) -> list[Place]:
        return [place for place in self._store.resolved.places if place.problem or place.warning]

    def _findings(self) -> list[Finding]:
        """What the run found wrong with blocks that are still the same."""
        if self.snapshot is None or not self.snapshot.health:
            return []
        return [found for block in self._store.project.chain if (found := self.snapshot.finding(block))]

    def _all_well(self, project: Project) -> str:
        resolved = self._store.resolved
        blocks = numbers.plural(len(project.chain), self.tr("block"), self.tr("blocks"))
        weights = numbers.plural(resolved.parameter_count, self.tr("parameter"), self.tr("parameters"))
        text = self.tr("Every shape fits: {}, {}. One backward pass gives the derivative of the error by all of them.")
        return text.format(blocks, weights)

    def _add(self, column: QVBoxLayout, name: str, text: str) -> None:
        """A place's name, which selects it, and the words."""
        where = QPushButton(name)
        where.setProperty("role", "link")
        where.setToolTip(self.tr("Shows this place"))
        where.setAccessibleName(self.tr("Show {}").format(name))
        ends = {"data": DATA_END, "loss": LOSS_END, "training": LOSS_END}
        where.clicked.connect(partial(self.chosen.emit, ends.get(name, name)))
        column.addWidget(where, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addWidget(_text("warning", text))


def _text(role: str, words: str) -> QLabel:
    label = QLabel(words, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label
