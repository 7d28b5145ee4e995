"""The project's notes beside the canvas: the first line says what it is about, every further line is a step.

Plain text only, whatever the file holds.
"""

from __future__ import annotations

from functools import partial

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.project import Project
from engine.storage import EXAMPLES, read_example
from gui.project_store import ProjectStore

MERGED = ("notes",)
"""What is typed in quick succession is taken back together."""


class Notes(QWidget):
    """Read as a list of steps, or written; links lead to the examples before and after the one that was opened."""

    closed = Signal()
    example_wanted = Signal(str)

    def __init__(self, store: ProjectStore) -> None:
        super().__init__(objectName="notes")
        self.setAccessibleName(self.tr("Notes"))
        self._store = store
        self._shown: str | None = None
        self._area = QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(self.tr("Notes"))
        self.editor = QPlainTextEdit(objectName="notesEditor")
        self.editor.setTabChangesFocus(True)
        self.editor.setAccessibleName(self.tr("Notes"))
        self.editor.setToolTip(self.tr("The first line says what the project is about, every further line is a step"))
        self.editor.setPlaceholderText(self.tr("What is this about?\nWhat to click, and what to notice: a line each."))
        self._pages = QStackedWidget()
        self._pages.addWidget(self._area)
        self._pages.addWidget(self.editor)
        self.close_button = self._closer()
        self.edit_button = _link(self.tr("Edit"), self.tr("Edit the notes; Ctrl+Z takes it back"))
        self.before, self.after = _link(self.tr("‹ Previous")), _link(self.tr("Next ›"))
        self._lay_out()
        self.editor.textChanged.connect(self._take)
        self.edit_button.clicked.connect(lambda: self.write(self._pages.currentIndex() == 0))
        store.changed.connect(self._follow)
        store.replaced.connect(partial(self.write, False))
        self.offer_neighbours("")
        self.write(False)

    def write(self, writing: bool) -> None:
        """Opens the editor, or shows what was written as it is read."""
        self._pages.setCurrentIndex(int(writing))
        self.edit_button.setText(self.tr("Done") if writing else self.tr("Edit"))
        self.edit_button.setAccessibleName(self.tr("Read the notes") if writing else self.tr("Edit the notes"))
        self._show(self._store.project.notes)
        if writing:
            self.editor.setFocus()

    def offer_neighbours(self, example: str) -> None:
        """Links to the examples before and after that one; none where it is not an example."""
        place = EXAMPLES.index(example) if example else -1
        names = (EXAMPLES[max(place - 1, 0)], EXAMPLES[min(place + 1, len(EXAMPLES) - 1)])
        tips = (self.tr("The example before: {}"), self.tr("The next example: {}"))
        for link, name, tip in zip((self.before, self.after), names, tips, strict=True):
            link.setVisible(bool(example) and name != example)
            if not link.isHidden():
                said = tip.format(read_example(name).name)
                link.setToolTip(said)
                link.setAccessibleName(said)
                link.setProperty("example", name)

    def steps(self) -> list[str]:
        """The lines that are shown, the first one included."""
        return [label.text() for label in self._area.findChildren(QLabel) if label.property("role") != "group"]

    def _follow(self, old: Project, new: Project) -> None:
        if old.notes != new.notes:
            self._show(new.notes)

    def _show(self, text: str) -> None:
        if self.editor.toPlainText() != text:
            self.editor.blockSignals(True)
            self.editor.setPlainText(text)
            self.editor.blockSignals(False)
        if text != self._shown and self._pages.currentIndex() == 0:
            self._shown = text
            self._area.setWidget(_page(text))

    def _take(self) -> None:
        written = self.editor.toPlainText()
        if written != self._store.project.notes:
            edited = msgspec.structs.replace(self._store.project, notes=written)
            self._store.edit(edited, self.tr("edit the notes"), MERGED)

    def _closer(self) -> QToolButton:
        button = QToolButton(text="×")
        button.setProperty("role", "flat")
        button.setAccessibleName(self.tr("Close the notes"))
        button.setToolTip(self.tr("Close; View > Panels > Notes shows them again"))
        button.clicked.connect(self.closed)
        return button

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setContentsMargins(10, 0, 10, 0)
        foot.addWidget(self.before)
        foot.addStretch(1)
        foot.addWidget(self.edit_button)
        foot.addStretch(1)
        foot.addWidget(self.after)
        for link in (self.before, self.after):
            link.clicked.connect(partial(self._open, link))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(2)
        column.addWidget(self._pages, 1)
        column.addLayout(foot)

    def _open(self, link: QPushButton, *_: object) -> None:
        self.example_wanted.emit(link.property("example"))


def _page(text: str) -> QWidget:
    """The notes as they are read: what it is about, then the steps, numbered."""
    first, *steps = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    page = QWidget()
    grid = QGridLayout(page)
    grid.setContentsMargins(14, 4, 10, 4)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(8)
    grid.setColumnStretch(1, 1)
    grid.addWidget(_label("lead", first), 0, 0, 1, 2)
    for number, step in enumerate(steps, 1):
        grid.addWidget(_label("group", f"{number}"), number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_label("note", step), number, 1)
    grid.setRowStretch(len(steps) + 1, 1)
    return page


def _label(role: str, text: str) -> QLabel:
    label = QLabel(text, wordWrap=role != "group", textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _link(text: str, tip: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setProperty("role", "link")
    button.setToolTip(tip)
    return button
