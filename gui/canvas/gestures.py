"""What a hand does on the canvas, one object per gesture: it begins when made, and ends or is cancelled once.

Gestures act on final places, whatever an animation shows on the way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt

from engine.layers import AnyLayer
from engine.project import move
from gui.canvas.measures import place_x, slot_at

if TYPE_CHECKING:
    from gui.canvas.view import Canvas


class Gesture(ABC):
    """Something that follows the pointer until it ends."""

    @abstractmethod
    def follow(self, point: QPoint) -> None:
        """The pointer is at a point of the viewport."""

    @abstractmethod
    def end(self) -> None:
        """The button was released, or the drop happened: what was shown becomes true."""

    @abstractmethod
    def cancel(self) -> None:
        """Nothing happened."""


class MoveBlocks(Gesture):
    """Blocks are lifted out of the chain and set down in another slot."""

    def __init__(self, canvas: Canvas, names: Sequence[str], grabbed: str, start: QPointF) -> None:
        self._canvas, self._names = canvas, tuple(names)
        self._offset = start - QPointF(place_x(canvas.store.project.index(grabbed)), 0.0)
        self._lead = self._names.index(grabbed)
        self._slot: int | None = None

    def follow(self, point: QPoint) -> None:
        project, scene = self._canvas.store.project, self._canvas.chain
        at = self._canvas.mapToScene(point)
        self._slot = slot_at(at.x(), len(project.chain))
        corner = at - self._offset - QPointF(place_x(self._lead) - place_x(0), 0)
        order = [block.name for block in move(project, self._names, self._slot).chain]
        scene.show_order(order, self._names, corner.x(), corner.y())
        self._canvas.camera.scroll_towards(point)

    def end(self) -> None:
        if self._slot is not None:
            self._canvas.edits.move(self._names, self._slot)
        self._canvas.chain.settle()

    def cancel(self) -> None:
        self._canvas.chain.settle()


class DropBlocks(Gesture):
    """New blocks hang over the chain; a gap opens where they would land."""

    def __init__(self, canvas: Canvas, blocks: Sequence[AnyLayer]) -> None:
        self._canvas, self._blocks = canvas, tuple(blocks)
        self._slot: int | None = None

    def follow(self, point: QPoint) -> None:
        at = self._canvas.mapToScene(point)
        self._slot = slot_at(at.x(), len(self._canvas.store.project.chain))
        self._canvas.chain.show_gap(self._slot, self._blocks)
        self._canvas.camera.scroll_towards(point)

    def end(self) -> None:
        if self._slot is None or not self._canvas.edits.insert(self._slot, self._blocks):
            self.cancel()

    def cancel(self) -> None:
        self._canvas.chain.settle()


class Pan(Gesture):
    """The whole chain follows the hand."""

    def __init__(self, canvas: Canvas, start: QPoint) -> None:
        self._canvas, self._last = canvas, start
        canvas.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def follow(self, point: QPoint) -> None:
        self._canvas.camera.pan(self._last - point)
        self._last = point

    def end(self) -> None:
        self._canvas.viewport().unsetCursor()

    cancel = end
