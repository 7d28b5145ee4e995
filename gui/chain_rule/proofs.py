"""The line below the product: the two proofs, each in its own colour, or a sentence in their place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui import theme
from gui.chain_rule.sentences import line
from gui.labels import ElidedLabel


class Proofs(QWidget):
    """Proofs keep to one line, which leaves the product its room; a sentence that must be read may wrap."""

    def __init__(self) -> None:
        super().__init__()
        self.proofs = (ElidedLabel(), ElidedLabel())
        self.sentence = line(wraps=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for label in self.proofs:
            row.addWidget(label)
        row.addWidget(self.sentence, 1)
        row.addStretch(0)
        self.show_proofs(())

    def text(self) -> str:
        """All that is said, also what dots stand for."""
        return "   ".join(filter(None, (*(label.accessibleName() for label in self.proofs), self.sentence.text())))

    def show_proofs(self, proofs: Sequence[tuple[bool, str]], purpose: str = "") -> None:
        """Whether each holds, in words and in the colour of it; and why one is left out on purpose."""
        colours = theme.current()
        for place, label in enumerate(self.proofs):
            holds, text = proofs[place] if place < len(proofs) else (True, "")
            _write(label, text, colours.good if holds else colours.error)
        _write(self.sentence, purpose, colours.warning)

    def refuse(self, reason: str) -> None:
        """Why something cannot be asked or written."""
        self.show_proofs(())
        _write(self.sentence, reason, theme.current().error)


def _write(label: QLabel, text: str, colour: QColor) -> None:
    label.setText(text)
    style = f"color: {colour.name()}"
    if label.styleSheet() != style:  # setting it costs more than all the rest
        label.setStyleSheet(style)
    label.setVisible(bool(text))
