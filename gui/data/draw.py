"""Drawing data by hand: the board where the data are a drawing, else the offer to draw on the points that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from engine.data.drawing import can_be_drawn
from engine.project import Project
from gui import numbers
from gui.data import easel
from gui.data.board import Board
from gui.data.view import DataView, tr
from gui.project_store import ProjectStore

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot


class DrawView(DataView):
    """Needs no answer of the panel: what it shows is in the project itself."""

    title = "draw"
    tip = "Paint points or a curve with the mouse"

    def __init__(self, store: ProjectStore) -> None:
        super().__init__()
        self._store = store
        self.board = Board(store)
        self._words = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText, alignment=Qt.AlignmentFlag.AlignCenter)
        self._words.setProperty("role", "caption")
        self.trace = _button(tr("Draw on these points"), tr("The points as they are, to be painted on and rubbed out"))
        self.begin = _button(tr("An empty board"), tr("A drawing without any point yet"))
        self.trace.clicked.connect(lambda: easel.trace(store))
        self.begin.clicked.connect(lambda: easel.start(store))
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._offer())
        self._pages.addWidget(self.board)
        self.board.said.connect(self.said)
        self.show_project(store.project)

    @classmethod
    def suits(cls, project: Project) -> bool:
        return project.data.by_hand or can_be_drawn(project.data)

    def show_project(self, project: Project) -> None:
        """Shows the drawing of a project, or offers one."""
        self._pages.setCurrentIndex(int(project.data.by_hand))
        self.board.show_project(project)
        count = numbers.plural(project.data.count, tr("point"), tr("points"))
        self._words.setText(tr("{}: {}, which can be drawn on.").format(project.data.title, count))
        self.titled.emit()

    def draw(self, snapshot: Snapshot | None) -> None:
        """What the network predicts with these weights lies under the points."""
        self.board.draw(snapshot)

    def show_answer(self, outcome: Any) -> None:
        """There is nothing to wait for."""

    def sub(self) -> str:
        return self.board.sub() if self._store.project.data.by_hand else tr("not drawn by hand")

    def data(self) -> dict[str, Any]:
        data: Any = self._store.project.data
        return {"points": data.points, "classes": data.classes} if data.by_hand else {}

    def table(self) -> list[list[Any]]:
        data: Any = self._store.project.data
        if not data.by_hand:
            return []
        return [["x", "y", "class"][: 2 + bool(data.classes)], *map(list, data.points)]

    def reset_zoom(self) -> None:
        self.board.reset_zoom()

    def restyle(self) -> None:
        self.board.restyle()

    def stop(self) -> None:
        self.board.stop()

    def _offer(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(1)
        column.addWidget(self._words)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.trace)
        row.addWidget(self.begin)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        return page


def _button(text: str, tip: str) -> QPushButton:
    made = QPushButton(text)
    made.setAccessibleName(text)
    made.setToolTip(tip)
    return made
