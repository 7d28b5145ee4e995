"""Where one looks at the chain from: zoom, fitting and panning of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, Signal

from gui import theme
from gui.canvas.measures import MARGIN, SIMPLE, STEP, block_rect, place_x

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

SMALLEST, LARGEST = 0.04, 4.0
FIT_AT_MOST, FIT_AT_LEAST = 1.3, 0.62  # when the chain is fitted without being asked, its words stay readable
EDGE = 36  # pixels from the border within which a drag scrolls


class Camera(QObject):
    """Looks at the chain of a canvas. ``moved`` says that blocks now lie elsewhere in the viewport."""

    moved = Signal()

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._fitted = True  # until somebody zooms or pans
        self._least = FIT_AT_LEAST  # zoom below which fitting shows a part of the chain rather than the whole

    @property
    def zoom(self) -> float:
        """How large the chain is shown; 1 is 100 % at the text scale."""
        return self._canvas.transform().m11() / theme.scale()

    def fit(self) -> None:
        """Shows the whole chain."""
        self._fitted, self._least = True, SMALLEST
        self._fit()

    def start_over(self) -> None:
        """Another project is shown from its beginning."""
        self._fitted, self._least = True, FIT_AT_LEAST

    def follow(self) -> None:
        """The chain or the window has another size: what was fitted stays fitted."""
        if self._fitted:
            self._fit()
        self.moved.emit()

    def zoom_in(self) -> None:
        """A little closer."""
        self.zoom_by(1.2, self._centre)

    def zoom_out(self) -> None:
        """A little farther away."""
        self.zoom_by(1 / 1.2, self._centre)

    def reset_zoom(self) -> None:
        """100 %."""
        self.zoom_by(1 / self.zoom, self._centre)

    def zoom_by(self, factor: float, around: QPointF) -> None:
        """Zooms so that the chain stays put under a point of the viewport."""
        self._fitted = False
        fixed = self._canvas.mapToScene(around.toPoint())
        self.zoom_to(max(SMALLEST, min(LARGEST, self.zoom * factor)))
        self.pan(self._canvas.mapFromScene(fixed) - around.toPoint())

    def zoom_to(self, zoom: float) -> None:
        """Very long chains are made narrow but not flat, so that their tiles can still be told apart."""
        self._canvas.chain.zoom = zoom
        self._canvas.show_ground(zoom)
        self._canvas.resetTransform()
        self._canvas.scale(zoom * theme.scale(), max(zoom, SIMPLE) * theme.scale())
        self.moved.emit()

    def pan(self, pixels: QPoint) -> None:
        """Moves the view over the chain."""
        self._fitted = False
        bars = self._canvas.horizontalScrollBar(), self._canvas.verticalScrollBar()
        for bar, step in zip(bars, (pixels.x(), pixels.y()), strict=True):
            bar.setValue(bar.value() + step)

    def scroll_towards(self, point: QPoint) -> None:
        """Scrolls while something is dragged near the left or right border."""
        width = self._canvas.viewport().width()
        beyond = min(0, point.x() - EDGE) + max(0, point.x() - width + EDGE)
        if beyond:
            bar = self._canvas.horizontalScrollBar()
            bar.setValue(bar.value() + beyond // 3)

    def seen(self, point: QPointF) -> QPoint:
        """A point of the scene in the viewport, after scrolling so far that it is well inside."""
        room = STEP * 0.75
        self._canvas.ensureVisible(QRectF(point.x() - room, point.y() - 10, 2 * room, 20), 4, 4)
        return self._canvas.mapFromScene(point)

    def reveal(self, place: int) -> None:
        """Scrolls to the block at a place."""
        self._canvas.ensureVisible(block_rect(place), 12, 12)

    def span(self, place: int) -> tuple[float, float]:
        """The left and right edge of the block at a place, in the viewport, when all has settled."""
        rect, viewport = block_rect(place), self._canvas.viewportTransform()
        return viewport.map(rect.topLeft()).x(), viewport.map(rect.topRight()).x()

    @property
    def _centre(self) -> QPointF:
        return QPointF(self._canvas.viewport().rect().center())

    def _fit(self) -> None:
        """Shows the chain as large as the window allows, but no smaller than is wanted; then from its left end."""
        rect = self._canvas.chain.chain_rect().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        room = self._canvas.maximumViewportSize()  # without scroll bars: they come and go with what is fitted
        if room.width() < 50 or room.height() < 50:
            return
        factor = min(room.width() / rect.width(), room.height() / rect.height()) / theme.scale()
        self.zoom_to(max(self._least, min(FIT_AT_MOST, factor)))
        if factor >= self._least:
            self._canvas.centerOn(rect.center())
        else:
            self._keep_selection_in_sight()

    def _keep_selection_in_sight(self) -> None:
        chosen = self._canvas.edits.chosen
        if chosen:
            self.reveal(self._canvas.place_of(chosen[-1]))
        else:
            self._canvas.ensureVisible(QRectF(place_x(-1), 0, 10, 10), MARGIN, MARGIN)
