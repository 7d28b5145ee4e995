"""Waits while the window lives as in use."""

from __future__ import annotations

from PySide6.QtCore import QEventLoop, QTimer


def wait(milliseconds: int) -> None:
    """Runs the event loop for so long. ``QTest.qWait`` would hold Python's lock and starve every other thread."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
