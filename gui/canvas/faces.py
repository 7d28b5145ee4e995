"""What a block shows between its head and its foot: its gradient, its curve, its data or its error.

A face paints in the block's own coordinates from what is ``Shown``. What it keeps for painting is made when it is first
painted for a snapshot, so that blocks out of sight cost nothing.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from engine.layers import AnyLayer
from engine.lazy import Array, np
from engine.project import Project
from engine.resolve import BlockPlace
from gui import numbers, pictures, theme
from gui.canvas.measures import PAD, PICTURE_HEIGHT, PICTURE_TOP, PICTURE_WIDTH, WIDTH

if TYPE_CHECKING:
    from engine.explain.diagnosis import Finding
    from engine.run.snapshot import Snapshot

PICTURE = QRectF(PAD, PICTURE_TOP, PICTURE_WIDTH, PICTURE_HEIGHT)
MOST_CELLS = 48  # of a picture along one side
LINES = 12.0  # size of the text below the picture


def tr(text: str) -> str:
    """A text of the canvas in the language of the window."""
    return QCoreApplication.translate("Canvas", text)


class Shown(msgspec.Struct):
    """What all faces draw: the newest snapshot with a gradient, what a diagnosis found, and whether arrays can be
    worked on yet.
    """

    snapshot: Snapshot | None = None
    diagnosis: tuple[Finding, ...] = ()
    ready: bool = False

    def trouble(self, block: AnyLayer) -> tuple[str, str] | None:
        """What is wrong with a block, if anything: a short line for the block, and sentences."""
        for found in self.diagnosis:
            if block.name == found.blocks[0] or block.name in found.blocking:
                return tr("factor 0") if block.name in found.blocking else found.short, found.text
        health = None if self.snapshot is None else self.snapshot.finding(block)
        return (health.short, f"{health.text} {health.suggestion}") if health else None


class Face(ABC):
    """The changing part of a block."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    @abstractmethod
    def paint_picture(self, painter: QPainter, area: QRectF) -> None:
        """The picture alone, as large as asked for."""

    @abstractmethod
    def paint_foot(self, painter: QPainter) -> None:
        """The lines below the picture."""

    def share(self) -> float | None:
        """How large the block's gradient is on the shared scale, 0 to 1; None where there is none yet."""
        return None

    def hint(self) -> str:
        """What hovering says, in plain words."""
        return ""


class GradientFace(Face):
    """A block with weights: its gradient as a signed picture on its own scale, its size on the scale of all blocks."""

    def __init__(self, shown: Shown, block: AnyLayer) -> None:
        super().__init__(shown)
        self._block, self._name = block, block.name
        self._measured: tuple[object, float] = (None, math.nan)
        self._painted: tuple[object, QImage | None] = (None, None)
        self._largest = 0.0

    def paint_picture(self, painter: QPainter, area: QRectF) -> None:
        image = self._image()
        if image is None:
            painter.fillRect(area, pictures.hatched(theme.current()))
        else:
            pictures.draw_nearest(painter, area, image)

    def paint_foot(self, painter: QPainter) -> None:
        colours, weight, rms = theme.current(), self._weight(), self._rms()
        sizes = "" if weight is None else numbers.shape(weight.shape)
        pair(painter, 0, "∂E/∂W" if len(sizes) < 8 else "", sizes, colours.secondary)
        meter(painter, QRectF(PAD, line_top(1) + 3, PICTURE_WIDTH, 4), self.share())
        text = tr("no gradient yet") if weight is None else tr("rms {}").format(numbers.short(rms))
        colour = colours.secondary if weight is None else colours.text
        trouble = self._shown.trouble(self._block)
        line(painter, line_top(1) + 11, *((trouble[0], colours.warning) if trouble else (text, colour)))

    def share(self) -> float | None:
        rms = self._rms()
        if math.isnan(rms):
            return None
        low, high = math.log10(pictures.LOWEST), math.log10(pictures.HIGHEST)
        return (math.log10(min(max(rms, pictures.LOWEST), pictures.HIGHEST)) - low) / (high - low)

    def hint(self) -> str:
        if self._image() is None:
            return _with_trouble(tr("No gradient yet: press Run or Step."), self._shown.trouble(self._block))
        text = tr("Gradient ∂E/∂W, mean over the last batch. Colours from {} to {}, on this block's own scale.")
        said = text.format(numbers.short(-self._largest), numbers.short(self._largest))
        bar = tr("Root mean square per weight {}. The bar is logarithmic from {} to {}, the same for all blocks.")
        ends = (numbers.short(pictures.LOWEST), numbers.short(pictures.HIGHEST))
        size = bar.format(numbers.full(self._rms()), *ends)
        return _with_trouble(f"{said}\n{size}", self._shown.trouble(self._block))

    def _weight(self) -> Array | None:
        """The gradient of the weights, in public shape; None while there is none."""
        return None if self._shown.snapshot is None else self._shown.snapshot.tensors(self._name).get("weight")

    def _rms(self) -> float:
        snapshot = self._shown.snapshot
        if snapshot is not self._measured[0]:
            self._measured = (snapshot, math.nan if snapshot is None else snapshot.rms(self._name))
        return self._measured[1]

    def _image(self) -> QImage | None:
        key = (self._shown.snapshot, theme.current())
        if key != self._painted[0]:
            self._painted = (key, self._draw())
        return self._painted[1]

    def _draw(self) -> QImage | None:
        weight = self._weight()
        if weight is None:
            return None
        table = pictures.reduce_to(weight.reshape(len(weight), -1), MOST_CELLS, MOST_CELLS)
        self._largest = float(np.abs(table).max())
        return pictures.signed(table, self._largest, theme.current())


