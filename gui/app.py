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
from gui.keeper import NORMAL, Precautions  # noqa: E402
from gui.main_window import MainWindow  # noqa: E402
from gui.recovery import OPTION  # noqa: E402
from gui.settings import ignore_settings, settings, settings_path  # noqa: E402

gc.enable()

FIRST = "domino"
SAFE, RESET = "--safe-mode", "--reset-settings"


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
    options = {word for word in arguments if word.startswith("-")}
    if odd := sorted(options - {SAFE, RESET, OPTION}):
        sys.stderr.write(f"cascade: The window knows no option {odd[0]!r}; see cascade --help.\n")
        return 2
    if RESET in options:
        return _reset()
    if not _has_screen():
        sys.stderr.write("cascade: The window needs a screen; without one there are commands: cascade --help.\n")
        return 1
    safe = SAFE in options
    if safe:
        ignore_settings()
    app = QApplication([sys.argv[0]])
    app.setApplicationName("Cascade")
    app.setDesktopFileName("cascade")
    window = create_window(precautions=Precautions(offer=not safe))
    return _live(app, window, arguments)


def _live(app: QApplication, window: MainWindow, words: list[str]) -> int:
    """From what the command line names to the end of the window."""
    from gui.error_handler import ErrorHandler

    handler = ErrorHandler(window)
    named = [word for word in words if not word.startswith("-")]
    if OPTION in words:
        window.recovery.recover(named[0] if named else "")
    elif named:
        _open(window, named[0])
    window.show()
    code = app.exec()
    handler.restore()
    return code


def _reset() -> int:
    """Forgets what is remembered, and says so."""
    try:
        settings().clear()
    except OSError as error:
        sys.stderr.write(f"cascade: {settings_path()} could not be removed: {error.strerror}.\n")
        return 1
    sys.stdout.write(f"The settings were reset: {settings_path()} is gone.\n")
    return 0


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
