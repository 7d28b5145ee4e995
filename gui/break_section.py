"""The section "Break it" of the property panel: makes the selected block's backward pass wrong on purpose."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QButtonGroup, QRadioButton

from gui.breaks import Breaks
from gui.project_store import ProjectStore
from gui.sections import Section, label


class BreakSection(Section):
    """A choice: whole, or one of the mistakes that the block offers, each with what it does in words."""

    def __init__(self, store: ProjectStore, breaks: Breaks) -> None:
        super().__init__(store)
        self._breaks, self._block = breaks, store.selection[0]
        self._group = QButtonGroup(self)
        self._buttons: dict[str | None, QRadioButton] = {}
        text = self.tr("Makes this block's backward pass wrong, to see what training and the gradient check say.")
        self.head(self.tr("Break it"), f"{text} {self.tr('Some mistakes go unnoticed while training. Never saved.')}")
        self._offer(None, self.tr("whole"), self.tr("The backward pass is right."))
        for each in breaks.offered(self._block):
            self._offer(each.name, each.title, each.text)
        self._words = label("caption")
        self.rows.addWidget(self._words)
        breaks.changed.connect(self.refresh)

    def suits(self) -> bool:
        offers = [each.name for each in self._breaks.offered(self.store.selection[0])]
        return self.store.selection[0] == self._block and [None, *offers] == list(self._buttons)

    def refresh(self) -> None:
        super().refresh()
        chosen = self._breaks.of(self._block)
        button = self._buttons.get(chosen.name if chosen else None)
        if button is not None:  # what is no longer offered is about to go
            button.setChecked(True)
        self._words.setText(chosen.text if chosen else self.tr("The backward pass is right."))

    def _offer(self, name: str | None, title: str, text: str) -> None:
        button = QRadioButton(title, objectName=f"break_{name or 'whole'}")
        button.setToolTip(text)
        button.setAccessibleName(title)
        button.clicked.connect(partial(self._breaks.choose, self._block, name))
        self._group.addButton(button)
        self._buttons[name] = button
        self.rows.addWidget(button)
