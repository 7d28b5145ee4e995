"""What the chain-rule panel says in words: the product written out, the derivative, and which way to adjust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.chain_rule import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explain.compass import Compass
    from gui.chain_rule.answer import Answer, PathShown, Tile


ADVICE = 2  # lines of advice that always have room
SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
SIDE, GAP = 14, 16  # margins, and between product and result


class Summary(QLabel):
    """Sentences in the height that there is, at least so many lines; they take none from the row of factors. Their tip
    says all.
    """

    def __init__(self, lines: int = 0) -> None:
        super().__init__(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(SELECTABLE)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lines = lines

    def hasHeightForWidth(self) -> bool:
        return False

    def minimumSizeHint(self) -> QSize:
        return QSize(1, max(1, self._lines * self.fontMetrics().lineSpacing()))

    def sizeHint(self) -> QSize:
        return QSize(200, self.minimumSizeHint().height())

    def say(self, text: str) -> None:
        """Other sentences."""
        self.setText(text)
        self.setToolTip(text)


class Sentences(QWidget):
    """Lines whose numbers can be selected and copied. The product keeps to one line, so that the others have theirs."""

    def __init__(self) -> None:
        super().__init__()
        self._product, self._result, self._adjust = line(), line("heading"), Summary(ADVICE)
        self._product.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._written: Sequence[str] = ("",)  # the product, from all of it to what fits into a narrow place
        first = QHBoxLayout()
        first.setSpacing(GAP)
        first.addWidget(self._product, 1)
        first.addWidget(self._result)
        column = QVBoxLayout(self)
        column.setContentsMargins(SIDE, 0, SIDE, 0)
        column.setSpacing(3)
        column.addLayout(first)
        column.addWidget(self._adjust, 1)

    def say(self, text: str) -> None:
        """One sentence in place of everything."""
        self._write((text,))
        self._result.setText("")
        self._adjust.say("")

    def show_answer(self, answer: Answer, tiles: Sequence[Tile], path: PathShown | None) -> None:
        """The product over all paths, or along one."""
        self._result.setText(words.result(answer))
        if path is None:
            self._write([words.product(tiles, answer, most) for most in range(words.MOST_WRITTEN, 1, -1)])
        else:
            from gui.chain_rule.answer import along

            scalars = along(path, tiles)
            self._write([words.one_path(path, scalars, answer, most) for most in range(words.MOST_WRITTEN, 1, -1)])
        needle = _compass(answer)
        said = [words.adjust(needle, answer)]
        if answer.question.block and answer.question.of is None:
            said.append(words.moved(needle, answer.inquiry.snapshot.project.optimizer.title))
        said.append(words.training_differs(answer))
        self._adjust.say(" ".join(filter(None, said)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write(self._written)

    def _write(self, written: Sequence[str]) -> None:
        """The longest that fits; the tip says all where something is left out."""
        self._written = written
        room, metrics = self.contentsRect().width() - self._taken(), self._product.fontMetrics()
        shown = next((each for each in written if metrics.horizontalAdvance(each) <= room), written[-1])
        shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, max(room, 1))
        self._product.setText(shown)
        self._product.setToolTip("" if shown == written[0] else written[0])

    def _taken(self) -> int:
        """The width beside the product."""
        return 2 * SIDE + GAP + self._result.sizeHint().width()


def line(role: str = "", wraps: bool = False) -> QLabel:
    """A label whose text can be selected."""
    label = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=wraps)
    label.setProperty("role", role)
    label.setTextInteractionFlags(SELECTABLE)
    return label


def _compass(answer: Answer) -> Compass:
    from engine.explain.compass import compass

    question, snapshot = answer.question, answer.inquiry.snapshot
    if not question.block:
        return compass(answer.product, answer.mean)
    name = question.parameter.rpartition(".")[2]
    moved = float(snapshot.tensors(question.block, "update")[name][question.index]) if snapshot.computed else None
    return compass(answer.product, answer.mean, moved, frozen=not snapshot.project.block(question.block).moves)
