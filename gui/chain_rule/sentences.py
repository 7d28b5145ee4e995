"""What the chain-rule panel says in words: the product written out, the derivative, and which way to adjust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.chain_rule import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explain.compass import Compass
    from gui.chain_rule.answer import Answer, PathShown, Tile


class Sentences(QWidget):
    """Lines whose numbers can be selected and copied."""

    def __init__(self) -> None:
        super().__init__()
        self._product, self._result, self._adjust = line(wraps=True), line("heading"), line(wraps=True)
        first = QHBoxLayout()
        first.setSpacing(16)
        first.addWidget(self._product, 1)
        first.addWidget(self._result)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 0, 14, 0)
        column.setSpacing(3)
        column.addLayout(first)
        column.addWidget(self._adjust)
        column.addStretch(1)

    def say(self, text: str) -> None:
        """One sentence in place of everything."""
        self._product.setText(text)
        self._result.setText("")
        self._adjust.setText("")

    def show_answer(self, answer: Answer, tiles: Sequence[Tile], path: PathShown | None) -> None:
        """The product over all paths, or along one."""
        if path is None:
            self._product.setText(words.product(tiles, answer))
        else:
            from gui.chain_rule.answer import along

            self._product.setText(words.one_path(path, along(path, tiles), answer))
        self._result.setText(words.result(answer))
        needle = _compass(answer)
        said = [words.adjust(needle, answer)]
        if answer.question.block and answer.question.of is None:
            said.append(words.moved(needle, answer.inquiry.snapshot.project.optimizer.title))
        said.append(words.training_differs(answer))
        self._adjust.setText(" ".join(filter(None, said)))


def line(role: str = "", wraps: bool = False) -> QLabel:
    """A label whose text can be selected."""
    label = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=wraps)
    label.setProperty("role", role)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def _compass(answer: Answer) -> Compass:
    from engine.explain.compass import compass

    question, snapshot = answer.question, answer.inquiry.snapshot
    if not question.block:
        return compass(answer.product, answer.mean)
    name = question.parameter.rpartition(".")[2]
    moved = float(snapshot.tensors(question.block, "update")[name][question.index]) if snapshot.computed else None
    return compass(answer.product, answer.mean, moved, frozen=not snapshot.project.block(question.block).moves)
