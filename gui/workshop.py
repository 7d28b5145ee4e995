"""Joins what breaks blocks and what checks gradients with what shows it: the run, the canvas, the layer panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.badges import all_badges
from gui.breaks import Breaks
from gui.canvas import Canvas
from gui.checker import Checker
from gui.project_store import ProjectStore
from gui.run_controller import RunController

if TYPE_CHECKING:
    from gui.layer.panel import LayerPanel


class Workshop(QObject):
    """Passes on what each of them says; decides nothing itself."""

    def __init__(self, store: ProjectStore, controller: RunController, canvas: Canvas, breaks: Breaks) -> None:
        super().__init__(controller)
        self._store, self._controller, self._canvas, self._breaks = store, controller, canvas, breaks
        self.checker = Checker(store, self)
        self._layer: LayerPanel | None = None
        breaks.changed.connect(self._break)
        controller.frame.connect(self.checker.draw)
        self.checker.changed.connect(self._show)
        canvas.badge_pressed.connect(self._explain)

    def add_layer_panel(self, panel: LayerPanel) -> None:
        """The layer panel is there: it can show what the check found."""
        self._layer = panel

    def toggle_check(self) -> None:
        """Checks the gradients of the run as it is now; again, stops."""
        self.checker.toggle(self._controller.snapshot)

    def close(self) -> None:
        """Nothing is checked any more."""
        self.checker.cancel()

    def _break(self) -> None:
        self._controller.break_blocks(self._breaks.chosen)
        self._show()

    def _show(self) -> None:
        self._canvas.show_badges(all_badges(self.checker.result, self._breaks))
        if self._layer is not None:
            self._layer.show_check(self.checker.result)

    def _explain(self, block: str) -> None:
        """A badge was clicked: everything of it in the layer panel."""
        self._store.select(block)
        if self._layer is not None and self.checker.result is not None:
            self._layer.show_value("check")
