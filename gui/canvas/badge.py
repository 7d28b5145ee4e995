"""A badge on a block: a sign and a few words in a pill, and what hovering over the block says of it."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from gui import theme
from gui.canvas.measures import HEIGHT, PAD, WIDTH

HEIGHT_OF = 16.0
OVERHANG = 11.0  # how far it may stand out at both sides of a block
INSIDE, EDGE = HEIGHT - 24, HEIGHT - 8  # tops: below a block's foot, and across its lower edge


class Badge(msgspec.Struct, frozen=True):
    """``sign`` is what is left of it on a small block; ``colour`` is one of the theme's. ``on_edge``: not inside the
    block but across its lower edge, framed.
    """

    sign: str
    text: str
    colour: str
    hint: str
    on_edge: bool = False

    @property
    def rect(self) -> QRectF:
        """Where it stands, in the block's coordinates."""
        wide = QFontMetricsF(theme.unscaled_font(11, semibold=True)).horizontalAdvance(f"{self.sign} {self.text}") + 12
        wide = min(wide, WIDTH + 2 * OVERHANG)
        return QRectF((WIDTH - wide) / 2, EDGE if self.on_edge else INSIDE, wide, HEIGHT_OF)

    def paint(self, painter: QPainter) -> None:
        """Paints it at its place on a block."""
        colours, rect = theme.current(), self.rect
        colour = getattr(colours, self.colour)
        if self.on_edge:
            painter.setPen(QPen(colour, 1.2))
            painter.setBrush(colours.warning_back)
            painter.drawRoundedRect(rect, HEIGHT_OF / 2, HEIGHT_OF / 2)
        painter.setFont(theme.unscaled_font(11, semibold=True))
        painter.setPen(colour)
        inside = rect.adjusted(4, 0, -4, 0)
        text = painter.fontMetrics().elidedText(
            f"{self.sign} {self.text}", Qt.TextElideMode.ElideRight, int(inside.width()) + 1
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, text)

    def paint_small(self, painter: QPainter, place: int) -> None:
        """Paints the sign alone, large, in the upper right corner; ``place`` counts from there."""
        painter.setFont(theme.unscaled_font(24, semibold=True))
        painter.setPen(getattr(theme.current(), self.colour))
        painter.drawText(QRectF(WIDTH - PAD - 24 * (place + 1), 34, 24, 28), Qt.AlignmentFlag.AlignCenter, self.sign)
