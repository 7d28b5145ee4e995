"""The window beside the main one that offers everything that can be taken away, and shows it as it is now."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QListWidget, QPushButton, QVBoxLayout

from engine.exports import FORMATS, Format, Work
from engine.exports.contents import Content, content
from engine.exports.target import hides_a_module, write
from engine.project import Project, ProjectError
from gui import theme
from gui.background import Background
from gui.background import Work as Task
from gui.exports import pictures
from gui.exports.options import PictureOptions
from gui.exports.pictures import PictureFormat
from gui.exports.preview import Preview
from gui.exports.subjects import subjects
from gui.files import file_name

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot
    from gui.main_window import MainWindow

PAUSE = 0.5  # seconds from one preview to the next
SHARE = 8  # so many times as long as the last one took, where that is more: the run and the window go first

Answer = tuple[Format, tuple[Content, ...] | list[Path] | str]


class Export(QDialog):
    """Formats at the left, the preview beside them, options below; follows the project and the run while visible."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Export"))
        self._window = window
        self._offers: tuple[Format | PictureFormat, ...] = (*FORMATS.values(), *pictures.FORMATS.values())
        self._fresh = False  # whether the preview shows what there is now
        self._saving: Path | None = None  # where to, while it is still to be done
        self._taking = False  # whether a picture is being taken
        self._pause = PAUSE
        self._folder = Path()
        self.formats, self.preview = self._list(), Preview()
        self.options = PictureOptions(subjects(window))
        self._about, self._said = _label("caption"), _label("caption")
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setAccessibleName(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Puts what is shown onto the clipboard"))
        self.save_button = QPushButton(self.tr("Save…"))
        self.save_button.setAccessibleName(self.tr("Save"))
        self.save_button.setToolTip(self.tr("Writes it into a file, with what belongs to it beside"))
        self.save_button.setProperty("role", "primary")
        self._lay_out()
        self._background = Background("exporting", self._next, PAUSE, self)
        self._later = QTimer(self, singleShot=True)
        self._connect()
        self.formats.setCurrentRow(0)

    def offer_picture(self, of: str) -> None:
        """A picture of a panel is wanted."""
        if isinstance(self._offer, Format):
            self.formats.setCurrentRow(len(FORMATS))
        self.options.choose(of)

    def stop(self) -> None:
        """The main window is being closed."""
        self._later.stop()
        self._background.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._begin()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._later.stop()
        self._watch(False)

    # Putting together

    def _list(self) -> QListWidget:
        formats = QListWidget()
        formats.addItems([each.title for each in self._offers])
        formats.setAccessibleName(self.tr("Formats"))
        formats.setToolTip(self.tr("What can be taken away"))
        formats.setFixedWidth(theme.px(150))
        formats.setSpacing(3)
        return formats

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        for widget in (self._about, self.preview, self.options):
            right.addWidget(widget, int(widget is self.preview))
        foot = QHBoxLayout()
        foot.addWidget(self._said, 1)
        foot.addWidget(self.copy_button)
        foot.addWidget(self.save_button)
        right.addLayout(foot)
        row = QHBoxLayout(self)
        row.addWidget(self.formats)
        row.addLayout(right, 1)
        self.resize(theme.px(900), theme.px(620))

    def _connect(self) -> None:
        window = self._window
        for signal in (window.store.changed, window.controller.frame, theme.signals.changed):
            signal.connect(self._follow)
        for panel in window.panels.values():
            panel.titled.connect(self._follow)  # what is computed beside the window comes when it is ready
        window.store.selection_changed.connect(self._mark)
        self.formats.currentRowChanged.connect(self._begin)
        self.options.changed.connect(self._begin)
        self.copy_button.clicked.connect(self._copy)
        self.save_button.clicked.connect(self._ask)
        self._background.answered.connect(self._take)
        self._background.refused.connect(self._refuse)
        self._later.timeout.connect(self._show_picture)

    @property
    def _offer(self) -> Format | PictureFormat:
        return self._offers[max(0, self.formats.currentRow())]

    # Following

    def _begin(self, *_: object) -> None:
        """Another format or other options: the preview is made anew, at once."""
        offer = self._offer
        self._about.setText(f"{offer.about[:1].upper()}{offer.about[1:]}.")
        self._said.clear()
        self.options.setVisible(isinstance(offer, PictureFormat))
        self._watch(self.isVisible())
        self._fresh = False
        if not self.isVisible():
            return
        if isinstance(offer, PictureFormat):
            self._later.start(0)
        else:
            self.preview.clear()
            self._background.hurry()

    def _watch(self, watched: bool) -> None:
        """The panel of a picture has to know what it shows, whether or not it can be seen."""
        wanted = self.options.subject if watched and isinstance(self._offer, PictureFormat) else None
        for subject in self.options.subjects:
            subject.watch(subject is wanted)

    def _follow(self, *_: object) -> None:
        """The project or the run has gone on."""
        if not self.isVisible() or self._taking:
            return
        self._fresh = False
        if isinstance(self._offer, Format):
            self._background.look()
        elif not self._later.isActive():
            self._later.start(round(1000 * self._pause))

    def _show_picture(self) -> None:
        self.options.follow()
        if objection := self.options.objection:
            self._refuse(objection)
            return
        if self.options.subject.held():
            self._later.start(round(1000 * self._pause))
            return
        began = time.perf_counter()
        self._taking = True
        self.preview.show_image(pictures.image(self.options.subject, self.options.wanted))
        self._taking = False
        self._pause = max(PAUSE, SHARE * (time.perf_counter() - began))
        self._enable()

    def _next(self) -> Task | None:
        """What is to be made beside the window."""
        offer, snapshot = self._offer, self._window.controller.snapshot
        if isinstance(offer, PictureFormat) or not (self._saving or (self.isVisible() and not self._fresh)):
            return None
        if problems := self._window.store.resolved.problems:
            self._saving, self._fresh = None, True
            self._refuse(self.tr("The chain cannot be trained yet: {}.").format(problems[0].text.rstrip(".")))
            return None
        project = self._window.project
        if snapshot is None or (snapshot.project.chain, snapshot.project.data) != (project.chain, project.data):
            return None  # the run is about to follow
        path, self._saving = self._saving, None
        if path is not None:
            return partial(_saved, offer, snapshot, project, path)
        self._fresh = True
        return partial(_made, offer, snapshot, project)

    def _take(self, answer: Answer) -> None:
        offer, found = answer
        if isinstance(found, list):
            self._report(found)
        elif isinstance(found, str):
            self._say(found, "wrong")
        elif offer is self._offer:
            self._said.clear()
            self.preview.show_files(found)
            self._enable()

    def _mark(self) -> None:
        self.preview.mark(self._window.store.selection)

    # Taking away

    def _copy(self) -> None:
        clipboard, shown = QGuiApplication.clipboard(), self.preview.content
        if isinstance(self._offer, PictureFormat):
            clipboard.setImage(self.preview.picture.image)
        elif shown is not None and shown.text is not None:
            clipboard.setText(shown.text)
        self._say(self.tr("Copied."))

    def _ask(self) -> None:
        """Asks where to; what lies there is replaced after a question of the system's own dialog."""
        offer = self._offer
        stem = file_name(self._window.project.name)
        if isinstance(offer, PictureFormat):
            stem = f"{stem} – {self.options.subject.title}"
        kind = f"{offer.title} (*{offer.suffix})"
        proposed = str(self._folder / f"{stem}{offer.suffix}")
        chosen, _filter = QFileDialog.getSaveFileName(self, self.tr("Save what is exported"), proposed, kind)
        if chosen:
            path = Path(chosen)
            self._save(path if path.suffix == offer.suffix else path.with_name(path.name + offer.suffix))

    def _save(self, path: Path) -> None:
        self._folder = path.parent
        if hides_a_module(path):
            text = self.tr("A program called {} would be taken for the module that it imports: choose another name.")
            self._say(text.format(path.name), "wrong")
        elif isinstance(self._offer, Format):
            self._saving = path
            self._background.hurry()
        else:
            self._save_picture(self._offer, path)

    def _save_picture(self, offer: PictureFormat, path: Path) -> None:
        try:
            self._report(write({path.name: offer.make(self.options.subject, self.options.wanted)}, path.parent))
        except ProjectError as error:
            self._say(str(error), "wrong")

    def _report(self, paths: list[Path]) -> None:
        names = ", ".join(path.name for path in paths)
        self._say(self.tr("Saved {} in {}.").format(names, paths[0].parent.absolute()))
        self._window.status_line.say(self.tr("Saved {}.").format(names))

    def _say(self, text: str, role: str = "caption") -> None:
        self._said.setProperty("role", role)
        self._said.style().polish(self._said)  # for its new role
        self._said.setText(text)

    def _refuse(self, sentence: str) -> None:
        self.preview.clear()
        self._say(sentence, "wrong")
        self._enable()

    def _enable(self) -> None:
        picture = isinstance(self._offer, PictureFormat)
        shown = self.preview.content
        there = not self.preview.picture.image.isNull() and not self.options.objection if picture else shown is not None
        self.save_button.setEnabled(there)
        self.copy_button.setEnabled(there and (picture or (shown is not None and shown.text is not None)))


def _made(offer: Format, snapshot: Snapshot, project: Project) -> Answer:
    """In the thread: what the files would hold."""
    files = offer.files(replace(Work.of(snapshot), project=project))
    contents = tuple(content(name, data) for name, data in files.items())
    return offer, contents


def _saved(offer: Format, snapshot: Snapshot, project: Project, path: Path) -> Answer:
    """In the thread: the files, written; or why they could not be. What is shown stays, to be saved elsewhere."""
    files = offer.files(replace(Work.of(snapshot), project=project), path.stem)
    try:
        return offer, write(files, path.parent)
    except ProjectError as error:
        return offer, str(error)


def _label(role: str) -> QLabel:
    label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label
