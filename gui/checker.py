"""The gradient check beside the window: when asked, a thread measures the derivatives at the newest snapshot."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.project import Project, ProjectError
from gui import check_words
from gui.project_store import ProjectStore

if TYPE_CHECKING:  # both need numpy, which is loaded after the window has been painted
    from engine.explain.check import GradientCheck
    from engine.run.snapshot import Snapshot

ENTRIES = 500  # of each tensor, so that small networks are checked to the last weight and large ones in seconds
TELL_EVERY = 0.05  # seconds


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
    _progressed = Signal(object, int, int)
    _ended = Signal(object, object)  # the thread's switch, and the result or what went wrong in words

    def __init__(self, store: ProjectStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._result: Checked | None = None
        self._progressed.connect(self._tell)
        self._ended.connect(self._take)
        store.changed.connect(self._follow)

    @property
    def result(self) -> Checked | None:
        """The newest check of the chain as it is."""
        return self._result

    @property
    def busy(self) -> bool:
        """Whether derivatives are being measured."""
        return self._thread is not None

    def toggle(self, snapshot: Snapshot | None) -> None:
        """Begins to check the run at that moment; asked again, stops."""
        if self.busy:
            self.cancel()
            self.said.emit(self.tr("The gradient check was stopped."))
        elif snapshot is not None and snapshot.project.chain == self._store.project.chain:
            self._stop = threading.Event()
            arguments = (snapshot, self._stop)
            self._thread = threading.Thread(target=self._run, args=arguments, name="checking", daemon=True)
            self.said.emit(self.tr("Checking every derivative against central differences…"))
            self._thread.start()

    def cancel(self) -> None:
        """Stops what is under way; returns when its thread is gone."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

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

    def _run(self, snapshot: Snapshot, stop: threading.Event) -> None:
        """In the thread."""
        from engine.explain.check import Cancelled

        told = time.monotonic()

        def tell(done: int, total: int) -> bool:
            nonlocal told
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                self._progressed.emit(stop, done, total)
            return not stop.is_set()

        try:
            from engine.run.check import check_snapshot

            self._ended.emit(stop, Checked(check_snapshot(snapshot, ENTRIES, tell), snapshot))
        except Cancelled:
            return
        except ProjectError as error:
            self._ended.emit(stop, str(error))

    def _tell(self, stop: threading.Event, done: int, total: int) -> None:
        if stop is self._stop and not stop.is_set():
            self.said.emit(check_words.progress(done, total))

    def _take(self, stop: threading.Event, result: Checked | str) -> None:
        """In the window's thread; what was stopped meanwhile is not shown."""
        if stop is not self._stop or stop.is_set():
            return
        self.cancel()
        if isinstance(result, str):
            self.said.emit(result)
        else:
            self._show(result)
            self.said.emit(check_words.summary(result))


def _moved(then: Snapshot, now: Snapshot) -> bool:
    """Whether the weights at which gradients are taken are others."""
    return then.origin.shape != now.origin.shape or bool((then.origin != now.origin).any())


def _checks_the_same(old: Project, new: Project) -> bool:
    """Whether an edit leaves everything as it is that the gradient depends on."""

    def depends_on(project: Project) -> tuple[object, ...]:
        training = project.training
        return project.chain, project.data, project.loss, training.seed, training.dtype, training.batch_size

    return depends_on(old) == depends_on(new)
