"""The height that canvas, chain rule and the cards below share, and what a mode of the chain rule borrows of it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QSplitter

from gui.workspace import Workspace

FROM_CARDS = 0.8  # the part of what is borrowed that comes from the cards below; the rest from the canvas


class Balance(QObject):
    """``lend`` moves heights, and remembers what they were before."""

    def __init__(self, splitter: QSplitter, workspace: Workspace) -> None:
        super().__init__(splitter)
        self._splitter, self._workspace = splitter, workspace
        self._before: tuple[int, int, int] | None = None  # canvas, chain rule, cards below

    def lend(self, pixels: int) -> None:
        """So much more height to the chain rule, or less, than it has by itself; 0 gives everything back."""
        if self._before is None and not pixels:
            return
        if self._before is None:
            canvas, shelf = self._splitter.sizes()
            self._before = (canvas, shelf, self._workspace.lower_height)
        canvas, shelf, lower = self._before
        lifted = round(FROM_CARDS * max(0, pixels))
        if lower:
            self._workspace.lower_height = lower - lifted
        if not pixels:
            self._before = None
        QTimer.singleShot(0, self, partial(self._splitter.setSizes, [canvas + lifted - pixels, shelf + pixels]))
