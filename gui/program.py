"""The program that trains the chain, to be read: the numpy calls of one step, those of the selected block marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout

from gui import theme
from gui.listing import Listing

if TYPE_CHECKING:
    from gui.main_window import MainWindow

MOST_PARAMETERS = 2_000_000
"""A larger chain is not planned a second time only to be read."""


class Program(QDialog):
    """Shows the plan of the window's project and follows its edits and its selection while it is visible."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._store = window.store
        self._blocks: list[str] = []  # which block each line belongs to
        self.setWindowTitle(self.tr("Program"))
        self._about = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._about.setProperty("role", "caption")
        tip = self.tr("Exactly these calls are made at every step; the selected block's are marked")
        self._text = Listing(self.tr("Program"), tip)
        column = QVBoxLayout(self)
        column.addWidget(self._about)
        column.addWidget(self._text)
        self.resize(theme.px(760), theme.px(640))
        self._store.changed.connect(self._refresh)
        self._store.selection_changed.connect(self._mark)
        self._refresh()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._refresh()

    def _refresh(self, *_: object) -> None:
        if not self.isVisible() and self._blocks:
            return
        said, lines = self._listed()
        self._about.setText(said)
        self._blocks = [block for block, _ in lines]
        self._text.show_lines(text for _, text in lines)
        self._mark()

    def _listed(self) -> tuple[str, list[tuple[str, str]]]:
        """What is said above, and the lines with the block that each belongs to."""
        resolved = self._store.resolved
        if not resolved.ok:
            return self.tr("The chain cannot be trained yet: {}").format(resolved.problems[0].text), []
        if resolved.parameter_count > MOST_PARAMETERS:
            return self.tr("The chain is too large to be planned a second time only to be read."), []
        from engine.network import Network

        project = self._store.project
        plan, *others = Network(project).training_plan(min(project.training.batch_size, project.data.count)).parts
        lines = plan.listing().rows()
        said = self.tr("One step is {} numpy calls on arrays that are made once. The update by the optimizer follows.")
        if others:
            said = self.tr(
                "Each of two threads makes {} numpy calls on its half of the batch; this is the first. The gradients "
                "are added, and the update by the optimizer follows."
            )
        return said.format(len(plan.program)), lines

    def _mark(self) -> None:
        """Marks the lines of the selected blocks and shows the first of them."""
        chosen = self._store.selection
        self._text.mark(number for number, block in enumerate(self._blocks) if block in chosen)
