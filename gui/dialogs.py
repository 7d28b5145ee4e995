"""The windows that stand beside the main one. Each is made when it is first asked for, and can stay open meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from gui.exports.dialog import Export
    from gui.main_window import MainWindow


class Dialogs:
    """Those of one main window, by name."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.made: dict[str, QWidget] = {}
        self._export: Export | None = None

    def keys(self) -> None:
        """Lists all keys."""
        from gui.help import Keys

        self._show("keys", Keys)

    def program(self) -> None:
        """Lists the program that trains the chain."""
        from gui.program import Program

        self._show("program", Program)

    def export(self) -> Export | None:
        """Offers everything that can be taken away; None while there is nothing yet."""
        if not self._window.complete:
            said = QCoreApplication.translate("Dialogs", "What can be exported is still being loaded.")
            self._window.status_line.say(said)
            return None
        from gui.exports.dialog import Export

        self._export = self._export or Export(self._window)
        self.made["export"] = self._export
        self._show("export", Export)
        return self._export

    def picture(self, of: str, copied: bool) -> None:
        """Takes a picture of a panel: onto the clipboard as it looks now, or as it is then chosen."""
        if copied:
            from gui.exports.pictures import copy

            copy(self._window, of)
            return
        if export := self.export():
            export.offer_picture(of)

    def about(self) -> None:
        """Says what this is."""
        from gui.help import About

        self._show("about", About)

    def close(self) -> None:
        """None stays when the main window goes."""
        for dialog in self.made.values():
            dialog.close()
        if self._export is not None:
            self._export.stop()

    def _show(self, name: str, make: Callable[[MainWindow], QWidget]) -> None:
        if name not in self.made:
            self.made[name] = make(self._window)
        self.made[name].show()
        self.made[name].raise_()
