"""What keeps the chain from working, or may surprise, each with its fix; what the run found wrong with blocks, and what
the diagnosis of its gradients says. Says so, too, when all is well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from engine.project import Project
from engine.resolve import Place
from gui import numbers
from gui.breaks import Breaks
from gui.doctor import Doctor
from gui.panels.panel import Panel
from gui.panels.problem_note import Note, Remark, text_label
from gui.project_store import DATA_END, LOSS_END, ProjectStore

if TYPE_CHECKING:
    from engine.explain.diagnosis import Finding as Diagnosed
    from engine.findings import Finding
    from engine.run.snapshot import Snapshot

JUDGED, BROKEN = "judged", "broken"
ENDS = {"data": DATA_END, "loss": LOSS_END, "training": LOSS_END}


class ProblemPanel(Panel):
    """``data()`` gives (place, text) of every problem and warning, of the findings of the run and of the diagnosis, and
    of what is broken on purpose.
    """

    counted = Signal(int, bool)  # how many things there are to look at, and whether they keep the chain from working

    def __init__(self, store: ProjectStore, doctor: Doctor, breaks: Breaks) -> None:
        super().__init__("problemPanel", "Problems")
        self._store, self._doctor, self._breaks = store, doctor, breaks
        self._shown: object = None  # which project the notes are about
        self._said: dict[tuple[str, str], Remark] = {}  # by place and kind
        self._notes: dict[tuple[str, str], Note] = {}
        self._area = QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(self.tr("Problems"))
        self.column.addWidget(self._area, 1)
        doctor.found.connect(self._show)
        breaks.changed.connect(self._show)

    def controls(self) -> list[QWidget]:
        return []

    def data(self) -> list[tuple[str, str]]:
        return [(place, remark.text) for (place, _), remark in self._remarks().items()]

    def table(self) -> list[list[Any]]:
        return [["place", "text"], *map(list, self.data())]

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        self._show()

    def draw(self, snapshot: Snapshot | None) -> None:
        super().draw(snapshot)
        self._show()

    def _show(self) -> None:
        """Says in the same notes what there is to say now; makes them anew where there are others."""
        project, remarks = self._store.project, self._remarks()
        if project is self._shown and remarks == self._said:
            return
        kept = bool(remarks) and list(remarks) == list(self._notes)
        self._shown, self._said = project, remarks
        if kept:
            for key, remark in remarks.items():
                self._notes[key].say(remark)
            return
        self._notes = {key: Note(self._store, remark, self._select, self._mend) for key, remark in remarks.items()}
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 2, 4, 4)
        column.setSpacing(6)
        for note in self._notes.values():
            column.addWidget(note)
        if not self._notes:
            column.addWidget(text_label("caption", self._all_well(project)))
        column.addStretch(1)
        if (old := self._area.takeWidget()) is not None:
            old.deleteLater()  # a button of it may be the one that asked for this
        self._area.setWidget(inside)
        count = len(self._notes)
        said = numbers.plural(count, self.tr("thing to look at"), self.tr("things to look at"))
        self.titled.emit(self.tr("Problems"), said if count else self.tr("none"))
        self.counted.emit(count, not self._store.resolved.ok)

    def _remarks(self) -> dict[tuple[str, str], Remark]:
        """All that is to be said, by place and kind. Units that are off are spoken of once."""
        places = [place for place in self._store.resolved.places if place.problem or place.warning]
        said = {(place.name, JUDGED): self._of_place(place) for place in places}
        diagnosed = self._doctor.findings
        sick = {found.block: found for found in self._health()}
        for found in sick.values():
            if not any(_covers(each, found) for each in diagnosed):
                said[found.block, found.kind] = self._of_health(found, diagnosed)
        for each in diagnosed:
            if len(each.blocks) > 1 or each.blocks[0] not in sick:
                said[each.blocks[0], each.title] = self._of_diagnosis(each)
        return said | {(name, BROKEN): self._of_break(name) for name in self._breaks.chosen}

    def _health(self) -> list[Finding]:
        """What the run found wrong with blocks that are still the same."""
        if self.snapshot is None or not self.snapshot.health:
            return []
        return [found for block in self._store.project.chain if (found := self.snapshot.finding(block))]

    @staticmethod
    def _of_place(place: Place) -> Remark:
        where = (ENDS.get(place.name, place.name),)
        return Remark(place.name, where, place.problem or place.warning or "", fix=place.fix)

    @staticmethod
    def _of_health(found: Finding, diagnosed: Iterable[Diagnosed]) -> Remark:
        """With the edit that the diagnosis offers for the same units."""
        fix = next((each.fix for each in diagnosed if each.blocks == (found.block,)), None)
        return Remark(found.block, (found.block,), found.text, found.suggestion, fix)

    @staticmethod
    def _of_diagnosis(found: Diagnosed) -> Remark:
        blocks = tuple(name for name in found.blocks if name not in ENDS)
        return Remark(found.title, blocks, found.text, fix=found.fix, finding=found)

    def _of_break(self, block: str) -> Remark:
        broken = self._breaks.of(block)
        assert broken is not None
        text = self.tr("{}: broken on purpose. {} This is not saved.").format(block, broken.text)
        return Remark(block, (block,), text, broken=True)

    def _mend(self, block: str) -> None:
        self._breaks.choose(block, None)

    def _select(self, places: tuple[str, ...]) -> None:
        self._store.select(*places)

    def _all_well(self, project: Project) -> str:
        resolved = self._store.resolved
        blocks = numbers.plural(len(project.chain), self.tr("block"), self.tr("blocks"))
        weights = numbers.plural(resolved.parameter_count, self.tr("parameter"), self.tr("parameters"))
        text = self.tr("Every shape fits: {}, {}. One backward pass gives the derivative of the error by all of them.")
        return text.format(blocks, weights)


def _covers(diagnosed: Diagnosed, found: Finding) -> bool:
    """Whether a diagnosis says more of a block already: that nothing gets back through it. It is also the newer one."""
    return found.block in diagnosed.blocking
