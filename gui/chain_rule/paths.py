"""The paths: the derivative is a sum over them; the strongest are listed, and drawn over the blocks of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout

from gui import theme
from gui.canvas.paths_item import Route
from gui.chain_rule import words
from gui.chain_rule.mode import Mode
from gui.chain_rule.path_list import PathList, rows, sign, size
from gui.chain_rule.question import LOSS
from gui.chain_rule.sentences import Summary

if TYPE_CHECKING:
    from gui.chain_rule.answer import Answer
    from gui.chain_rule.laboratory import Laboratory
    from gui.chain_rule.stage import Stage

MIDDLE = 0.5  # how far down the error is reached
SUMMARY = 210  # least width of the sentences beside the list


class Paths(Mode):
    """A list of the strongest paths. The one under the pointer, else the chosen one, stands out on the canvas; a click
    chooses one and shows its factors.
    """

    title: ClassVar[str] = "Paths"
    tip: ClassVar[str] = "The derivative as a sum over paths from unit to unit: the strongest, drawn over the blocks"

    def __init__(self, laboratory: Laboratory, stage: Stage) -> None:
        super().__init__(laboratory, stage)
        self._active = False
        self._over = -1
        self.list = PathList()
        self.summary = Summary()
        self.list.over.connect(self._point_at)
        self.list.chosen.connect(stage.isolate)
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 0, 14, 0)
        line.setSpacing(12)
        line.addWidget(self.list, 5)
        line.addWidget(self.summary, 2)
        self.restyle()

    def begin(self) -> None:
        self._active = True
        self._draw()

    def end(self) -> None:
        self._active, self._over = False, -1
        self._draw()

    def show_answer(self, answer: Answer | None) -> None:
        self.list.show_rows(rows(answer) if answer else [], self._chosen(answer))
        self.summary.say(words.all_paths(answer) if answer else "")
        self._draw()

    def restyle(self) -> None:
        self.summary.setMinimumWidth(theme.px(SUMMARY))
        self.list.restyle()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._draw()

    def routes(self, answer: Answer) -> list[Route]:
        """How the listed paths are drawn, the strongest first; where the error is asked, they end there."""
        end = ((LOSS, MIDDLE),) if answer.question.of is None else ()
        shown = self._over if 0 <= self._over < len(answer.paths) else self._chosen(answer)
        return [
            Route(
                (*((stop.block, stop.depth) for stop in reversed(path.stops)), *end),
                size(path, answer), sign(path), number == shown,
            )
            for number, path in enumerate(answer.paths)
        ]  # fmt: skip

    def _chosen(self, answer: Answer | None) -> int:
        return min(self.laboratory.path, len(answer.paths) - 1) if answer else 0

    def _point_at(self, number: int) -> None:
        self._over = number
        self._draw()

    def _draw(self) -> None:
        """Paths on the canvas while somebody looks at the list."""
        answer = self.laboratory.answer
        seen = self._active and self.isVisible() and answer is not None
        self.stage.show_paths(self.routes(answer) if seen and answer else ())
