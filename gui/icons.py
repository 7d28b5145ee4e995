"""The few signs on buttons, drawn in the colour that the button needs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

SIZE = 16
RATIO = 2  # drawn so much finer, for fine screens


def icon(name: str, colour: QColor, disabled: QColor | None = None) -> QIcon:
    """A sign by name, as ``run``; see the list at the end."""
    made = QIcon(_pixmap(name, colour))
    if disabled is not None:
        made.addPixmap(_pixmap(name, disabled), QIcon.Mode.Disabled)
    return made


def _pixmap(name: str, colour: QColor) -> QPixmap:
    pixmap = QPixmap(SIZE * RATIO, SIZE * RATIO)
    pixmap.setDevicePixelRatio(RATIO)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    _DRAWINGS[name](painter, colour)
    painter.end()
    return pixmap


def _triangle(painter: QPainter, colour: QColor, left: float) -> None:
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(left, 3.5), QPointF(left + 8, 8), QPointF(left, 12.5)]))


def _run(painter: QPainter, colour: QColor) -> None:
    _triangle(painter, colour, 4.5)


def _pause(painter: QPainter, colour: QColor) -> None:
    for left in (4.0, 9.5):
        painter.fillRect(QRectF(left, 3, 3, 10), colour)


def _step(painter: QPainter, colour: QColor) -> None:
    painter.drawLine(QPointF(3, 3.5), QPointF(3, 12.5))
    _triangle(painter, colour, 6)


def _back(painter: QPainter, colour: QColor) -> None:
    painter.translate(SIZE, 0)
    painter.scale(-1, 1)
    _step(painter, colour)


def _reset(painter: QPainter, colour: QColor) -> None:
    painter.drawArc(QRectF(3, 3.2, 10, 10), 150 * 16, -300 * 16)
    path = QPainterPath(QPointF(2.2, 2.2))
    path.lineTo(2.8, 6.4)
    path.lineTo(6.8, 5.6)
    painter.drawPath(path)


def _new_seed(painter: QPainter, colour: QColor) -> None:
    painter.drawRoundedRect(QRectF(2.5, 2.5, 11, 11), 2.5, 2.5)
    painter.setBrush(colour)
    for x, y in ((5.4, 5.4), (10.6, 5.4), (8, 8), (5.4, 10.6), (10.6, 10.6)):
        painter.drawEllipse(QPointF(x, y), 0.4, 0.4)


def _theme(painter: QPainter, colour: QColor) -> None:
    painter.drawEllipse(QRectF(2.5, 2.5, 11, 11))
    painter.setBrush(colour)
    painter.drawPie(QRectF(2.5, 2.5, 11, 11), 90 * 16, -180 * 16)


def _more(painter: QPainter, colour: QColor) -> None:
    painter.setBrush(colour)
    for x in (3.5, 8, 12.5):
        painter.drawEllipse(QPointF(x, 8), 0.6, 0.6)


def _eraser(painter: QPainter, colour: QColor) -> None:
    painter.drawPolygon(QPolygonF([QPointF(2.5, 9.5), QPointF(8.5, 3), QPointF(13.5, 7), QPointF(7.5, 13.5)]))
    painter.drawLine(QPointF(5.5, 6.2), QPointF(10.5, 10.4))


def _pen(painter: QPainter, colour: QColor) -> None:
    painter.drawPolygon(QPolygonF([QPointF(2.8, 13.2), QPointF(4, 9.6), QPointF(10.6, 3), QPointF(13, 5.4)]))
    painter.drawLine(QPointF(2.8, 13.2), QPointF(6.4, 12))
    painter.drawLine(QPointF(6.4, 12), QPointF(13, 5.4))


def _plus(painter: QPainter, colour: QColor) -> None:
    painter.drawLine(QPointF(8, 3.5), QPointF(8, 12.5))
    painter.drawLine(QPointF(3.5, 8), QPointF(12.5, 8))


def _close(painter: QPainter, colour: QColor) -> None:
    painter.drawLine(QPointF(4.5, 4.5), QPointF(11.5, 11.5))
    painter.drawLine(QPointF(11.5, 4.5), QPointF(4.5, 11.5))


def _cells(painter: QPainter, colour: QColor) -> None:
    for row in range(3):
        for column in range(3):
            painter.fillRect(QRectF(2.5 + 4 * column, 2.5 + 4 * row, 3, 3), colour)


def _histogram(painter: QPainter, colour: QColor) -> None:
    for place, height in enumerate((4, 8, 11, 6)):
        painter.fillRect(QRectF(2 + 3.2 * place, 13.5 - height, 2.4, height), colour)


def _unit(painter: QPainter, colour: QColor) -> None:
    for column in range(3):
        painter.fillRect(QRectF(2.5 + 4 * column, 6.5, 3, 3), colour)
    painter.setOpacity(0.35)
    for row in (0, 2):
        for column in range(3):
            painter.fillRect(QRectF(2.5 + 4 * column, 2.5 + 4 * row, 3, 3), colour)


def _pin(painter: QPainter, colour: QColor) -> None:
    painter.translate(8, 8)
    painter.rotate(40)
    painter.drawLine(QPointF(0, 1.5), QPointF(0, 7))
    painter.drawLine(QPointF(-4, 1.5), QPointF(4, 1.5))
    painter.drawLine(QPointF(-3, -6), QPointF(3, -6))
    painter.setBrush(colour)
    painter.drawRect(QRectF(-1.8, -6, 3.6, 7))


_DRAWINGS = {
    "run": _run,
    "pause": _pause,
    "step": _step,
    "back": _back,
    "reset": _reset,
    "new_seed": _new_seed,
    "theme": _theme,
    "more": _more,
    "eraser": _eraser,
    "pen": _pen,
    "plus": _plus,
    "close": _close,
    "pin": _pin,
    "cells": _cells,
    "histogram": _histogram,
    "unit": _unit,
}
