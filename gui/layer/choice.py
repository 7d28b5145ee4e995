"""A flat button that says what is chosen and offers the rest in a menu; unlike a combo box no wider than it must be."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from gui import icons, theme

Option = tuple[str, str, str]
"""A name, its text, and its tip."""


class Choice(QToolButton):
    """``changed`` says that another option has been chosen. With ``drawn`` the button bears the sign of the option's
    name in place of its text.
    """

    changed = Signal()

    def __init__(self, spoken: str, tip: str, options: list[Option], drawn: bool = False) -> None:
        super().__init__(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self._spoken, self._tip, self._drawn = spoken, tip, drawn
        self.setProperty("role", "flat")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self._group = QActionGroup(self)
        for name, text, hint in options:
            action = QAction(text, self._group, checkable=True, toolTip=hint)
            action.setData(name)
            action.toggled.connect(self._say)
            menu.addAction(action)
        self.setMenu(menu)
        self._group.actions()[0].setChecked(True)
        self._group.triggered.connect(self.changed)

    @property
    def current(self) -> str:
        """The name of what is chosen."""
        return str(self._group.checkedAction().data())

    def choose(self, name: str) -> None:
        """Chooses an option by its name."""
        if name != self.current:
            self.action(name).trigger()

    def action(self, name: str) -> QAction:
        """The entry of the menu."""
        return next(action for action in self._group.actions() if action.data() == name)

    def restyle(self) -> None:
        """The colours are others."""
        if self._drawn:
            self.setIcon(icons.icon(self.current, theme.current().secondary))

    def _say(self) -> None:
        chosen = self._group.checkedAction()
        if chosen is not None:
            self.setText("" if self._drawn else f"{chosen.text()} ▼")
            self.restyle()
            self.setAccessibleName(f"{self._spoken}: {chosen.text()}")
            self.setToolTip(f"{self._tip}\n{chosen.toolTip()}")
