"""Whose derivative it is: the error's, or that of a block's output, chosen from a menu."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu, QToolButton

from gui.chain_rule.laboratory import Laboratory

MOST_UNITS = 24  # of a block that the menu lists


def tr(text: str) -> str:
    """A text of the menu in the language of the window."""
    return QCoreApplication.translate("ChainRule", text)


class Target(QToolButton):
    """Shows what is asked of, and offers everything that comes after the number."""

    def __init__(self, laboratory: Laboratory) -> None:
        super().__init__(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self._laboratory = laboratory
        self.setProperty("role", "flat")
        self.setAccessibleName(tr("Whose derivative"))
        self.setToolTip(tr("Whose derivative: the error’s, or a block’s output; Ctrl and a click on a block do it too"))
        menu = QMenu(self)
        menu.aboutToShow.connect(partial(self._fill, menu))
        self.setMenu(menu)
        laboratory.asked.connect(self._show)
        self._show()

    def _show(self, *_: object) -> None:
        question = self._laboratory.question
        of = question.of if question else None
        self.setText(tr("of the error ▼") if of is None else tr("of {}[{}] ▼").format(*of))
        self.setEnabled(question is not None)

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        menu.addAction(tr("The error E"), partial(self._laboratory.ask_of, ""))
        for block, units in self._laboratory.later_blocks():
            if units == 1:
                menu.addAction(tr("The output of {}").format(block), partial(self._laboratory.ask_of, block, 0))
                continue
            inside = menu.addMenu(tr("An output of {}").format(block))
            for unit in range(min(units, MOST_UNITS)):
                inside.addAction(f"{block}[{unit}]", partial(self._laboratory.ask_of, block, unit))
