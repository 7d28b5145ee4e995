"""The gradient check beside the window: when asked, a thread measures the derivatives at the newest snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.project import Project
from gui import check_words
from gui.job import Job
from gui.project_store import ProjectStore

if TYPE_CHECKING:  # both need numpy, which is loaded after the window has been painted
    from engine.explain.check import GradientCheck
    from engine.run.snapshot import Snapshot

ENTRIES = 500  # of each tensor, so that small networks are checked to the last weight and large ones in seconds


@dataclass(frozen=True)
class Checked:
    """A check, and the moment of the run that was checked. ``stale``: training or the breaks have gone on since."""

    check: GradientCheck
    snapshot: Snapshot
    stale: bool = False


class Checker(QObject):
    """Holds the newest result. It grows stale when the run goes on, and is gone when what it speaks of is edited."""

    changed = Signal()  # the result, or that there is none
    said = Signal(str)

    def __init__(self, store: ProjectStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._result: Checked | None = None
        self._job = Job("checking", self)
        self._job.progressed.connect(lambda share: self.said.emit(check_words.progress(share)))
        self._job.done.connect(self._take)
        self._job.failed.connect(self.said)
        store.changed.connect(self._follow)

    @property
    def result(self) -> Checked | None:
        """The newest check of the chain as it is."""
        return self._result

    @property
    def busy(self) -> bool:
        """Whether derivatives are being measured."""
        return self._job.busy

    def toggle(self, snapshot: Snapshot | None) -> None:
        """Begins to check the run at that moment; asked again, stops."""
        if self.busy:
            self.cancel()
            self.said.emit(self.tr("The gradient check was stopped."))
        elif snapshot is not None and snapshot.project.chain == self._store.project.chain:
            self.said.emit(self.tr("Checking every derivative against central differences…"))
            self._job.start(partial(_check, snapshot))

    def cancel(self) -> None:
        """Stops what is under way; returns when its thread is gone."""
        self._job.cancel()

    def draw(self, snapshot: Snapshot | None) -> None:
        """The run is at another moment, or blocks have been broken or mended."""
        if snapshot is not None and self._result is not None and not self._result.stale:
            then = self._result.snapshot
            if (snapshot.steps, snapshot.breaks) != (then.steps, then.breaks) or _moved(then, snapshot):
                self._show(Checked(self._result.check, then, stale=True))

    def _follow(self, old: Project, new: Project) -> None:
        """What is edited has not been checked."""
        if _checks_the_same(old, new):
            return
        if self.busy:
            self.cancel()
            self.said.emit(self.tr("The gradient check was stopped: the chain is another one."))
        if self._result is not None:
            self._show(None)

    def _show(self, result: Checked | None) -> None:
        self._result = result
        self.changed.emit()

    def _take(self, result: Checked) -> None:
        self._show(result)
        self.said.emit(check_words.summary(result))


def _check(snapshot: Snapshot, watch: Callable[[float], bool]) -> Checked:
    """In the thread."""
    from engine.run.check import check_snapshot

    return Checked(check_snapshot(snapshot, ENTRIES, lambda done, total: watch(done / total)), snapshot)


def _moved(then: Snapshot, now: Snapshot) -> bool:
    """Whether the weights at which gradients are taken are others."""
    return then.origin.shape != now.origin.shape or bool((then.origin != now.origin).any())


def _checks_the_same(old: Project, new: Project) -> bool:
    """Whether an edit leaves everything as it is that the gradient depends on."""

    def depends_on(project: Project) -> tuple[object, ...]:
        training = project.training
        return project.chain, project.data, project.loss, training.seed, training.dtype, training.batch_size

    return depends_on(old) == depends_on(new)
