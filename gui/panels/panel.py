"""What all panels have in common: a title, a read-out at the bottom, and their numbers to take away."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.exports import table
from engine.project import Project
from gui import icons, theme

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot


def tr(text: str) -> str:
    """A text of the panels in the language of the window."""
    return QCoreApplication.translate("Panels", text)


def copy_rows(rows: list[list[Any]]) -> None:
    """Puts a table on the clipboard, for a spreadsheet."""
    QGuiApplication.clipboard().setText(table.pasted(rows))


def copy_picture_of(widget: QWidget) -> None:
    """Puts a picture of a widget on the clipboard."""
    QGuiApplication.clipboard().setPixmap(widget.grab())


class Readout(QLabel):
    """One line in the middle; longer text begins at the left, and what is beyond two lines ends in dots. It keeps the
    height that it has grown to, so that the plot does not jump while the pointer moves.
    """

    def __init__(self) -> None:
        super().__init__(textFormat=Qt.TextFormat.PlainText)
        self._words = ""
        self._lines = 1
        self.setProperty("role", "caption")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Maximum)

    def say(self, text: str) -> None:
        """Other words; the tip says all of them."""
        self._words = text
        self.setToolTip(text)
        self.fit()

    def hasHeightForWidth(self) -> bool:
        return False

    def sizeHint(self) -> QSize:
        return QSize(200, max(theme.px(16), self._lines * self.fontMetrics().lineSpacing()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, theme.px(16))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """As much of the words as two lines hold."""
        metrics, room = self.fontMetrics(), max(1, self.width())
        short = metrics.horizontalAdvance(self._words) <= room
        side = Qt.AlignmentFlag.AlignHCenter if short else Qt.AlignmentFlag.AlignLeft
        self.setAlignment(side | Qt.AlignmentFlag.AlignTop)
        if not short and self._lines == 1 and self.isVisible():
            self._lines = 2
            self.updateGeometry()
        self.setText(self._words if short else _two_lines(self._words, metrics, room))


def _two_lines(text: str, metrics: QFontMetrics, room: int) -> str:
    """The first line as long as its words allow, the rest shortened at its end."""
    first, rest = "", text
    while " " in rest:
        word, _, after = rest.partition(" ")
        if metrics.horizontalAdvance(f"{first}{word}") > room:
            break
        first, rest = f"{first}{word} ", after
    return f"{first.rstrip()}\n{metrics.elidedText(rest, Qt.TextElideMode.ElideRight, room)}"


class Panel(QWidget):
    """A view of a run. ``draw`` shows a snapshot, ``data`` gives the numbers that are shown."""

    titled = Signal(str, str)  # title and what is drawn, in words
    chosen = Signal(str)  # a block that was clicked
    picture_wanted = Signal(bool)  # on the clipboard, or else in a file

    flatness: ClassVar[float] = 9 / 16  # height of a picture to its width, where nobody says otherwise

    def __init__(self, name: str, spoken: str) -> None:
        super().__init__(objectName=name)
        self.setAccessibleName(spoken)
        self.snapshot: Snapshot | None = None
        self.heading = (spoken, "")  # the last title and sub-line
        self.pictured = False  # whether somebody takes pictures of it, seen or not
        self.titled.connect(self._keep_heading)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(10, 0, 12, 8)
        self.column.setSpacing(4)
        self._readout = Readout()
        self._more = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setProperty("role", "flat")
        self._more.setToolTip(self.tr("Copy, zoom"))
        self._more.setAccessibleName(self.tr("More of {}").format(spoken))
        self._more.setMenu(self._menu())
        self.restyle()

    def controls(self) -> list[QWidget]:
        """What belongs into the head of the panel's card."""
        return [self._more]

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        """The project or the selection is another one."""

    def draw(self, snapshot: Snapshot | None) -> None:
        """Shows a snapshot; None and one without a step show that there is nothing yet."""
        self.snapshot = snapshot

    def data(self) -> Any:
        """The numbers that are shown; see each panel."""
        raise NotImplementedError

    def table(self) -> list[list[Any]]:
        """The same as rows under a row of titles."""
        raise NotImplementedError

    def reset_zoom(self) -> None:
        """Shows everything again."""

    def restyle(self) -> None:
        """The colours are others."""
        self._more.setIcon(icons.icon("more", theme.current().secondary))
        self._readout.fit()

    def stop(self) -> None:
        """The window is being closed: nothing more is computed for the panel."""

    def read_out(self, text: str) -> None:
        """Says what lies under the pointer; without anything there, that there is something to be read."""
        started = self.snapshot is not None and self.snapshot.steps > 0
        idle = self.tr("hover to read values") if started else self.tr("press Run to fill this")
        self._readout.say(text or idle)

    def add_readout(self) -> None:
        """Puts the read-out below everything that has been added so far."""
        self.column.addWidget(self._readout)

    def copy_data(self) -> None:
        """Puts the numbers on the clipboard, for a spreadsheet."""
        copy_rows(self.table())

    @property
    def breadth(self) -> int:
        """The width in which a picture is laid out at least: one of more pixels is larger, not emptier."""
        return 800

    @property
    def watched(self) -> bool:
        """Whether anybody wants to know what the panel shows."""
        return self.pictured or (self.isVisible() and not self.visibleRegion().isEmpty())

    def watch(self, pictured: bool) -> None:
        """Pictures are going to be taken of the panel, or no more."""
        self.pictured = pictured

    def pose(self, posing: bool) -> None:
        """A picture is about to be taken, or has been: what speaks to the pointer is put away meanwhile."""
        if self._readout.parent() is not None:  # a panel without one would show it as a window of its own
            self._readout.setVisible(not posing)

    def _keep_heading(self, title: str, sub: str) -> None:
        self.heading = (title, sub)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(self.tr("Copy as data"), self.copy_data)
        menu.addAction(self.tr("Copy as picture"), partial(self.picture_wanted.emit, True))
        menu.addAction(self.tr("Save as picture…"), partial(self.picture_wanted.emit, False))
        menu.addAction(self.tr("Show everything"), self.reset_zoom)
        return menu
