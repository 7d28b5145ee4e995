"""Offers what an earlier crash has left: restores it here or in a window of its own, or saves a copy."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.journal import Journal, Left, Leftovers, opened
from engine.project import ProjectError
from engine.storage import EXAMPLES, Saved, write_saved
from gui import recents
from gui.files import Files
from gui.keeper import Keeper, journals
from gui.project_store import ProjectStore
from gui.recovery_card import RecoveryCard

OPTION = "--recover"
"""The word of the command line before the name of a journal: a window that begins with what was left there."""


class Recovery(QObject):
    """``card`` offers what the keeper has found."""

    complained = Signal(str)
    said = Signal(str)

    def __init__(self, store: ProjectStore, files: Files, keeper: Keeper, offer: bool, window: QWidget) -> None:
        super().__init__(window)
        self.card = RecoveryCard()
        self.keeper = keeper
        self._store, self._files, self._window, self._wanted = store, files, window, offer
        keeper.complained.connect(self.complained)
        keeper.found.connect(self._offer)
        self.card.restored.connect(self._restore)
        self.card.copied.connect(self._copy)

    def look(self) -> None:
        """Looks for what was left behind, and offers it."""
        if self._wanted:
            self.keeper.search()

    def recover(self, name: str) -> None:
        """Begins with what is in the journal of that name, which another window has handed over."""
        journal = Journal.claim(journals() / Path(name).name)
        if journal is None:
            self.complained.emit(self.tr("What was to be restored is open in another window, or gone."))
            return
        try:
            if left := opened(journal):
                self._take_over(left)
        except ProjectError as error:
            self.complained.emit(str(error))

    def close(self) -> None:
        """The window closes as it should. What nobody has decided on is offered again."""
        self.keeper.close()
        self.card.settle()

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
            self.keeper.search()

    def _take_over(self, left: Left) -> None:
        entry, origin = left.entry, left.entry.origin
        path = Path(origin.path) if origin.path else None
        example = origin.example if origin.example in EXAMPLES else ""
        with self.keeper.adopting(left):
            self._files.restore(entry.run or Saved(entry.project), path, example, origin.stamp)
            self._store.edit(entry.project, self.tr("edits after that training"))
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