class CurveFace(Face):
    """An elementwise function: its curve, and the mean of its slope over the last batch."""

    REACH = 4.0  # the curve is drawn from -REACH to REACH

    def __init__(self, shown: Shown, block: AnyLayer) -> None:
        super().__init__(shown)
        self._block = block

    @cached_property
    def _curve(self) -> Array:
        """Points (81, 2) of the curve."""
        x = np.linspace(-self.REACH, self.REACH, 81)
        return np.column_stack([x, self._block.curve(x)])

    @property
    def _slope(self) -> float:
        return math.nan if self._shown.snapshot is None else self._shown.snapshot.slope(self._block.name)

    def paint_picture(self, painter: QPainter, area: QRectF) -> None:
        colours = theme.current()
        zero = area.center().y()
        painter.setPen(QPen(colours.line, 1))
        painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))
        painter.drawLine(QPointF(area.center().x(), area.top()), QPointF(area.center().x(), area.bottom()))
        if not self._shown.ready:
            return
        top = max(1.0, float(np.abs(self._curve[:, 1]).max()))
        across, up = area.width() / (2 * self.REACH), (area.height() / 2 - 3) / top
        points = [QPointF(area.center().x() + x * across, zero - y * up) for x, y in self._curve.tolist()]
        painter.setPen(QPen(colours.activation, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))

    def paint_foot(self, painter: QPainter) -> None:
        pair(painter, 0, tr("slope"), numbers.short(self._slope), theme.current().secondary)
        share = None if math.isnan(self._slope) else min(1.0, self._slope)
        meter(painter, QRectF(PAD, line_top(1) + 3, PICTURE_WIDTH, 4), share, theme.current().activation)
        if trouble := self._shown.trouble(self._block):
            line(painter, line_top(1) + 11, trouble[0], theme.current().warning)

    def hint(self) -> str:
        if math.isnan(self._slope):
            return tr("The curve of this function, from −4 to 4.")
        text = tr(
            "Mean slope over all units and samples of the last batch: {}. Backwards, the gradient is multiplied by"
        )
        said = text.format(numbers.full(self._slope)) + " " + tr("the slope at every unit.")
        return _with_trouble(said, self._shown.trouble(self._block))


class ShapeFace(Face):
    """A block that is neither learned nor a curve: which shape it makes of which."""

    def __init__(self, shown: Shown, block: AnyLayer, place: BlockPlace) -> None:
        super().__init__(shown)
        self._place = place
        self._moves = block.moves_only

    def paint_picture(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(theme.unscaled_font(13, semibold=True))
        painter.setPen(theme.current().text)
        shapes = (numbers.shape(self._place.input_shape), "↓", numbers.shape(self._place.output_shape))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "\n".join(shapes))

    def paint_foot(self, painter: QPainter) -> None:
        if self._moves:
            line(painter, line_top(0), tr("only reshapes"), theme.current().secondary)

    def hint(self) -> str:
        if not self._moves:
            return ""
        return tr("Every value passes unchanged, only its place is another; gradients pass the same way back.")


