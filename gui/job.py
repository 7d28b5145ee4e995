"""One thing at a time that is done beside the living window, with progress, and can be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.cancelled import Cancelled
from engine.project import ProjectError

TELL_EVERY = 0.05  # seconds


class Job(QObject):
    """``start`` runs a function in a thread. It is given a watch: told the share that is done, it says whether to go
    on. A newer job ends an older one.
    """

    progressed = Signal(float)
    done = Signal(object)
    failed = Signal(str)
    _told = Signal(object, float)
    _ended = Signal(object, object)  # the thread's switch, and a function that says what became of it

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name  # of the thread
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._told.connect(self._tell)
        self._ended.connect(self._finish)

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self._thread is not None

    def start(self, work: Callable[[Callable[[float], bool]], Any]) -> None:
        """Begins; what was under way is stopped."""
        self.cancel()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work, self._stop), name=self._name, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stops what is under way; returns when its thread is gone."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, work: Callable[[Callable[[float], bool]], Any], stop: threading.Event) -> None:
        """In the thread."""
        told = time.monotonic()

        def watch(share: float) -> bool:
            nonlocal told
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                self._told.emit(stop, share)
            return not stop.is_set()

        try:
            result = work(watch)
        except Cancelled:
            return
        except ProjectError as error:
            text = str(error)
            self._ended.emit(stop, lambda: self.failed.emit(text))
        except MemoryError:
            self._ended.emit(stop, lambda: self.failed.emit(self.tr("That needs more memory than there is.")))
        else:
            self._ended.emit(stop, lambda: self.done.emit(result))

    def _tell(self, stop: threading.Event, share: float) -> None:
        if stop is self._stop and not stop.is_set():
            self.progressed.emit(share)

    def _finish(self, stop: threading.Event, say: Callable[[], None]) -> None:
        """In the window's thread; what was stopped meanwhile is not told."""
        if stop is self._stop and not stop.is_set():
            self.cancel()
            say()
