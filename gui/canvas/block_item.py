"""A block on the canvas: a card with its family's colour, a head, a picture and a foot; less of it when zoomed out."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import pictures, theme
from gui.canvas.badge import OVERHANG, Badge
from gui.canvas.faces import PICTURE, Face, meter
from gui.canvas.measures import BAND, FULL, HEIGHT, PAD, PICTURE_HEIGHT, PICTURE_TOP, RADIUS, SIMPLE, WIDTH

SHADOW = 4.0
CARD = QRectF(0, 0, WIDTH, HEIGHT)
AROUND = CARD.adjusted(-SHADOW, -SHADOW, SHADOW, 2 * SHADOW)  # with its shadow


class BlockItem(QGraphicsItem):
    """One card. ``name`` is the block's name, or the id of an end of the chain."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._title = self._corner = ""
        self._subs: tuple[str, ...] = ()
        self._family = "shape"
        self._help = ""
        self.face: Face | None = None
        self.chosen = self._wrong = self._ghost = False
        self.lit = ""  # the theme's colour in which it is lit
        self.badges: tuple[Badge, ...] = ()
        self.setCacheMode(QGraphicsItem.CacheMode.NoCache)

    def describe(
        self, title: str, subs: tuple[str, ...], corner: str, family: str, wrong: bool, help_text: str
    ) -> None:
        """The fixed words: title, the lines below it, a number in the corner, and whether something is wrong."""
        self._title, self._subs, self._corner, self._family = title, subs, corner, family
        self._wrong, self._help = wrong, help_text
        self.update()

    def hint(self) -> str:
        """What hovering says now."""
        badges = (badge.hint for badge in self.badges)
        parts = (self._title, self._help, self.face.hint() if self.face else "", *badges)
        return "\n".join(part for part in parts if part)

    def wear(self, badges: tuple[Badge, ...]) -> None:
        """Other badges from now on."""
        if badges != self.badges:
            self.badges = badges
            self.update()

    def choose(self, chosen: bool) -> None:
        """Shows whether the block is selected."""
        if chosen != self.chosen:
            self.chosen = chosen
            self.update()

    def light(self, role: str) -> None:
        """Shows that somebody points at what belongs to the block, in one of the theme's colours; empty: nobody."""
        if role != self.lit:
            self.lit = role
            self.update()

    def be_ghost(self, ghost: bool) -> None:
        """A ghost stands for what is being dragged."""
        self._ghost = ghost
        self.setOpacity(0.75 if ghost else 1.0)
        self.setZValue(10 if ghost else 0)

    def boundingRect(self) -> QRectF:
        return QRectF(-OVERHANG, -SHADOW, WIDTH + 2 * OVERHANG, HEIGHT + 3 * SHADOW + 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        detail = option.levelOfDetailFromTransform(painter.worldTransform()) / theme.scale()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if detail < SIMPLE:
            self._paint_tile(painter)
            return
        self._paint_card(painter)
        if detail < FULL:
            self._paint_simple(painter)
        else:
            self._paint_head(painter)
            if self.face:
                self.face.paint_picture(painter, PICTURE)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self.face.paint_foot(painter)
            for badge in self.badges:
                badge.paint(painter)

    def _paint_card(self, painter: QPainter) -> None:
        colours = theme.current()
        outline = QPainterPath()
        outline.addRoundedRect(CARD, RADIUS, RADIUS)
        _paint_shadow(painter)
        painter.fillPath(outline, colours.panel)
        painter.save()
        painter.setClipPath(outline)
        painter.fillRect(QRectF(0, 0, WIDTH, BAND), colours.family(self._family))
        painter.restore()
        painter.setPen(self._border())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(outline)

    def _border(self) -> QPen:
        colours = theme.current()
        if self.lit:
            return QPen(getattr(colours, self.lit), 3.0)
        if self.chosen or self._wrong:
            return QPen(colours.accent if self.chosen else colours.warning, 2.0)
        return QPen(colours.line, 1.0)

    def _paint_head(self, painter: QPainter) -> None:
        colours = theme.current()
        small, big = theme.unscaled_font(11.5), theme.unscaled_font(15, semibold=True)
        corner = QFontMetricsF(small).horizontalAdvance(self._corner)
        painter.setFont(small)
        painter.setPen(colours.secondary)
        flags = Qt.AlignmentFlag.AlignVCenter
        head = QRectF(PAD, BAND + 5, WIDTH - 2 * PAD, 20)
        beside = QFontMetricsF(big).horizontalAdvance(self._title) + corner + 4 <= head.width()
        number = head if beside else QRectF(PAD, BAND + 25, WIDTH - 2 * PAD, 16)
        painter.drawText(number, flags | Qt.AlignmentFlag.AlignRight, self._corner)
        for row, text in enumerate(self._subs):
            _elided(painter, QRectF(PAD, BAND + 25 + 15 * row, WIDTH - 2 * PAD, 16), text)
        painter.setFont(big)
        painter.setPen(colours.text)
        _elided(painter, head.adjusted(0, 0, -corner - 3 if beside else 0, 0), self._title)

    def _paint_simple(self, painter: QPainter) -> None:
        """Title, picture and meter, as large as they can be."""
        painter.setPen(theme.current().text)
        painter.setFont(theme.unscaled_font(20, semibold=True))
        _elided(painter, QRectF(PAD, BAND + 6, WIDTH - 2 * PAD, 28), self._title)
        if self.face:
            self.face.paint_picture(painter, QRectF(PAD, PICTURE_TOP - 6, WIDTH - 2 * PAD, PICTURE_HEIGHT + 34))
            meter(painter, QRectF(PAD, HEIGHT - 24, WIDTH - 2 * PAD, 10), self.face.share())
        for place, badge in enumerate(self.badges):
            badge.paint_small(painter, place)

    def _paint_tile(self, painter: QPainter) -> None:
        """One colour: the size of the gradient, or the family where there is none; hatched while not computed."""
        colours = theme.current()
        share = self.face.share() if self.face else None
        if share is not None:
            painter.fillRect(CARD, pictures.magnitude_colour(share))
        elif self._family == "weights":
            painter.fillRect(CARD, pictures.hatched(colours))
        else:
            painter.fillRect(CARD, colours.line)
        painter.fillRect(QRectF(0, 0, WIDTH, 4 * BAND), colours.family(self._family))
        if self.lit or self.chosen or self._wrong:
            painter.setPen(QPen(self._border().color(), 10))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(CARD)


def _paint_shadow(painter: QPainter) -> None:
    """Two soft outlines that lift the card a little; on dark ground they would not be seen. They are kept as a picture:
    to fill them anew took longer than all the rest of a card.
    """
    colours = theme.current()
    if not colours.dark:
        device = painter.device()
        scale = painter.worldTransform().m11() * (device.devicePixelRatioF() if device else 1.0)
        shadow = _shadow(colours.text.rgb(), round(scale, 3))
        painter.drawPixmap(AROUND, shadow, QRectF(shadow.rect()))


@lru_cache(maxsize=8)
def _shadow(colour: int, scale: float) -> QPixmap:
    """The shadow of a card at so many pixels a unit."""
    pixmap = QPixmap(max(1, round(AROUND.width() * scale)), max(1, round(AROUND.height() * scale)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(pixmap.width() / AROUND.width(), pixmap.height() / AROUND.height())
    painter.translate(-AROUND.topLeft())
    painter.setPen(Qt.PenStyle.NoPen)
    shade = QColor(colour)
    for spread, strength in ((3.0, 0.02), (1.5, 0.035)):
        shade.setAlphaF(strength)
        painter.setBrush(shade)
        outline = CARD.adjusted(-spread, -spread + 1.5, spread, spread + 1.5)
        painter.drawRoundedRect(outline, RADIUS + 2, RADIUS + 2)
    painter.end()
    return pixmap


def _elided(painter: QPainter, area: QRectF, text: str) -> None:
    """Text on one line, shortened at the end where it does not fit."""
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)