class DataFace(Face):
    """The data: a small picture of the training part, and how many samples each part has."""

    def __init__(self, shown: Shown, project: Project) -> None:
        super().__init__(shown)
        self._project = project
        self._drawn: tuple[object, QImage | None] = (None, None)

    def _image(self) -> QImage | None:
        colours = theme.current()
        if self._shown.ready and self._drawn[0] is not colours and self._project.data.at_hand:
            from gui.thumbnails import thumbnail  # works on arrays, which there are none of before

            size = (int(PICTURE_WIDTH), int(PICTURE_HEIGHT + 8))
            self._drawn = (colours, thumbnail(self._project, *size, colours))
        return self._drawn[1]

    def paint_picture(self, painter: QPainter, area: QRectF) -> None:
        image = self._image()
        if image is None:
            return
        scale = min(area.width() / PICTURE_WIDTH, (area.height() + 8) / (PICTURE_HEIGHT + 8))
        size = QRectF(0, 0, PICTURE_WIDTH * scale, (PICTURE_HEIGHT + 8) * scale)
        size.moveCenter(area.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(size, image)

    def paint_foot(self, painter: QPainter) -> None:
        data, colour = self._project.data, theme.current().secondary
        line(painter, line_top(0) + 6, tr("{} to train").format(numbers.count(data.count - data.held_out)), colour)
        text = tr("{} to validate").format(numbers.count(data.held_out)) if data.held_out else tr("none held out")
        line(painter, line_top(1) + 6, text, colour)


class LossFace(Face):
    """The error at the end of the chain: the last batch's loss, and the metrics of the last evaluation."""

    def paint_picture(self, painter: QPainter, area: QRectF) -> None:
        colours, snapshot = theme.current(), self._shown.snapshot
        if snapshot is None:
            painter.fillRect(area, pictures.hatched(colours))
            return
        painter.setPen(colours.text)
        shown, flags = numbers.short(snapshot.loss), Qt.AlignmentFlag.AlignCenter
        painter.setFont(theme.unscaled_font(24 if len(shown) < 7 else 20, semibold=True))
        painter.drawText(area.adjusted(0, 0, 0, -14), flags, shown)
        painter.setPen(colours.secondary)
        painter.setFont(theme.unscaled_font(11.5))
        painter.drawText(QRectF(area.left(), area.center().y() + 10, area.width(), 16), flags, tr("loss, this batch"))

    def paint_foot(self, painter: QPainter) -> None:
        metrics = {} if self._shown.snapshot is None else self._shown.snapshot.metrics
        for row, (name, value) in enumerate(shown_metrics(metrics)[:2]):
            pair(painter, row, name, numbers.short(value), theme.current().secondary)

    def hint(self) -> str:
        return tr("The error E: the mean loss over the last batch, before that step's update.")


def face_of(shown: Shown, block: AnyLayer, place: BlockPlace) -> Face:
    """The face that suits a block, by what it is made of."""
    if block.initializers():
        return GradientFace(shown, block)
    return CurveFace(shown, block) if block.has_slope else ShapeFace(shown, block, place)


def _with_trouble(said: str, trouble: tuple[str, str] | None) -> str:
    """What hovering says, and below it what is wrong."""
    return f"{said}\n{trouble[1]}" if trouble else said


def shown_metrics(metrics: dict[str, float]) -> list[tuple[str, float]]:
    """The metrics of an evaluation under their names on screen, the most telling first."""
    names = {
        "validation_accuracy": tr("val. acc."),
        "validation_r2": tr("val. R²"),
        "validation_loss": tr("val. loss"),
        "accuracy": tr("accuracy"),
        "r2": tr("R²"),
    }
    return [(shown, metrics[name]) for name, shown in names.items() if name in metrics]


def line_top(row: int) -> float:
    """The top of a line of text below the picture."""
    return PICTURE_TOP + PICTURE_HEIGHT + 6 + row * 18


def line(painter: QPainter, top: float, text: str, colour: QColor) -> None:
    """One line from the left edge, shortened at its end where it does not fit."""
    painter.setFont(theme.unscaled_font(LINES))
    painter.setPen(colour)
    area = QRectF(PAD, top, WIDTH - 2 * PAD, 17)
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)


def pair(painter: QPainter, row: int, left: str, right: str, colour: QColor) -> None:
    """A name at the left edge and its value, in the colour of text, at the right edge."""
    line(painter, line_top(row), left, colour)
    painter.setFont(theme.unscaled_font(LINES - 0.5, semibold=True))
    painter.setPen(theme.current().text)
    area = QRectF(PAD, line_top(row), WIDTH - 2 * PAD, 17)
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, right)


def meter(painter: QPainter, area: QRectF, share: float | None, colour: QColor | None = None) -> None:
    """A bar filled to a share, by default in the colour of that share; nothing in it while there is no value."""
    track = QPainterPath()
    track.addRoundedRect(area, 2, 2)
    painter.fillPath(track, theme.current().line)
    if share is not None and share > 0:
        filled = QPainterPath()
        filled.addRoundedRect(QRectF(area.left(), area.top(), max(3.0, area.width() * share), area.height()), 2, 2)
        painter.fillPath(filled, colour or pictures.magnitude_colour(share))
