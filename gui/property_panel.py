"""The properties of what is selected, as forms made from the fields' own declarations."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from gui import theme
from gui.break_section import BreakSection
from gui.breaks import Breaks
from gui.project_store import DATA_END, LOSS_END, ProjectStore
from gui.sections import SECTIONS, Section

SECTION_PAUSE = 10  # milliseconds between two sections, in which the window is painted


class PropertyPanel(QScrollArea):
    """Forms for the selected block; for data, loss, optimizer and training when an end or nothing is selected."""

    notes_wanted = Signal()
    data_wanted = Signal()
    board_wanted = Signal()
    columns_wanted = Signal()

    def __init__(self, store: ProjectStore, breaks: Breaks, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="propertyPanel")
        self._store, self._breaks = store, breaks
        self._sections: list[Section] = []
        self._shown: tuple[str, ...] | None = None
        self._waiting: list[str] = []  # sections still to be made
        self._later = QTimer(self, singleShot=True, interval=SECTION_PAUSE)
        self._later.timeout.connect(self._make_next)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Properties"))
        store.changed.connect(lambda *_: self._refresh())
        store.selection_changed.connect(self._refresh)
        theme.signals.changed.connect(self._rebuild)
        self._rebuild()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(256), theme.px(420))

    def focus_first(self) -> None:
        """The first editor takes the keyboard."""
        for section in self._sections:
            if section.focus_first():
                return

    def _refresh(self) -> None:
        """Shows the new values in the forms that are there, or makes forms where others are needed."""
        if self._wanted() != self._shown or not all(section.suits() for section in self._sections):
            self._rebuild()
        for section in self._sections:
            section.refresh()

    def _wanted(self) -> tuple[str, ...]:
        """Which sections belong to the selection, by name."""
        chosen = self._store.selection
        if len(chosen) == 1 and chosen[0] == DATA_END:
            return ("data",)
        if len(chosen) == 1 and chosen[0] == LOSS_END:
            return ("loss", "optimizer", "training")
        if len(chosen) == 1:
            breakable = ("break",) if self._breaks.offered(chosen[0]) else ()
            return ("block", *breakable, "optimizer", "training")
        return ("several", "optimizer", "training") if chosen else ("project", "data", "loss", "optimizer", "training")

    def _rebuild(self) -> None:
        """Makes the first section at once; those below it follow one by one, while the window answers in between."""
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(14, 4, 14, 12)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self._shown = self._wanted()
        self._sections = []
        self._waiting = list(self._shown)
        self._make_next()
        old = self.takeWidget()
        if old is not None:
            old.deleteLater()  # an editor of it may be the one that asked for this
        self.setWidget(inside)

    def _make_next(self) -> None:
        if not self._waiting:
            return
        name = self._waiting.pop(0)
        section = BreakSection(self._store, self._breaks) if name == "break" else SECTIONS[name](self._store)
        section.notes_wanted.connect(self.notes_wanted)
        section.data_wanted.connect(self.data_wanted)
        section.board_wanted.connect(self.board_wanted)
        section.columns_wanted.connect(self.columns_wanted)
        place = self._column.count() - 1  # above the stretch
        if self._sections:
            self._column.insertWidget(place, _divider())
            place += 1
        self._column.insertWidget(place, section)
        self._sections.append(section)
        section.refresh()
        self._later.start()


def _divider() -> QFrame:
    line = QFrame(objectName="divider")
    line.setFixedHeight(1)
    return line
