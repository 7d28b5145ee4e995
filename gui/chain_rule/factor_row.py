"""The product as a row of tiles, each under the blocks that it belongs to, multiplied from the error backwards."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import numbers, pictures, theme
from gui.chain_rule import words

if TYPE_CHECKING:
    from gui.chain_rule.answer import Answer, PathShown, Tile

Span = Callable[[str], tuple[float, float] | None]
"""Left and right edge of a block in the row's coordinates; None for one that is not there."""

HEIGHT, ARROW, RADIUS = 72.0, 10.0, 6.0
SIDE, GAP, NAMED = 14.0, 24.0, 80.0  # around, between and of tiles that share the row evenly
READABLE, SOME = 58.0, 30.0  # widths from which a tile shows all its words, and from which only its number


def tr(text: str) -> str:
    """A text of the row in the language of the window."""
    return QCoreApplication.translate("ChainRule", text)


class FactorRow(QWidget):
    """``span`` says where blocks stand. Layers can be opened into their blocks by a click."""

    pointed = Signal(object)  # the blocks of the tile under the pointer
    toggled = Signal(object)  # the blocks of a layer that is to be opened or closed

    def __init__(self, span: Span) -> None:
        super().__init__()
        self._span = span
        self._answer: Answer | None = None
        self._path: PathShown | None = None
        self._opened: frozenset[tuple[str, ...]] = frozenset()
        self._over: tuple[str, ...] = ()
        self._spread = False
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("The factors of the chain rule"))
        self.setToolTip(tr("Each factor stands under its blocks; click one to open a layer into its blocks"))

    def show_answer(self, answer: Answer | None, path: PathShown | None, opened: frozenset[tuple[str, ...]]) -> None:
        """Shows an answer: all paths together, or the scalars of one path."""
        self._answer, self._path, self._opened = answer, path, opened
        self.update()

    def tiles(self) -> list[Tile]:
        """What is shown, from the error backwards: layers, the opened ones as their blocks."""
        if self._answer is None:
            return []
        shown: list[Tile] = []
        for tile in self._answer.tiles:
            shown += tile.members if tile.members and tile.blocks in self._opened else (tile,)
        return shown

    @property
    def breadth(self) -> int:
        """The width in which tiles that share it evenly have room for all their words."""
        return round(2 * SIDE + len(self.tiles()) * (NAMED + GAP))

    def spread(self, spread: bool) -> None:
        """Tiles share the row evenly, instead of standing under their blocks."""
        self._spread = spread
        self.update()

    def rect_of(self, tile: Tile) -> QRectF | None:
        """Where a tile lies; None where its blocks are not in the chain."""
        if self._spread:
            tiles = self.tiles()
            step = (self.width() - 2 * SIDE + GAP) / len(tiles)
            left = SIDE + (len(tiles) - 1 - tiles.index(tile)) * step
            return QRectF(left, 1, max(1.0, step - GAP), theme.px(HEIGHT) - 2)
        spans = [span for span in map(self._span, tile.blocks) if span is not None]
        if not spans:
            return None
        left, right = min(span[0] for span in spans), max(span[1] for span in spans)
        return QRectF(left, 1, right - left, theme.px(HEIGHT) - 2)

    def sizeHint(self) -> QSize:
        return QSize(200, theme.px(HEIGHT + ARROW))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())  # what stands below gives way, not the row

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        placed = [(tile, rect) for tile in self.tiles() if (rect := self.rect_of(tile)) is not None]
        if not placed:
            return
        scalars = self._scalars()
        for number, (tile, rect) in enumerate(placed):
            self._paint_tile(painter, tile, rect, scalars[number] if scalars else None)
        for (_, right), (_, left) in pairwise(placed):
            self._paint_times(painter, left.right(), right.left())
        self._paint_arrow(painter, placed[0][1], placed[-1][1])

    def _scalars(self) -> list[tuple[float, float]] | None:
        """For the path that is shown: each tile's scalar, and the product up to it."""
        if self._path is None or self._answer is None:
            return None
        from gui.chain_rule.answer import along

        found, so_far = [], 1.0
        for scalar in along(self._path, self.tiles()):
            so_far *= scalar
            found.append((scalar, so_far))
        return found

    def _paint_tile(self, painter: QPainter, tile: Tile, rect: QRectF, scalar: tuple[float, float] | None) -> None:
        colours = theme.current()
        over = tile.blocks == self._over
        painter.setPen(QPen(colours.backward if over else colours.line, 2.0 if over else 1.0))
        painter.setBrush(colours.panel)
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        value, so_far = scalar if scalar else (tile.value, None)
        if rect.width() < SOME:
            self._paint_colour(painter, tile, rect)
            return
        room = rect.adjusted(4, 3, -4, -3)
        wide = rect.width() >= READABLE
        self._write(painter, room, self._label(tile) if wide else "", colours.secondary, 11, Qt.AlignmentFlag.AlignTop)
        middle = room.adjusted(0, theme.px(15), 0, -theme.px(18))
        if value is not None:
            self._write(painter, middle, numbers.short(value), colours.text, 15 if wide else 11, bold=True)
        else:
            self._paint_picture(painter, tile, middle)
        self._paint_so_far(painter, tile, room, so_far, wide)

    def _label(self, tile: Tile) -> str:
        """The factor's name; on one path that a shortcut leads past its blocks, that it does."""
        past = self._path is not None and words.bridged(tile, self._path)
        return tr("↪ by the shortcut") if past else tile.label

    def _paint_colour(self, painter: QPainter, tile: Tile, rect: QRectF) -> None:
        """A tile too narrow for words: the size of what has been multiplied so far."""
        size = float(max(abs(tile.so_far.max(initial=0.0)), abs(tile.so_far.min(initial=0.0))))
        low, high = math.log10(pictures.LOWEST), math.log10(pictures.HIGHEST)
        share = (math.log10(max(size, pictures.LOWEST)) - low) / (high - low)
        painter.fillRect(rect.adjusted(2, 2, -2, -2), pictures.magnitude_colour(share))

    def _paint_picture(self, painter: QPainter, tile: Tile, room: QRectF) -> None:
        colours = theme.current()
        size = numbers.shape(tile.shape)
        if tile.table is None:
            self._write(painter, room, size, colours.text, 12, bold=True)
            return
        rows, columns = tile.table.shape
        text = theme.px(8) * len(size)
        beside = room.width() > room.height() + text + 8
        width = min(room.width() - (text if beside else 0), room.height() * max(0.5, min(2.0, columns / rows)))
        area = QRectF(0, 0, width, room.height())
        area.moveCenter(room.center())
        if beside:
            area.moveLeft(room.center().x() - (width + text) / 2)
        limit = float(max(tile.table.max(), -tile.table.min()))
        pictures.draw_nearest(painter, area, pictures.signed(tile.table, limit, colours))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if beside:
            place = QRectF(area.right() + 4, room.top(), text, room.height())
            self._write(painter, place, size, colours.secondary, 11, Qt.AlignmentFlag.AlignVCenter)

    def _paint_so_far(self, painter: QPainter, tile: Tile, room: QRectF, so_far: float | None, wide: bool) -> None:
        """The product from the error up to this factor: a number, or a strip with a cell for each unit."""
        colours = theme.current()
        foot = QRectF(room.left(), room.bottom() - theme.px(14), room.width(), theme.px(14))
        if so_far is None and len(tile.so_far) == 1:
            so_far = float(tile.so_far[0])
        if so_far is not None:
            text = tr("so far {}").format(numbers.short(so_far)) if wide else numbers.short(so_far)
            self._write(painter, foot, text, colours.backward, 11)
            return
        strip = tile.so_far[None, :] if len(tile.so_far) <= 64 else pictures.reduce_to(tile.so_far[None, :], 1, 64)
        limit = float(max(strip.max(), -strip.min()))
        pictures.draw_nearest(painter, foot.adjusted(2, 3, -2, -1), pictures.signed(strip, limit, colours))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours.backward, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(foot.adjusted(2, 3, -2, -1))

    def _paint_times(self, painter: QPainter, left: float, right: float) -> None:
        if right - left >= 8:
            area = QRectF(left, 0, right - left, theme.px(HEIGHT))
            self._write(painter, area, "×", theme.current().secondary, 12)

    def _paint_arrow(self, painter: QPainter, first: QRectF, last: QRectF) -> None:
        """From the error leftwards: the order in which backpropagation multiplies."""
        y = theme.px(HEIGHT) + theme.px(ARROW) / 2
        painter.setPen(QPen(theme.current().backward, 1.6, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(first.right(), y), QPointF(last.left() + 8, y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().backward)
        tip = QPointF(last.left(), y)
        painter.drawPolygon(QPolygonF([tip, tip + QPointF(8, -4), tip + QPointF(8, 4)]))

    @staticmethod
    def _write(
        painter: QPainter, area: QRectF, text: str, colour: QColor, size: float,
        vertical: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter, bold: bool = False,
    ) -> None:  # fmt: skip
        """One centred line, smaller where it would not fit."""
        font = QFont(theme.font(size))
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        wide = QFontMetricsF(font).horizontalAdvance(text)
        if wide > area.width() > 0:
            font.setPixelSize(max(8, math.floor(font.pixelSize() * area.width() / wide)))
        painter.setFont(font)
        painter.setPen(colour)
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width() + 1)
        painter.drawText(area, vertical | Qt.AlignmentFlag.AlignHCenter, shown)

    # Pointing

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        tile = self._at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if self._group(tile) else Qt.CursorShape.ArrowCursor)
        self._point_at(tile.blocks if tile else ())

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        group = self._group(self._at(event.position()))
        if event.button() == Qt.MouseButton.LeftButton and group:
            self.toggled.emit(group)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            tile = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._hint(tile) if tile else self.toolTip(), self)
            return True
        return super().event(event)

    def _hint(self, tile: Tile) -> str:
        return words.about_tile(tile, self._path, words.letter(self._answer) if self._answer else "")

    def _at(self, point: QPointF) -> Tile | None:
        for tile in self.tiles():
            rect = self.rect_of(tile)
            if rect is not None and rect.contains(point):
                return tile
        return None

    def _group(self, tile: Tile | None) -> tuple[str, ...]:
        """The layer that a click on a tile opens, or closes again; empty where there is none."""
        if tile is None or self._answer is None:
            return ()
        for layer in self._answer.tiles:
            if layer.members and (layer is tile or tile in layer.members):
                return layer.blocks
        return ()

    def _point_at(self, blocks: tuple[str, ...]) -> None:
        if blocks != self._over:
            self._over = blocks
            self.update()
            self.pointed.emit(blocks)
