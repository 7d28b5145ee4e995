"""Another window is another process: whatever happens to one, the others live on."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QProcess


def open_window(*words: str) -> bool:
    """Starts the program once more, with words of its command line; False where the system refuses."""
    program, *before = command()
    started = QProcess.startDetached(program, [*before, *words])
    return bool(started[0] if isinstance(started, tuple) else started)


def command() -> list[str]:
    """What starts this program: itself where it is one file, otherwise Python with ``main.py``."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, str(Path(__file__).resolve().parent.parent / "main.py")]
