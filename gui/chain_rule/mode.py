"""What can be done with a derivative besides reading it: each mode is a bar in place of the panel's sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from gui.chain_rule.laboratory import Laboratory

if TYPE_CHECKING:
    from gui.chain_rule.answer import Answer
    from gui.chain_rule.stage import Stage


def tr(text: str) -> str:
    """A text of the modes in the language of the window."""
    return QCoreApplication.translate("ChainRule", text)


class Mode(QWidget):
    """``begin`` and ``end`` enter and leave it; ``show_answer`` brings the newest answer meanwhile."""

    title: ClassVar[str] = ""  # on the button that enters it
    tip: ClassVar[str] = ""
    whole: ClassVar[bool] = False  # takes the place of the row of factors too
    room: ClassVar[int] = 0  # height that it needs beyond that of the sentences

    foot: QWidget | None = None  # stands at the bottom in place of the panel's proofs

    left = Signal()  # the mode wants to be left

    def __init__(self, laboratory: Laboratory, stage: Stage) -> None:
        super().__init__()
        self.laboratory, self.stage = laboratory, stage

    def begin(self) -> None:
        """The mode has been entered."""

    def end(self) -> None:
        """The mode has been left: nothing of it stays on the canvas."""

    def show_answer(self, answer: Answer | None) -> None:
        """Another answer, or none while it is being computed."""

    def restyle(self) -> None:
        """The colours are others."""
