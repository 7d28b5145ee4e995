"""The files that were opened or saved last, and the menu that offers them again."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui.settings import settings

MOST = 10
KEY = "recent"


def recent() -> list[Path]:
    """The files, the last one first."""
    return [Path(text) for text in settings().texts(KEY)][:MOST]


def remember(path: Path) -> None:
    """Puts a file at the head of the list."""
    path = path.absolute()
    _put([path, *(each for each in recent() if each != path)])


def forget_missing() -> None:
    """Leaves out what is no longer there."""
    _put([path for path in recent() if is_there(path)])


def is_there(path: Path) -> bool:
    """Whether a file can be found now; no for a name that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _put(paths: list[Path]) -> None:
    texts = [str(path) for path in paths if str(path).isprintable()]  # one that is not even text is not remembered
    settings().put(**{KEY: texts[:MOST]})


class RecentMenu(QMenu):
    """Lists the files whenever it is opened; those that are gone are grey, and can be taken off the list."""

    def __init__(self, open_path: Callable[[Path], object], parent: QWidget) -> None:
        super().__init__(parent, objectName="menuRecent", toolTipsVisible=True)
        self.setTitle(self.tr("Open recent"))
        self._open = open_path
        self.aboutToShow.connect(self._list)

    def _list(self) -> None:
        self.clear()
        paths = recent()
        there = [is_there(path) for path in paths]
        for path, found in zip(paths, there, strict=True):
            action = self.addAction(f"{path.name}\t{_folder(path)}".replace("&", "&&"))
            action.setEnabled(found)
            action.setToolTip(str(path) if found else self.tr("{} is no longer there").format(path))
            action.triggered.connect(partial(self._choose, path))
        self.addSeparator()
        if not all(there):
            self._offer(self.tr("Take off what is missing"), forget_missing)
        self._offer(self.tr("Clear the list"), partial(_put, [])).setEnabled(bool(paths))

    def _offer(self, text: str, act: Callable[[], object]) -> QAction:
        action = self.addAction(text)
        action.triggered.connect(lambda *_: act())
        return action

    def _choose(self, path: Path, *_: object) -> None:
        self._open(path)


def _folder(path: Path) -> str:
    """Where a file lies, short: the home folder is ``~``."""
    folder, home = str(path.parent), str(Path.home())
    return "~" + folder.removeprefix(home) if folder == home or folder.startswith(home + os.sep) else folder
