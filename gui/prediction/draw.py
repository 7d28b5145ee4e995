"""A pad to draw on with the mouse, what every block makes of the drawing, and what it is taken for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.lazy import Array, np
from engine.predictions.outcomes import Drawn
from gui import pictures, theme
from gui.prediction.activations import Activations
from gui.prediction.view import Prediction, confidence, tr

BRUSH = 0.085  # radius of the brush as a share of the picture's side; its edge is soft


class Pad(QWidget):
    """``ink`` (H, W) from 0 to 1 is what has been drawn. The left button draws, the right one rubs out."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.ink: Array = np.zeros((8, 8))
        self._last: QPointF | None = None
        self.setAccessibleName(tr("Drawing pad"))
        self.setToolTip(tr("Draw with the left button, rub out with the right one"))
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_size(self, height: int, width: int) -> None:
        """An empty pad of so many pixels, where it has another size."""
        if self.ink.shape != (height, width):
            self.ink = np.zeros((height, width))
            self.update()

    def clear(self) -> None:
        """Nothing is drawn any more."""
        self.ink = np.zeros_like(self.ink)
        self.update()
        self.changed.emit()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(130), theme.px(130))

    def area(self) -> QRectF:
        """The picture: as large as there is room for."""
        height, width = self.ink.shape
        scale = min((self.width() - 2) / width, (self.height() - 2) / height)
        return QRectF(1, 1, max(1.0, width * scale), max(1.0, height * scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.current()
        pictures.draw_nearest(painter, self.area(), pictures.grey(self.ink, colours, (0.0, 1.0)))
        painter.setPen(QPen(colours.secondary, 1))
        painter.drawRect(self.area())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last = event.position()
        self._stroke(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._stroke(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def _stroke(self, event: QMouseEvent) -> None:
        """Draws from where the pointer was to where it is."""
        buttons = event.buttons()
        if self._last is None or not buttons & (Qt.MouseButton.LeftButton | Qt.MouseButton.RightButton):
            return
        wet = bool(buttons & Qt.MouseButton.LeftButton)
        touched = self._touched(self._last, event.position())
        self.ink = np.maximum(self.ink, touched) if wet else np.maximum(self.ink - touched, 0)
        self._last = event.position()
        self.update()
        self.changed.emit()

    def _touched(self, start: QPointF, end: QPointF) -> Array:
        """How much ink a stroke leaves on every pixel: full within the brush, none at twice its radius."""
        area, (height, width) = self.area(), self.ink.shape
        scale = width / area.width()
        ends = np.array([[point.x() - area.left(), point.y() - area.top()] for point in (start, end)]) * scale
        places = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), axis=-1)
        along = ends[1] - ends[0]
        share = np.clip(((places - ends[0]) @ along) / (along @ along or 1.0), 0, 1)
        far = np.linalg.norm(places - ends[0] - share[..., None] * along, axis=-1)
        radius = max(0.6, BRUSH * max(width, height))
        touched: Array = np.clip(2 - far / radius, 0, 1)
        return touched


class Bars(QWidget):
    """A bar for each class: how much speaks for it."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: Drawn | None = None
        self.setAccessibleName(tr("What the drawing is taken for"))
        self.setToolTip(tr("How much speaks for each class"))
        self.setMinimumWidth(theme.px(110))

    def show_drawn(self, drawn: Drawn) -> None:
        """Shows another prediction."""
        self._drawn = drawn
        self.update()

    def texts(self) -> list[tuple[str, str]]:
        """Every class with its number, as it is written."""
        if self._drawn is None:
            return []
        outputs, shares, probable = self._drawn.outputs, self._drawn.shares, self._drawn.probable
        return [
            (name, confidence(outputs, shares, number, probable)) for number, name in enumerate(self._drawn.classes)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drawn is None:
            return
        colours, painter = theme.current(), QPainter(self)
        painter.setFont(theme.font(10))
        line = min(float(theme.px(20)), self.height() / len(self._drawn.classes))
        left, right = theme.px(46), theme.px(44)
        for number, (name, value) in enumerate(self.texts()):
            top, best = number * line, number == self._drawn.predicted
            painter.setPen(colours.text if best else colours.secondary)
            names = QRectF(0, top, left - 6, line)
            elided = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(names.width()))
            painter.drawText(names, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, elided)
            room = max(1.0, self.width() - left - right)
            bar = QRectF(left, top + 2, room, max(2.0, line - 4))
            painter.fillRect(bar, colours.field)
            bar.setWidth(max(1.0, room * float(np.nan_to_num(self._drawn.shares[number]))))
            painter.fillRect(bar, colours.accent if best else colours.secondary)
            painter.drawText(
                QRectF(self.width() - right + 4, top, right, line), Qt.AlignmentFlag.AlignVCenter, value.split()[-1]
            )


class DrawView(Prediction):
    """The pad at the left, what the blocks give out beside it, the classes at the right: as through the chain."""

    title = "draw"
    tip = "Draw with the mouse and see at once what it is taken for"

    def __init__(self) -> None:
        super().__init__()
        self._drawn: Drawn | None = None
        self.pad, self.activations, self.bars = Pad(), Activations(), Bars()
        self.clear = QToolButton(text=tr("clear"))
        self.clear.setProperty("role", "link")
        self.clear.setAccessibleName(tr("Clear the pad"))
        self.clear.setToolTip(tr("Nothing drawn"))
        self.clear.clicked.connect(self.pad.clear)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.pad, 1)
        left.addWidget(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.addLayout(left, 3)
        row.addWidget(_scrolling(self.activations), 4)
        row.addWidget(self.bars, 2)
        self.activations.said.connect(self.said)
        self.pad.changed.connect(self.asked)

    def take_shape(self, shape: tuple[int, ...]) -> None:
        if len(shape) == 3:
            self.pad.set_size(*shape[1:])

    def question(self) -> dict[str, Any]:
        return {"ink": self.pad.ink}

    def show_answer(self, outcome: Drawn) -> None:
        self._drawn = outcome
        self.bars.show_drawn(outcome)
        self.activations.show_activations(outcome.activations)
        self.titled.emit()

    def restyle(self) -> None:
        self.pad.update()
        self.bars.update()
        self.activations.update()

    def sub(self) -> str:
        if self._drawn is None:
            return ""
        sure = confidence(self._drawn.outputs, self._drawn.shares, self._drawn.predicted, self._drawn.probable)
        return tr("{} with {}").format(self._drawn.classes[self._drawn.predicted], sure)

    def data(self) -> dict[str, Any]:
        if self._drawn is None:
            return {}
        drawn = self._drawn
        return {
            "ink": drawn.ink, "outputs": drawn.outputs, "shares": drawn.shares,
            "predicted": drawn.predicted, "classes": drawn.classes, "activations": dict(drawn.activations),
        }  # fmt: skip

    def table(self) -> list[list[Any]]:
        if self._drawn is None:
            return []
        shares = zip(self._drawn.classes, self._drawn.shares, strict=True)
        return [["class", "share"], *([name, float(share)] for name, share in shares)]


def _scrolling(activations: Activations) -> QScrollArea:
    """Long chains are looked through."""
    area = QScrollArea(widgetResizable=True, horizontalScrollBarPolicy=Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(activations)
    area.setMinimumWidth(theme.px(70))
    return area
