"""Paths of the chain rule drawn over the blocks: from the number through one unit of every block to the error."""

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
from gui.canvas.measures import PICTURE_HEIGHT, PICTURE_TOP, STEP, WIDTH
from gui.project_store import LOSS_END

THICKEST, THINNEST, CHOSEN = 5.0, 1.0, 2.0  # pixels at the text scale, whatever the zoom
DASH, SPACE = 7.0, 4.0  # pixels of a thin line that stands for a negative value
LONG, SHORT = 2.2, 1.0  # the same of a thick one, in its widths
PALE = 0.5  # opacity beside the chosen path
DOT, HALO = 3.5, 1.5  # pixels
ROOM = 40.0  # around the lines, for their thickness at small zooms


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


class DrawnRoute:
    """A route with its way: through ``blocks``, one for each stop, wherever they are; over ``arcs`` where it takes a
    shortcut, each at the place of its leg.
    """

    def __init__(self, route: Route, blocks: Sequence[BlockItem], arcs: Sequence[ArcItem | None]) -> None:
        self.route = route
        self._blocks, self._arcs = tuple(blocks), tuple(arcs)
        self.pen = pen(route.size, route.sign, route.chosen)
        self.line = QPainterPath()
        self.follow()

    def follow(self) -> None:
        """Takes its way through the blocks."""
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


class PathsItem(QGraphicsItem):
    """All paths in one picture, the strongest first and the chosen one on top. The picture is kept: blocks change many
    times a second, paths only with a new answer.
    """

    def __init__(self, routes: Sequence[DrawnRoute]) -> None:
        super().__init__()
        self.routes = tuple(routes)
        self.setZValue(3)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def follow(self) -> None:
        """Takes its way through the blocks, wherever they are now."""
        self.prepareGeometryChange()
        for each in self.routes:
            each.follow()
        self.update()

    def boundingRect(self) -> QRectF:
        rect = QRectF()
        for each in self.routes:
            rect = rect.united(each.line.controlPointRect())
        return rect.adjusted(-WIDTH, -ROOM, WIDTH, ROOM)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for each in sorted(self.routes, key=lambda each: each.route.chosen):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if each.route.chosen:
                self._stroke(painter, each, QPen(theme.current().panel, each.pen.widthF() + 2 * HALO * theme.scale()))
            painter.setOpacity(1.0 if each.route.chosen else PALE)
            self._stroke(painter, each, each.pen)
            if each.route.chosen:
                self._paint_dots(painter, each)

    @staticmethod
    def _stroke(painter: QPainter, each: DrawnRoute, wanted: QPen) -> None:
        """Equally thick at every zoom. A chain that is squeezed keeps its height: that is what thickness is seen in."""
        made = QPen(wanted)
        made.setWidthF(wanted.widthF() / painter.worldTransform().m22())
        painter.setPen(made)
        painter.drawPath(each.line)

    @staticmethod
    def _paint_dots(painter: QPainter, each: DrawnRoute) -> None:
        """A dot at every unit, round and equally large at every zoom; where they would be crowded, at both ends."""
        radius = DOT * theme.scale() + each.pen.widthF() / 4
        edge = HALO * theme.scale()
        across, down = painter.worldTransform().m11(), painter.worldTransform().m22()
        points = each.points() if STEP * across > 6 * radius else each.points()[:: len(each.points()) - 1]
        painter.setPen(Qt.PenStyle.NoPen)
        for size, filling in ((radius + edge / 2, theme.current().panel), (radius - edge / 2, each.pen.color())):
            painter.setBrush(filling)
            for point in points:
                painter.drawEllipse(point, size / across, size / down)
