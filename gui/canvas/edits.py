"""The edits of a chain that need no pointer: clipboard, deleting, inserting, reordering by keys."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject, Signal

from engine.layers import AnyLayer
from engine.project import ProjectError, insert, move, remove, replace_block
from engine.resolve import Fix
from gui import clipboard
from gui.project_store import DATA_END, LOSS_END, ProjectStore


class ChainEdits(QObject):
    """Edits what is selected in a store. ``notice`` says in a sentence what could not be done."""

    notice = Signal(str)
    reveal = Signal(str)  # a block that should be in sight now

    def __init__(self, store: ProjectStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store

    @property
    def chosen(self) -> tuple[str, ...]:
        """The selected blocks, without the ends."""
        return tuple(name for name in self._store.selection if name not in (DATA_END, LOSS_END))

    def select_all(self) -> None:
        """Selects every block of the chain."""
        self._store.select(*(block.name for block in self._store.project.chain))

    def delete(self) -> None:
        """Removes the selected blocks; what follows them is selected."""
        names, project = self.chosen, self._store.project
        if not names:
            return
        first = project.index(names[0])
        left = remove(project, names)
        self._store.edit(left, self.tr("delete {}").format(", ".join(names)))
        self._store.select(*(block.name for block in left.chain[min(first, len(left.chain) - 1) :][:1]))

    def copy(self) -> None:
        """Puts the selected blocks on the clipboard, as JSON."""
        if names := self.chosen:
            clipboard.put([self._store.project.block(name) for name in names])

    def cut(self) -> None:
        """Copies and removes."""
        self.copy()
        self.delete()

    def paste(self) -> None:
        """Inserts the clipboard's blocks after the selection, or at the end of the chain."""
        try:
            self.insert(self._slot_after(), clipboard.blocks())
        except ProjectError as error:
            self.notice.emit(self.tr("Nothing was pasted: {}").format(error))

    def duplicate(self) -> None:
        """Inserts the selected blocks once more after themselves."""
        if names := self.chosen:
            self.insert(self._slot_after(), [self._store.project.block(name) for name in names])

    def append(self, block: AnyLayer) -> None:
        """Puts a new block after the selection, or at the end of the chain."""
        self.insert(self._slot_after(), (block,))

    def insert(self, slot: int, blocks: Sequence[AnyLayer]) -> bool:
        """Puts new blocks into a slot as one edit, and selects them; False where the chain would be too long."""
        try:
            project = insert(self._store.project, slot, blocks)
        except ProjectError as error:
            self.notice.emit(str(error))
            return False
        fresh = tuple(block.name for block in project.chain[slot : slot + len(blocks)])
        titles = ", ".join(block.title for block in blocks[:3])
        self._store.edit(project, self.tr("insert {}").format(titles), select=fresh)
        self.reveal.emit(fresh[-1])
        return True

    def shift(self, step: int) -> None:
        """Moves the selected blocks one place to the right (1) or left (-1)."""
        names, project = self.chosen, self._store.project
        if not names:
            return
        slot = project.index(names[-1]) + 2 if step > 0 else project.index(names[0]) - 1
        if 0 <= slot <= len(project.chain):
            self.move(names, slot, merge=("shift", names))
            self.reveal.emit(names[-1 if step > 0 else 0])

    def move(self, names: Sequence[str], slot: int, merge: object = None) -> None:
        """Puts blocks of the chain into another slot."""
        moved = move(self._store.project, names, slot)
        self._store.edit(moved, self.tr("move {}").format(", ".join(names)), merge)

    def toggle_cut(self, name: str) -> None:
        """Cuts the gradient off before a block, or lets it pass again."""
        block = self._store.project.block(name)
        text = self.tr("let the gradient pass {}") if block.cut else self.tr("cut the gradient before {}")
        changed = msgspec.structs.replace(block, cut=not block.cut)
        self._store.edit(replace_block(self._store.project, name, changed), text.format(name))

    def apply(self, fix: Fix) -> None:
        """Takes an offered edit."""
        self._store.edit(fix.apply(self._store.project), fix.text)

    def _slot_after(self) -> int:
        chosen = self.chosen
        return self._store.project.index(chosen[-1]) + 1 if chosen else len(self._store.project.chain)
