"""A path of the chain rule drawn over the blocks: from the number through one unit of every block to the error."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import theme
from gui.canvas.arc_item import ArcItem
from gui.canvas.block_item import BlockItem
from gui.canvas.measures import ARC_ROOM, HEIGHT, PICTURE_HEIGHT, PICTURE_TOP, WIDTH
from gui.project_store import LOSS_END

THICKEST, THINNEST, CHOSEN = 5.0, 1.0, 2.0  # pixels at the text scale, whatever the zoom
DASH, SPACE = 7.0, 4.0  # pixels of a thin line that stands for a negative value
LONG, SHORT = 2.2, 1.0  # the same of a thick one, in its widths
PALE = 0.4  # opacity beside the chosen path
DOT, HALO = 3.5, 1.5  # pixels


class Route(msgspec.Struct, frozen=True):
    """What a drawn path says. ``stops`` are blocks with how far down their picture it goes through them (0 to 1), from
    the number to the error; ``size`` is its share compared with the largest one, ``sign`` that of its value.
    """

    stops: tuple[tuple[str, float], ...]
    size: float
    sign: int
    chosen: bool


def pen(size: float, sign: int, chosen: bool = False) -> QPen:
    """How a path is drawn: its share is the width, its sign the colour; negative is dashed besides."""
    width = max(CHOSEN if chosen else THINNEST, THICKEST * size) * theme.scale()
    made = QPen(colour(sign), width)
    made.setCosmetic(True)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if sign < 0:
        thin = theme.scale() / width
        made.setDashPattern([max(LONG, DASH * thin), max(SHORT, SPACE * thin)])
    return made


def colour(sign: int) -> QColor:
    """The colour of a sign."""
    colours = theme.current()
    return (colours.signed[0], colours.secondary, colours.signed[-1])[sign + 1]


class RouteItem(QGraphicsItem):
    """Goes through ``blocks`` wherever they are, one for each stop; over ``arcs`` where it takes a shortcut, whose
    place is that of the leg.
    """

    def __init__(self, route: Route, blocks: Sequence[BlockItem], arcs: Sequence[ArcItem | None]) -> None:
        super().__init__()
        self.route = route
        self._blocks, self._arcs = tuple(blocks), tuple(arcs)
        self.line = QPainterPath()
        self.pen = pen(route.size, route.sign, route.chosen)
        self.setZValue(3.5 if route.chosen else 3)
        self.setOpacity(1.0 if route.chosen else PALE)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.follow()

    def follow(self) -> None:
        """Takes its way through the blocks."""
        self.prepareGeometryChange()
        points = self.points()
        self.line = QPainterPath(points[0])
        for (start, end), arc in zip(pairwise(points), self._arcs, strict=True):
            if arc is None:
                middle = (start.x() + end.x()) / 2
                self.line.cubicTo(QPointF(middle, start.y()), QPointF(middle, end.y()), end)
            else:
                self.line.connectPath(arc.line().translated(arc.pos()))
                self.line.lineTo(end)

    def points(self) -> list[QPointF]:
        """Where it goes through each block: in the middle, at the unit's height in the picture; the error is reached
        at its edge.
        """
        return [
            QPointF(block.x() + (0 if block.name == LOSS_END else WIDTH / 2), PICTURE_TOP + depth * PICTURE_HEIGHT)
            for block, (_, depth) in zip(self._blocks, self.route.stops, strict=True)
        ]

    def boundingRect(self) -> QRectF:
        left, right = sorted((self._blocks[0].x(), self._blocks[-1].x()))
        return QRectF(left - WIDTH, -ARC_ROOM - 20, right - left + 3 * WIDTH, HEIGHT + ARC_ROOM + 40)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.route.chosen:
            self._paint_halo(painter)
        painter.setPen(self.pen)
        painter.drawPath(self.line)
        if self.route.chosen:
            self._paint_dots(painter)

    def _paint_halo(self, painter: QPainter) -> None:
        """Sets it off from pictures in the same colours."""
        halo = QPen(theme.current().panel, self.pen.widthF() + 2 * HALO * theme.scale())
        halo.setCosmetic(True)
        painter.setPen(halo)
        painter.drawPath(self.line)

    def _paint_dots(self, painter: QPainter) -> None:
        """A dot at every unit, round and equally large at every zoom."""
        radius = (DOT * theme.scale() + self.pen.widthF() / 4) * painter.device().devicePixelRatio()
        across, down = radius / painter.worldTransform().m11(), radius / painter.worldTransform().m22()
        edge = QPen(theme.current().panel, HALO * theme.scale())
        edge.setCosmetic(True)
        painter.setPen(edge)
        painter.setBrush(self.pen.color())
        for point in self.points():
            painter.drawEllipse(point, across, down)
