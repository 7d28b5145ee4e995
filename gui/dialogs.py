"""The windows that stand beside the main one. Each is made when it is first asked for, and can stay open meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from gui.main_window import MainWindow


class Dialogs:
    """Those of one main window, by name."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.made: dict[str, QWidget] = {}

    def keys(self) -> None:
        """Lists all keys."""
        from gui.help import Keys

        self._show("keys", Keys)

    def program(self) -> None:
        """Lists the program that trains the chain."""
        from gui.program import Program

        self._show("program", Program)

    def about(self) -> None:
        """Says what this is."""
        from gui.help import About

        self._show("about", About)

    def close(self) -> None:
        """None stays when the main window goes."""
        for dialog in self.made.values():
            dialog.close()

    def _show(self, name: str, make: Callable[[MainWindow], QWidget]) -> None:
        if name not in self.made:
            self.made[name] = make(self._window)
        self.made[name].show()
        self.made[name].raise_()
