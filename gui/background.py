"""Computes beside the window: one inquiry at a time, always the newest one. The pause between two grows with what an
answer costs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.project import ProjectError

Work = Callable[[], object]
REST = 2.0  # times as long as an answer has taken: computing and showing it leave the window most of the time


class Background(QObject):
    """``inquire`` gives what is to be computed next, or None where nothing is new; it is asked in the window's thread.

    ``answered`` brings what was computed, ``refused`` the sentence of a ProjectError, both in the window's thread.
    """

    answered = Signal(object)
    refused = Signal(str)
    _done = Signal(object)

    def __init__(self, name: str, inquire: Callable[[], Work | None], pause: float, parent: QObject) -> None:
        super().__init__(parent)
        self._name, self._inquire, self._pause = name, inquire, pause
        self._thread: ThreadPoolExecutor | None = None
        self._busy = self._closed = self._held = False
        self._began = self._next = 0.0
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self.look)
        self._done.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def idle(self) -> bool:
        """Whether nothing is computed or about to be."""
        return not self._busy and not self._again.isActive()

    def look(self) -> None:
        """Something may be new: begins with it, unless the thread works already or has answered only just now."""
        if self._busy or self._closed or self._held:
            return
        wait = self._next - time.monotonic()
        if wait > 0:
            self._again.start(round(1000 * wait) + 1)
        elif (work := self._inquire()) is not None:
            self._begin(work)

    def hurry(self) -> None:
        """The same, without a pause: somebody waits for it."""
        self._next = 0.0
        self.look()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nothing is begun meanwhile; afterwards it looks."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self.look()

    def close(self) -> None:
        """Nothing more is computed; waits for what is under way."""
        self._closed = True
        self._again.stop()
        if self._thread is not None:
            self._thread.shutdown(wait=True, cancel_futures=True)
            self._thread = None

    def _begin(self, work: Work) -> None:
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix=self._name)
        self._busy, self._began = True, time.monotonic()
        self._thread.submit(work).add_done_callback(self._done.emit)

    def _take(self, future: Future[object]) -> None:
        """In the window's thread."""
        self._busy = False
        if self._closed or future.cancelled():
            return
        try:
            answer = future.result()
        except ProjectError as error:
            self.refused.emit(str(error))
        else:
            self.answered.emit(answer)
        took = time.monotonic() - self._began
        self._next = self._began + max(self._pause, (1 + REST) * took)
        self.look()
