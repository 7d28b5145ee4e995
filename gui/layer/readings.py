"""Computes what passes the blocks that are looked at, beside the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.probe import INPUT, Probe, Reading
from gui.background import Background, Work
from gui.layer.moment import Need
from gui.training_samples import TrainingSamples

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot

PAUSE = 0.03  # seconds that at least lie between two questions: one in every frame

Asked = tuple["Snapshot", frozenset[Need]]
Known = dict[Need, Reading]


class Readings(QObject):
    """``asked`` gives the snapshot and what is needed of it, None while nobody looks. ``known`` is the newest answer;
    ``refused`` says in a sentence why there is none.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, asked: Callable[[], Asked | None], parent: QObject) -> None:
        super().__init__(parent)
        self.known: Known = {}
        self._asked = asked
        self._samples = TrainingSamples()
        self._answered: Asked | None = None
        self._background = Background("probing", self._inquire, PAUSE, self)
        self._background.answered.connect(self._take)
        self._background.refused.connect(self._refuse)

    def look(self) -> None:
        """Something may be new."""
        self._background.look()

    def hurry(self) -> None:
        """The same, where somebody waits for it."""
        self._background.hurry()

    def forget(self) -> None:
        """The chain or the data are others."""
        self.known, self._answered = {}, None

    def close(self) -> None:
        """Nothing more is computed; waits for what is under way."""
        self._background.close()

    def _inquire(self) -> Work | None:
        asked = self._asked()
        if asked is None or not asked[1]:
            return None
        before = self._answered
        if before is not None and before[0] is asked[0] and asked[1] <= before[1]:
            return None
        self._answered = asked
        return partial(read, self._samples, *asked)

    def _take(self, answer: tuple[Snapshot, Known]) -> None:
        snapshot, known = answer
        if self._answered is not None and self._answered[0] is snapshot:
            self.known = known
            self.changed.emit()

    def _refuse(self, sentence: str) -> None:
        self.known = {}
        self.refused.emit(sentence)


def read(samples: TrainingSamples, snapshot: Snapshot, needs: frozenset[Need]) -> tuple[Snapshot, Known]:
    """In the thread: one pass for every sample that is needed. Raises ProjectError."""
    blocks = {INPUT, *(block.name for block in snapshot.project.chain)}
    train = samples.of(snapshot.project)
    known = {}
    for sample in {sample for _, sample in needs}:
        probe = Probe(snapshot, train, sample)
        known.update({need: probe.read(need[0]) for need in needs if need[1] == sample and need[0] in blocks})
    return snapshot, known
