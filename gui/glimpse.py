"""A small picture of what the canvas shows, to be recognised by."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsView

from gui import theme

SIZE = QSize(170, 40)
"""Of the place where it is shown."""
SHARPER = 2  # than that place


def glimpse(canvas: QGraphicsView) -> bytes:
    """What is in sight, as PNG; empty where there is no room for anything."""
    seen = canvas.viewport().size()
    if seen.isEmpty():
        return b""
    image = QImage(SIZE * SHARPER, QImage.Format.Format_RGB32)
    image.fill(theme.current().canvas)
    place = QRectF(QPointF(), QSizeF(seen.scaled(image.size(), Qt.AspectRatioMode.KeepAspectRatio)))
    place.moveCenter(QRectF(image.rect()).center())
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    canvas.render(painter, place)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())
