"""Diagnoses the run that is looked at, at most once a second, in a thread beside the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.project import Project
from gui.background import Background, Work
from gui.project_store import ProjectStore
from gui.training_samples import TrainingSamples

if TYPE_CHECKING:
    from engine.explain.diagnosis import Finding
    from engine.run.snapshot import Snapshot

PAUSE = 1.0  # seconds from one diagnosis to the next
PATIENCE = 2  # diagnoses in a row that must not contain a finding before it is taken back

Diagnosis = tuple["Snapshot", tuple["Finding", ...]]


class Doctor(QObject):
    """``found`` says that ``findings``, the worst first, are others. Nothing is computed while nobody can see it."""

    found = Signal()

    def __init__(self, store: ProjectStore, seen: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._seen = store, seen
        self._snapshot: Snapshot | None = None
        self._examined: Snapshot | None = None
        self._kept: dict[str, Finding] = {}  # by title
        self._missed: dict[str, int] = {}  # how many diagnoses in a row did not contain it
        self._samples = TrainingSamples()
        self._background = Background("diagnosing", self._next, PAUSE, self)
        self._background.answered.connect(self._take)
        store.changed.connect(self._follow)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the chain."""
        return tuple(self._kept.values())

    def draw(self, snapshot: Snapshot | None) -> None:
        """The run has gone on."""
        if snapshot is None or (self._snapshot is not None and snapshot.steps < self._snapshot.steps):
            self._forget()  # it began anew
        self._snapshot = snapshot
        self._background.look()

    def close(self) -> None:
        """Waits for what is under way."""
        self._background.close()

    def _follow(self, old: Project, new: Project) -> None:
        if not _same(old, new):
            self._forget()

    def _forget(self) -> None:
        """What was found, and what is just being examined, is of another run."""
        self._examined = None
        self._keep({})

    def _next(self) -> Work | None:
        snapshot = self._snapshot
        if snapshot is None or snapshot is self._examined or not self._seen():
            return None
        if not _same(snapshot.project, self._store.project):
            return None
        self._examined = snapshot
        return partial(self._diagnose, snapshot)

    def _diagnose(self, snapshot: Snapshot) -> Diagnosis:
        """In the thread: the batch of the last step, at the weights where its gradient was taken."""
        from engine.explain.diagnosis import diagnose

        part, chosen = self._samples.of(snapshot.project), snapshot.chosen
        batch = part.inputs[chosen], part.targets[chosen]
        return snapshot, diagnose(snapshot.project, snapshot.origin, snapshot.statistics, *batch)

    def _take(self, diagnosis: Diagnosis) -> None:
        """A finding that is missing is kept a little longer, so that it does not flicker on and off."""
        snapshot, findings = diagnosis
        if snapshot is not self._examined:
            return
        fresh = {each.title: each for each in findings}
        self._missed = {title: self._missed.get(title, 0) + 1 for title in self._kept if title not in fresh}
        doubtful = {title: self._kept[title] for title, count in self._missed.items() if count < PATIENCE}
        if doubtful:
            self._examined = None  # a run that stands still is examined once more
        self._keep(fresh | doubtful)

    def _keep(self, findings: dict[str, Finding]) -> None:
        if findings != self._kept:
            self._kept = findings
            self.found.emit()


def _same(one: Project, other: Project) -> bool:
    """Whether what is found about one project holds for the other."""
    return (one.chain, one.data, one.loss) == (other.chain, other.data, other.loss)
