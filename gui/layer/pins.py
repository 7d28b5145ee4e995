"""Views that stay beside the panel's own, each on its block and value."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QScrollArea, QToolButton, QVBoxLayout, QWidget

from gui import icons, theme
from gui.labels import ElidedLabel
from gui.layer.moment import Moment
from gui.layer.sight import UNIT, Sight
from gui.layer.view import SightView
from gui.panels.panel import copy_picture_of, copy_rows, tr

MOST = 4
NARROWEST = 140  # pixels of a pinned view
LEAST = 110  # pixels of what is seen of them
SETTLED = 50  # milliseconds after which a new one has its place


class PinnedView(QFrame):
    """A sight under its own title. ``said`` reads out what lies under the pointer there."""

    said = Signal(str)
    closed = Signal()

    def __init__(self, sight: Sight) -> None:
        super().__init__()
        self.view = SightView()
        self.view.look_at(sight)
        name = f"{sight.block} · {self.view.value.text}"
        self.name = tr("{} · unit {}").format(name, sight.unit) if sight.picture == UNIT else name
        self.setAccessibleName(self.name)
        self.setMinimumWidth(theme.px(NARROWEST))
        title = ElidedLabel("caption")
        title.setText(self.name)
        self.more, self.close_button = self._make_buttons()
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(title, 1)
        head.addWidget(self.more)
        head.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        self.view.said.connect(lambda text: self.said.emit(f"{sight.block}  {text}" if text else ""))
        self.restyle()

    def show_moment(self, moment: Moment) -> None:
        """Draws what is pinned at a moment; of a unit that is gone, the last one."""
        self.view.moment = moment
        if units := self.view.units():
            unit = min(self.view.sight.unit, units - 1)
            self.view.look_at(msgspec.structs.replace(self.view.sight, unit=unit))
        self.view.show_moment(moment)

    def restyle(self) -> None:
        """The colours are others."""
        for button, name in ((self.more, "more"), (self.close_button, "close")):
            button.setIcon(icons.icon(name, theme.current().secondary))
        self.view.restyle()

    def _make_buttons(self) -> tuple[QToolButton, QToolButton]:
        more = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setToolTip(tr("Copy, zoom"))
        more.setAccessibleName(tr("More of {}").format(self.name))
        menu = QMenu(more)
        menu.addAction(tr("Copy as data"), lambda: copy_rows(self.view.table()))
        menu.addAction(tr("Copy as picture"), lambda: copy_picture_of(self))
        menu.addAction(tr("Show everything"), self.view.reset_zoom)
        more.setMenu(menu)
        close = QToolButton()
        close.setToolTip(tr("Closes this view"))
        close.setAccessibleName(tr("Close {}").format(self.name))
        close.clicked.connect(self.closed)
        for button in (more, close):
            button.setProperty("role", "flat")
        return more, close


class Pins(QScrollArea):
    """At most ``MOST`` pinned views side by side; where there is no room for all they scroll."""

    said = Signal(str)
    asked = Signal(str, object)
    changed = Signal()  # another view has been pinned, or one closed

    def __init__(self) -> None:
        super().__init__(widgetResizable=True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(theme.px(LEAST), 0)
        self.setAccessibleName(tr("Pinned views"))
        self.setToolTip(tr("Views that stay on their block and value"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        self._row = QHBoxLayout(inside)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self.setWidget(inside)
        self.views: list[PinnedView] = []
        self.hide()

    def __iter__(self) -> Iterator[PinnedView]:
        return iter(self.views)

    @property
    def wanted(self) -> int:
        """The width at which none of them needs to be scrolled into sight."""
        return len(self.views) * (theme.px(NARROWEST) + self._row.spacing())

    @property
    def free(self) -> int:
        """How many more there is a place for."""
        return MOST - len(self.views)

    def add(self, sight: Sight) -> None:
        """Pins a sight, unless all places are taken."""
        if not self.free:
            return
        made = PinnedView(sight)
        made.said.connect(self.said)
        made.view.asked.connect(self.asked)
        made.closed.connect(lambda: self.remove(made))
        self.views.append(made)
        self._row.addWidget(made)
        self.show()
        self.changed.emit()
        QTimer.singleShot(SETTLED, made, partial(self.ensureWidgetVisible, made))

    def remove(self, view: PinnedView) -> None:
        """Closes a pinned view."""
        self.views.remove(view)
        self._row.removeWidget(view)
        view.hide()
        view.deleteLater()
        self.setVisible(bool(self.views))
        self.changed.emit()
