"""``export FILE --format png|svg|pdf -o OUT``: a picture from the program's own window, which nobody sees."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine.exports import PICTURES
from engine.exports.target import main_file, write
from engine.project import ProjectError
from engine.saved import Saved
from engine.shell import DONE, Parser, add_debug, add_file, answer, between
from gui.exports.sizes import objection

if TYPE_CHECKING:
    from engine.run.events import Fault
    from gui.exports.subjects import Subject
    from gui.main_window import MainWindow

ROOM = (1440, 900)  # of the window
PATIENCE = 300.0  # seconds within which it must have come up; very long chains take some on a busy machine
MOST_STEPS = 1_000_000


def main(words: list[str]) -> int:
    """Runs the command and returns its exit code."""
    return answer(_parser(), words)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="cascade export", description="Take a picture of the chain or of a panel.")
    add_file(parser)
    parser.add_argument("--format", required=True, choices=PICTURES, help="pixels, a drawing, or a page")
    parser.add_argument(
        "-o", "--out", required=True, type=Path, metavar="OUT", help="the file to write, or a folder to write to"
    )
    parser.add_argument("--of", default="canvas", metavar="WHAT", help="canvas (the chain) or a panel, as loss")
    parser.add_argument("--size", type=_size, metavar="WxH", help="in pixels, as 1600x900; else what suits the picture")
    parser.add_argument("--dark", action="store_true", help="light words on dark ground")
    parser.add_argument("--steps", type=between(0, MOST_STEPS), default=0, metavar="N", help="to be trained first")
    add_debug(parser)
    parser.set_defaults(command=_export)
    return parser


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"must be width and height as 1600x900, is {text[:40]!r}")
    if wrong := objection(int(found[1]), int(found[2])):
        raise argparse.ArgumentTypeError(wrong)
    return int(found[1]), int(found[2])


def _export(arguments: argparse.Namespace) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # no window comes up where there is a screen
    path = main_file(arguments.out, arguments.of, f".{arguments.format}")
    saved = _opened(arguments.file)
    saved.project.data.verify()  # what lies in files is read here, with its own words for what is wrong
    with _window(saved) as window:
        from PySide6.QtCore import QSize

        from gui.exports import pictures

        subject = _subject(window, arguments.of)
        _train(window, arguments.steps)
        subject.watch(True)
        _let_everything_be_computed(window)
        size = QSize(*arguments.size) if arguments.size else subject.own_size()
        wanted = pictures.Picture(size, arguments.dark)
        write({path.name: pictures.FORMATS[arguments.format].make(subject, wanted)}, path.parent)
    return DONE


def _opened(source: str) -> Saved:
    """A project, with its training where it has some. Raises ProjectError."""
    from engine.storage import read_example, read_saved

    name = source.removeprefix("example:")
    return read_saved(Path(source)) if name == source else Saved(read_example(name))


@contextmanager
def _window(saved: Saved) -> Iterator[MainWindow]:
    """The window on a project with all its panels, as it first is: what a person has arranged elsewhere stays there."""
    from PySide6.QtCore import QSettings, qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from gui.app import create_window

    with tempfile.TemporaryDirectory() as folder:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        qInstallMessageHandler(_pass_on)
        app = QApplication.instance() or QApplication(["cascade"])
        window = create_window(saved.project)
        window.controller.expect(saved)
        try:
            window.resize(*ROOM)
            window.show()
            _wait(lambda: window.complete)
            yield window
        finally:
            window.close()
            app.processEvents()


def _pass_on(kind: object, context: object, message: str) -> None:
    """What Qt says; that windows which nobody sees have no frame is not worth saying."""
    if not message.startswith("This plugin does not support"):
        sys.stderr.write(f"{message}\n")


def _subject(window: MainWindow, name: str) -> Subject:
    from gui.exports.subjects import subjects

    offered = subjects(window)
    if name not in offered:
        raise ProjectError(f"There is no picture of {name[:40]!r}; there are pictures of {', '.join(offered)}.")
    return offered[name]


def _train(window: MainWindow, more: int) -> None:
    """So many steps more; fewer where the project stops by itself. Raises ProjectError where it cannot train."""
    controller = window.controller
    faults: list[Fault] = []
    if not more:
        return
    if problems := window.store.resolved.problems:
        raise ProjectError(f"{problems[0].place}: {problems[0].text}.")
    controller.fault.connect(faults.append)
    steps = more + _trained(window)
    controller.step(more)
    _wait(lambda: _trained(window) >= steps or controller.state.name in ("finished", "failed") or bool(faults), None)
    if faults:
        raise ProjectError(faults[0].text)


def _trained(window: MainWindow) -> int:
    return window.controller.snapshot.steps if window.controller.snapshot else 0


def _let_everything_be_computed(window: MainWindow) -> None:
    """What panels show is computed beside the window, and each answer may bring another question."""
    from gui.background import Background

    quiet = 0

    def settled() -> bool:
        nonlocal quiet
        quiet = quiet + 1 if all(each.idle for each in window.findChildren(Background)) else 0
        return quiet > 5

    _wait(settled)


def _wait(done: Callable[[], bool], patience: float | None = PATIENCE) -> None:
    """Lets the window live until something is so."""
    from PySide6.QtWidgets import QApplication

    began = time.monotonic()
    while not done():
        if patience is not None and time.monotonic() > began + patience:
            raise TimeoutError(f"the window was not ready within {patience:.0f} seconds")
        QApplication.processEvents()
        time.sleep(0.01)
