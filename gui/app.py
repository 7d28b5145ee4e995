"""Starts the window."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

gc.disable()  # modules and widgets are made to stay: looking for garbage among them delays the first picture

# The engine comes first: once PySide is there, it reads the source of every module that is imported.
from engine.project import Project, ProjectError  # noqa: E402, I001
from engine.storage import read_example  # noqa: E402

from PySide6.QtWidgets import QApplication  # noqa: E402

from gui import theme  # noqa: E402
from gui.main_window import MainWindow  # noqa: E402
from gui.recovery import NORMAL, Precautions  # noqa: E402

gc.enable()

FIRST = "domino"


def create_window(project: Project | None = None, precautions: Precautions = NORMAL) -> MainWindow:
    """A window on a project, by default the first example. Needs a QApplication; its panels appear by themselves."""
    gc.disable()
    try:
        theme.install()
        window = MainWindow(read_example(FIRST) if project is None else project, precautions)
        theme.dress()
    finally:
        gc.enable()
    return window


def main(arguments: list[str]) -> int:
    """Opens the window, on a file where one is named, and returns when it is closed."""
    from gui.error_handler import ErrorHandler

    if not _has_screen():
        sys.stderr.write("cascade: The window needs a screen; without one there are commands: cascade --help.\n")
        return 1
    app = QApplication([sys.argv[0]])
    app.setApplicationName("Cascade")
    app.setDesktopFileName("cascade")
    window = create_window()
    handler = ErrorHandler(window)
    if arguments:
        _open(window, arguments[0])
    window.show()
    code = app.exec()
    handler.restore()
    return code


def _has_screen() -> bool:
    """Whether there is a screen, or Qt was told how to do without; on Linux it would end the process otherwise."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in named)


def _open(window: MainWindow, source: str) -> None:
    """Opens what the command line names; what cannot be opened is explained above the first example."""
    if not source.startswith("example:"):
        window.open_path(Path(source))
        return
    try:
        read_example(source.removeprefix("example:"))
    except ProjectError as error:
        window.banner.say(str(error))
    else:
        window.files.open_example(source.removeprefix("example:"))
