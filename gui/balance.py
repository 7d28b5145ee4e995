"""The height that canvas, chain rule and the cards below share, and what a mode of the chain rule borrows of it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QSplitter

from gui import theme
from gui.workspace import Workspace

FROM_CARDS = 0.8  # the part of what is borrowed that comes from the cards below; the rest from the canvas


class Balance(QObject):
    """``lend`` moves heights, and remembers what they were before."""

    def __init__(self, splitter: QSplitter, workspace: Workspace) -> None:
        super().__init__(splitter)
        self._splitter, self._workspace = splitter, workspace
        self._before: tuple[int, int, int] | None = None  # canvas, chain rule, cards below
        self._scale = theme.scale()
        theme.signals.changed.connect(self._rescale)

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

    def _rescale(self) -> None:
        """At another text scale the chain rule keeps its lines, and the cards below give way to it."""
        grown, self._scale = theme.scale() / self._scale, theme.scale()
        if grown == 1:
            return
        canvas, shelf = self._splitter.sizes()
        lower = self._workspace.first_lower_height
        if self._before is not None:
            free, own, _ = self._before
            self._before = (free + own - round(own * grown), round(own * grown), lower)
        if self._workspace.lower_height:
            self._workspace.lower_height = lower
        QTimer.singleShot(0, self, partial(self._splitter.setSizes, [canvas + shelf, round(shelf * grown)]))
