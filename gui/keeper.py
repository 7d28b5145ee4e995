"""Keeps what is not saved where a crash cannot take it: edits after a second, training after half a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from engine.journal import Journal, Left, Leftovers, Origin, left_behind
from engine.project import Project, ProjectError
from engine.storage import Saved
from gui.background import Background, Work
from gui.canvas import Canvas
from gui.files import Files
from gui.glimpse import glimpse
from gui.project_store import ProjectStore
from gui.run_controller import RunController
from gui.settings import state_folder


class Precautions(msgspec.Struct, frozen=True):
    """Seconds after which edits and training are kept again; a crash takes what came since. ``offer`` is whether a
    window looks for what others have left.
    """

    edits: float = 1.0  # with a second to write that makes two
    training: float = 28.0  # with two to ask and to write that makes thirty
    offer: bool = True


NORMAL = Precautions()


class Keeper(QObject):
    """Follows a store and its run. Its journal is there while something is unsaved, and goes with the window. It is
    written in a thread, which also looks for what others have left: ``found`` brings that.
    """

    complained = Signal(str)
    found = Signal(object)

    def __init__(
        self,
        store: ProjectStore,
        files: Files,
        run: RunController,
        canvas: Canvas,
        precautions: Precautions,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store, self._files, self._run, self._canvas = store, files, run, canvas
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
        store.changed.connect(self._follow)
        store.dirty_changed.connect(self._follow)
        store.replaced.connect(self._settle)
        files.named.connect(self._settle)
        run.run_told.connect(self._take_run)

    @property
    def busy(self) -> bool:
        """Whether something is being searched or written."""
        return self._searching or not self._background.idle

    def search(self) -> None:
        """Looks for what other windows have left behind."""
        self._searching = True
        self._background.hurry()

    @contextmanager
    def adopting(self, left: Left) -> Iterator[None]:
        """Within it, what was left is shown; from then on its journal is ours, so that a second crash loses nothing
        either.
        """
        with self._background.held():  # what is shown meanwhile needs no journal of its own
            yield
            self._journal, self._written = left.journal, self._store.project
            self._steps = left.entry.steps if left.entry.run else None

    def close(self) -> None:
        """The window closes as it should: nothing of it is kept."""
        self._clock.stop()
        self._background.close()
        self._settle()
        for journal in self._settled:
            journal.remove()

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
            return partial(left_behind, journals())
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
        return partial(journal.write, project, self._origin, glimpse(self._canvas), run) if journal else None

    def _begun(self) -> Journal | None:
        """The journal, a new one where there is none."""
        try:
            self._journal = self._journal or Journal.begin(journals())
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

    def _note(self, answer: object) -> None:
        if isinstance(answer, Leftovers):
            self.found.emit(answer)
        else:  # something was written
            self._warned = False


def journals() -> Path:
    """Where the journals of all windows lie."""
    return state_folder() / "windows"
