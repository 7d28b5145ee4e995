"""The open project and its history of edits. Every edit goes through here; every view is told old and new."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.project import Project
from engine.resolve import Resolved, resolve

DATA_END = "data:"
"""Selects the data block at the left end of the chain; no layer can have that name."""
LOSS_END = "loss:"
"""Selects the loss block at the right end."""
MERGE_WITHIN = 1.0  # seconds between two edits that may count as one


class _Edit(QUndoCommand):
    """The one undo command: from one project to the next."""

    def __init__(self, store: ProjectStore, new: Project, text: str, key: Hashable | None) -> None:
        super().__init__(text)
        self._store, self._old, self._new, self._key = store, store.project, new, key
        self._time = time.monotonic()

    def id(self) -> int:
        return -1 if self._key is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or other._key != self._key or other._time - self._time > MERGE_WITHIN:
            return False
        self._new, self._time = other._new, other._time
        self.setObsolete(self._new == self._old)
        return True

    def undo(self) -> None:
        self._store._take(self._old)

    def redo(self) -> None:
        self._store._take(self._new)


class ProjectStore(QObject):
    """Holds the project, what ``resolve`` says of it, the selection and the undo stack."""

    replaced = Signal()  # comes before ``changed`` when the new project is another one, not an edited one
    changed = Signal(object, object)  # old and new project
    selection_changed = Signal()
    dirty_changed = Signal(bool)

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self._resolved: Resolved | None = None
        self._selection: tuple[str, ...] = ()
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._say_dirty)

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self._project

    @property
    def resolved(self) -> Resolved:
        """Shapes, problems and fixes of the project."""
        if self._resolved is None:
            self._resolved = resolve(self._project)
        return self._resolved

    @property
    def selection(self) -> tuple[str, ...]:
        """Names of the selected blocks in the order of the chain, or one end of it."""
        return self._selection

    @property
    def dirty(self) -> bool:
        """Whether there are edits that no file has."""
        return not self.undo_stack.isClean()

    def edit(self, project: Project, text: str, merge: Hashable | None = None, select: Iterable[str] = ()) -> None:
        """Takes over an edited project as one undo step; steps with the same ``merge`` key in quick succession become
        one. ``select`` names what is selected afterwards, where that is to change.
        """
        if project == self._project:
            return
        self.undo_stack.push(_Edit(self, project, text, merge))
        if select:
            self.select(*select)

    def replace(self, project: Project) -> None:
        """Takes over another project; there is nothing to undo afterwards."""
        old, self._project, self._resolved = self._project, project, None
        self._set_selection(())
        self.undo_stack.clear()
        self.replaced.emit()
        self.changed.emit(old, project)

    def mark_saved(self) -> None:
        """From here on the project counts as saved."""
        self.undo_stack.setClean()

    def mark_unsaved(self) -> None:
        """No state of the project counts as saved, whatever is undone."""
        self.undo_stack.resetClean()

    def select(self, *names: str) -> None:
        """Selects blocks by name, or one end of the chain; what does not exist is left out."""
        self._set_selection(names)

    def _say_dirty(self, clean: bool) -> None:
        self.dirty_changed.emit(not clean)

    def _take(self, project: Project) -> None:
        old, self._project, self._resolved = self._project, project, None
        self._set_selection(_followed(old, project, self._selection), quietly=True)
        self.changed.emit(old, project)
        self.selection_changed.emit()

    def _set_selection(self, names: Iterable[str], quietly: bool = False) -> None:
        wanted = set(names)
        ends = [end for end in (DATA_END, LOSS_END) if end in wanted]
        found = tuple(ends[:1] or (block.name for block in self._project.chain if block.name in wanted))
        if found != self._selection:
            self._selection = found
            if not quietly:
                self.selection_changed.emit()


def _followed(old: Project, new: Project, selection: tuple[str, ...]) -> tuple[str, ...]:
    """The selection after an edit; a block that was renamed stays selected."""
    names = [block.name for block in old.chain], [block.name for block in new.chain]
    if len(names[0]) != len(names[1]):
        return selection
    differing = [pair for pair in zip(*names, strict=True) if pair[0] != pair[1]]
    renamed = dict(differing) if len(differing) == 1 else {}
    return tuple(renamed.get(name, name) for name in selection)
