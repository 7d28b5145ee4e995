"""Counts what a test may leave behind: processes, threads, shared memory, running Qt timers, windows on screen."""

from __future__ import annotations

import gc
import threading
import time
from dataclasses import dataclass, fields
from multiprocessing import active_children, resource_tracker, shared_memory
from pathlib import Path

GRACE = 3.0  # seconds that things on their way out are given

_created: set[str] = set()  # names of the shared-memory blocks that this process ever made
_original = shared_memory.SharedMemory.__init__


def _remember(
    block: shared_memory.SharedMemory, name: str | None = None, create: bool = False, size: int = 0, **rest
) -> None:
    _original(block, name, create, size, **rest)
    if create:
        _created.add(block.name)


shared_memory.SharedMemory.__init__ = _remember  # the only way to know whose a block in the system's list is


@dataclass(frozen=True)
class Census:
    """Everything of each sort that there is, in words."""

    processes: frozenset[str]
    threads: frozenset[str]
    blocks: frozenset[str]
    timers: frozenset[str] | None
    windows: frozenset[str] | None

    @classmethod
    def take(cls, with_qt: bool) -> Census:
        """Looks around; timers and windows only where the test uses Qt."""
        return cls(
            _processes(),
            frozenset(f"thread {each.name} ({each.ident})" for each in threading.enumerate()),
            frozenset(f"shared memory {name}" for name in _created if Path("/dev/shm", name.lstrip("/")).exists()),
            _timers() if with_qt else None,
            _windows() if with_qt else None,
        )


def leftovers(before: Census) -> list[str]:
    """What is there now and was not before, after a moment of grace."""
    patience = time.monotonic() + GRACE
    while True:
        left = _difference(before)
        if not left or time.monotonic() > patience:
            return left
        if before.timers is not None:
            _process_events()
        time.sleep(0.01)


def _difference(before: Census) -> list[str]:
    now, none = Census.take(before.timers is not None), frozenset[str]()
    return sorted(
        each
        for field in fields(Census)
        for each in (getattr(now, field.name) or none) - (getattr(before, field.name) or none)
    )


def _processes() -> frozenset[str]:
    """Child processes, without the helper that the standard library keeps for shared memory."""
    helper = resource_tracker._resource_tracker._pid
    known = {each.pid: each.name for each in active_children()}  # this also collects those that have ended
    children = set(known)
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            children |= {int(pid) for pid in listing.read_text().split()}
        except OSError:
            continue  # that thread has just ended
    return frozenset(f"process {known.get(pid, '')} ({pid})" for pid in children - {helper})


def _timers() -> frozenset[str]:
    from PySide6.QtCore import QTimer
    from shiboken6 import isValid

    found = [each for each in gc.get_objects() if issubclass(type(each), QTimer)]  # asks nothing of lazy objects
    return frozenset(
        f"timer {each.objectName()} of {type(each.parent()).__name__}"
        for each in found
        if isValid(each) and each.isActive()
    )


def _windows() -> frozenset[str]:
    from PySide6.QtWidgets import QApplication

    return frozenset(
        f"window {type(each).__name__} {each.windowTitle()!r}"
        for each in QApplication.topLevelWidgets()
        if each.isVisible()
    )


def _process_events() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
