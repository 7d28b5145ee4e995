"""Chooses one of several views: a button for each where there is room, else one button with all of them in its menu."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from gui import theme

BESIDE = 116  # pixels of the head that its title, a few words and its menu want


def tr(text: str) -> str:
    """A text of the panels in the language of the window."""
    return QCoreApplication.translate("Panels", text)


class Switch(QWidget):
    """``chosen`` says which, by name. Names come with the words of a button and those of its tooltip."""

    chosen = Signal(str)

    def __init__(self, offered: Mapping[str, tuple[str, str]]) -> None:
        super().__init__()
        self._texts = {name: title for name, (title, _tip) in offered.items()}
        self._current, self._shown = "", tuple(offered)
        self._group = QActionGroup(self)
        self.actions_by_name = {name: self._action(name, *words) for name, words in offered.items()}
        self.buttons = {name: self._button(name) for name in offered}
        self.all = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self.all.setProperty("role", "flat")
        self.all.setAccessibleName(tr("Choose what is shown"))
        self.all.setToolTip(tr("Choose what is shown"))
        menu = QMenu(self, toolTipsVisible=True)
        menu.addActions(list(self.actions_by_name.values()))
        self.all.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addStretch(1)
        for button in (*self.buttons.values(), self.all):
            row.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def offer(self, names: tuple[str, ...]) -> None:
        """Only these can be chosen."""
        self._shown = names
        for name, action in self.actions_by_name.items():
            action.setVisible(name in names)
        self._fit()

    def show_chosen(self, name: str) -> None:
        """Marks the one that is shown."""
        self._current = name
        self.actions_by_name[name].setChecked(True)
        self.all.setText(f"{self._texts[name]} ▾")
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(self._wide if self._roomy else self._narrow, self.all.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._narrow, self.all.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ParentChange and (head := self.parentWidget()) is not None:
            head.installEventFilter(self)
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The head in which the buttons stand has another width."""
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self._fit()
        return False

    @property
    def _roomy(self) -> bool:
        """Whether every view can have its button, beside a title and a few words."""
        head = self.parentWidget()
        return head is None or head.width() >= self._wide + theme.px(BESIDE)

    @property
    def _wide(self) -> int:
        return sum(self.buttons[name].sizeHint().width() for name in self._shown) if len(self._shown) > 1 else 0

    @property
    def _narrow(self) -> int:
        return min(self.all.sizeHint().width(), self._wide)

    def _fit(self) -> None:
        several, roomy = len(self._shown) > 1, self._roomy
        for name, button in self.buttons.items():
            button.setVisible(several and roomy and name in self._shown)
        self.all.setVisible(several and not roomy)
        self.updateGeometry()

    def _action(self, name: str, title: str, tip: str) -> QAction:
        action = self._group.addAction(title)
        action.setCheckable(True)
        action.setToolTip(tip)
        action.triggered.connect(partial(self._choose, name))
        return action

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self.actions_by_name[name])
        button.setProperty("role", "flat")
        button.setAccessibleName(tr("Show {}").format(self._texts[name]))
        return button

    def _choose(self, name: str, *_: object) -> None:
        self.chosen.emit(name)
