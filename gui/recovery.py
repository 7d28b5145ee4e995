"""Keeps what is not saved where a crash cannot take it, and offers what an earlier crash has left."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QPointF, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from engine.journal import Journal, Left, Leftovers, Origin, left_behind, opened
from engine.project import Project, ProjectError
from engine.storage import EXAMPLES, Saved, write_saved
from gui import recents, theme
from gui.background import Background, Work
from gui.canvas import Canvas
from gui.files import Files
from gui.project_store import ProjectStore
from gui.recovery_card import PICTURE, RecoveryCard
from gui.run_controller import RunController
from gui.settings import state_folder

OPTION = "--recover"
"""The word of the command line before the name of a journal: a window that begins with what was left there."""


class Precautions(msgspec.Struct, frozen=True):
    """Seconds after which edits and training are kept again; a crash takes what came since. ``offer`` is whether a
    window looks for what others have left.
    """

    edits: float = 1.0  # with a second to write that makes two
    training: float = 28.0  # with two to ask and to write that makes thirty
    offer: bool = True


SHARPER = 2  # than the place where the picture is shown
NORMAL = Precautions()


class Recovery(QObject):
    """Follows a store and its run; its journal is there while something is unsaved. ``card`` offers what was left
    behind.
    """

    complained = Signal(str)
    said = Signal(str)

    def __init__(
        self,
        store: ProjectStore,
        files: Files,
        run: RunController,
        canvas: Canvas,
        precautions: Precautions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self.card = RecoveryCard()
        self._store, self._files, self._run, self._canvas, self._window = store, files, run, canvas, window
        self._precautions = precautions
        self._journal: Journal | None = None
        self._settled: list[Journal] = []  # not needed any more, to be removed
        self._written: Project | None = None  # what the journal holds, or could not take
        self._told: Saved | None = None  # a run that the journal does not hold yet
        self._steps: int | None = None  # of the run that it holds, or is about to
        self._warned = self._searching = False
        self._background = Background("recovery", self._inquire, precautions.edits, self)
        self._background.answered.connect(self._note)
        self._background.refused.connect(self._warn)
        self._clock = QTimer(self, interval=round(1000 * precautions.training))
        self._clock.timeout.connect(self._ask)
        self._clock.start()
        self.card.restored.connect(self._restore)
        self.card.copied.connect(self._copy)
        store.changed.connect(self._follow)
        store.dirty_changed.connect(self._follow)
        store.replaced.connect(self._settle)
        files.named.connect(self._settle)
        run.run_told.connect(self._take_run)

    def look(self) -> None:
        """Looks for what was left behind, and offers it."""
        self._searching = self._precautions.offer
        self._background.hurry()

    def recover(self, name: str) -> None:
        """Begins with what is in the journal of that name, which another window has handed over."""
        journal = Journal.claim(_root() / Path(name).name)
        if journal is None:
            self.complained.emit(self.tr("What was to be restored is open in another window, or gone."))
            return
        try:
            if left := opened(journal):
                self._take_over(left)
        except ProjectError as error:
            self.complained.emit(str(error))

    def close(self) -> None:
        """The window closes as it should: nothing of it is kept. What nobody has decided on is offered again."""
        self._clock.stop()
        self._background.close()
        self._settle()
        for journal in self._settled:
            journal.remove()
        self.card.settle()

    # Keeping

    def _follow(self, *_: object) -> None:
        self._background.look()

    def _ask(self) -> None:
        """From time to time: has something been learned that neither file nor journal has?"""
        snapshot, known = self._run.snapshot, self._files.steps if self._steps is None else self._steps
        if snapshot is not None and snapshot.steps != known:
            self._run.ask_run()

    def _take_run(self, run: Saved) -> None:
        assert run.checkpoint
        if run.checkpoint.steps != self._files.steps:
            self._told, self._steps = run, run.checkpoint.steps
        elif self._journal and self._steps is not None:  # it was reset
            self._journal.drop_run()
            self._told = self._steps = None
        self._background.look()

    def _settle(self) -> None:
        """All that was kept is in a file now, or was given up."""
        if self._journal:
            self._settled.append(self._journal)
        self._journal = self._written = self._told = self._steps = None
        self._background.look()

    def _inquire(self) -> Work | None:
        """What is to be done beside the window: search, clear away, or write."""
        if self._searching:
            self._searching = False
            return partial(left_behind, _root())
        if self._settled:
            return self._settled.pop().remove
        if not self._store.dirty and self._steps is None:
            return self._give_up()
        return self._write()

    def _give_up(self) -> Work | None:
        """All edits are undone."""
        journal, self._journal, self._written = self._journal, None, None
        return journal.remove if journal else None

    def _write(self) -> Work | None:
        project, run = self._store.project, self._told
        if project is self._written and not run:
            return None
        self._written, self._told = project, None
        journal = self._begun()
        return partial(journal.write, project, self._origin, picture_of(self._canvas), run) if journal else None

    def _begun(self) -> Journal | None:
        """The journal, a new one where there is none."""
        try:
            self._journal = self._journal or Journal.begin(_root())
        except ProjectError as error:
            self._warn(str(error))
        return self._journal

    @property
    def _origin(self) -> Origin:
        path = str(self._files.path.absolute()) if self._files.path else ""
        known = path if path.isprintable() else ""  # a name that is not even text cannot be written down
        return Origin(path=known, example=self._files.example, stamp=self._files.stamp)

    def _warn(self, text: str) -> None:
        """Once. Where the folder is gone, another one is tried at once, otherwise the next edit tries again."""
        if self._journal and not self._journal.folder.exists():
            self._journal.release()
            self._journal = self._written = None
        if not self._warned:
            self.complained.emit(self.tr("A crash would take what is not saved. {}").format(text))
        self._warned = True

    # Offering

    def _note(self, answer: object) -> None:
        if isinstance(answer, Leftovers):
            self._offer(answer)
        else:  # something was written
            self._warned = False

    def _offer(self, left: Leftovers) -> None:
        self.card.offer(left.found)
        if left.sentences:
            more = self.tr(" (and {} more)").format(len(left.sentences) - 1) if len(left.sentences) > 1 else ""
            self.complained.emit(left.sentences[0] + more)

    def _restore(self, left: Left) -> None:
        """Here, where nothing would be lost by it; otherwise in a window of its own."""
        self.card.drop(left)
        if not self._window.isWindowModified():
            self._take_over(left)
            return
        left.journal.release()
        if not self._files.new_window(OPTION, left.journal.folder.name):
            self.look()

    def _take_over(self, left: Left) -> None:
        """Its journal becomes ours, so that a second crash loses nothing either."""
        entry, origin = left.entry, left.entry.origin
        path = Path(origin.path) if origin.path else None
        example = origin.example if origin.example in EXAMPLES else ""
        with self._background.held():  # what is shown meanwhile needs no journal of its own
            self._files.restore(entry.run or Saved(entry.project), path, example, origin.stamp)
            self._store.edit(entry.project, self.tr("edits after that training"))
            self._journal, self._written = left.journal, self._store.project
            self._steps = entry.steps if entry.run else None
        if entry.trouble:
            self.complained.emit(self.tr("Restored without what it had learned. {}").format(entry.trouble))
        self.said.emit(self.tr("Restored; not saved yet."))

    def _copy(self, left: Left) -> None:
        path = self._files.ask_where(left.entry.project.name)
        if path is None:
            return
        run, project = left.entry.run, left.entry.project
        try:
            write_saved(path, (run.under(project) if run else None) or Saved(project))
        except ProjectError as error:
            self.complained.emit(str(error))
            return
        recents.remember(path)
        self.card.drop(left)
        left.journal.remove()
        self.said.emit(self.tr("Saved as {}.").format(path.name))


def picture_of(canvas: Canvas) -> bytes:
    """A small picture of what a canvas shows, as PNG."""
    seen = canvas.viewport().size()
    if seen.isEmpty():
        return b""
    image = QImage(PICTURE * SHARPER, QImage.Format.Format_RGB32)
    image.fill(theme.current().canvas)
    place = QRectF(QPointF(), QSizeF(seen.scaled(image.size(), Qt.AspectRatioMode.KeepAspectRatio)))
    place.moveCenter(QRectF(image.rect()).center())
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    canvas.render(painter, place)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


def _root() -> Path:
    """Where the journals of all windows lie."""
    return state_folder() / "windows"
