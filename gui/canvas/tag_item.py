"""A tag on a link: what arrives there when a number is nudged. It hangs below the blocks, under the arrow."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import theme
from gui.canvas.measures import GAP, HEIGHT, RADIUS, WIDTH

TAG_WIDTH, LINE, PAD = 130.0, 15.0, 5.0
TOP = HEIGHT + 14


class Tag(msgspec.Struct, frozen=True):
    """What a tag says: lines of a name and a value, a note about them, and in the warning colour what is to be known
    besides. ``role`` is the theme's colour of its outline.
    """

    lines: tuple[tuple[str, str], ...]
    note: str = ""
    warning: str = ""
    role: str = "forward"


class TagItem(QGraphicsItem):
    """Hangs under the link behind the block whose left edge is at ``x``; of the ``last`` one at the chain's end, beside
    the tag before, from the block itself.
    """

    def __init__(self, tag: Tag, x: float, last: bool) -> None:
        super().__init__()
        self.tag = tag
        colours = ((tag.note, "secondary"), (tag.warning, "warning"))
        self._below = [(text, colour) for text, colour in colours if text]
        self._stem = HEIGHT if last else HEIGHT * 0.52
        self._stem_x = (TAG_WIDTH - GAP) / 2 - RADIUS if last else TAG_WIDTH / 2  # of the last one at the block itself
        self.setPos(x + WIDTH + (GAP - TAG_WIDTH) / 2, TOP)
        self.setZValue(4)
        said = [f"{name} {value}" for name, value in tag.lines]
        self.setToolTip("\n".join((*said, *(text for text, _ in self._below))))

    @property
    def frame(self) -> QRectF:
        """The box, in the item's coordinates."""
        return QRectF(0, 0, TAG_WIDTH, (len(self.tag.lines) + len(self._below)) * LINE + 2 * PAD)

    def boundingRect(self) -> QRectF:
        return self.frame.adjusted(-2, -TOP + HEIGHT / 2, 2, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colours = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours.warning if self.tag.warning else getattr(colours, self.tag.role), 1.2))
        painter.drawLine(QPointF(self._stem_x, 0), QPointF(self._stem_x, self._stem - TOP))
        painter.setBrush(colours.panel)
        painter.drawRoundedRect(self.frame, 6, 6)
        for row, (name, value) in enumerate(self.tag.lines):
            area = QRectF(PAD, PAD + row * LINE, TAG_WIDTH - 2 * PAD, LINE)
            painter.setFont(theme.unscaled_font(11))
            painter.setPen(colours.secondary)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, name)
            painter.setFont(theme.unscaled_font(11.5, semibold=True))
            painter.setPen(colours.text)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, value)
        painter.setFont(theme.unscaled_font(11))
        for row, (text, colour) in enumerate(self._below, len(self.tag.lines)):
            area = QRectF(PAD, PAD + row * LINE, TAG_WIDTH - 2 * PAD, LINE)
            painter.setPen(getattr(colours, colour))
            shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)
