"""Which blocks are broken on purpose. It belongs to the session: undo does not know of it, and no file holds it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.breaks import BY_NAME, Break, fitting, offered
from engine.project import Project
from gui.project_store import ProjectStore


class Breaks(QObject):
    """One break for each broken block. A break stays until it is mended or its block is gone; another project begins
    whole.
    """

    changed = Signal()

    def __init__(self, store: ProjectStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._chosen: dict[str, str] = {}
        store.replaced.connect(lambda: self._take({}))
        store.changed.connect(self._follow)

    @property
    def chosen(self) -> dict[str, str]:
        """The names of the breaks by that of their block, in the order of the chain."""
        names = [block.name for block in self._store.project.chain]
        return {name: self._chosen[name] for name in names if name in self._chosen}

    def of(self, block: str) -> Break | None:
        """What is broken about a block; None for a whole one."""
        name = self._chosen.get(block)
        return None if name is None else BY_NAME[name]

    def offered(self, block: str) -> tuple[Break, ...]:
        """How a block of the chain can be broken."""
        place = self._store.project.index(block)
        return offered(self._store.project.chain[place], self._store.resolved.blocks[place].input_shape)

    def choose(self, block: str, name: str | None) -> None:
        """Breaks a block; None mends it."""
        kept = {key: value for key, value in self._chosen.items() if key != block}
        self._take(kept if name is None else {**kept, block: name})

    def _follow(self, old: Project, new: Project) -> None:
        """Forgets what is gone. While the chain cannot work, shapes say nothing."""
        if not self._chosen:
            return
        if self._store.resolved.ok:
            self._take(fitting(self._chosen, new, self._store.resolved))
        else:
            names = {block.name for block in new.chain}
            self._take({name: each for name, each in self._chosen.items() if name in names})

    def _take(self, chosen: dict[str, str]) -> None:
        if chosen != self._chosen:
            self._chosen = chosen
            self.changed.emit()
