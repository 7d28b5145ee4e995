"""What each sample of the batch contributes to the mean: a bar for each, sorted, one of them chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.lazy import Array, np
from gui import numbers, pictures, theme

if TYPE_CHECKING:
    from gui.chain_rule.answer import Answer

WIDTH, HEIGHT = 100, 22


def tr(text: str) -> str:
    """A text of the bars in the language of the window."""
    return QCoreApplication.translate("ChainRule", text)


class SampleBars(QWidget):
    """``chosen`` says which training sample is wanted."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._numbers: Array | None = None  # of the training samples, in the order of the bars
        self._values: Array | None = None
        self._mean = 0.0
        self._marked = -1
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # after a click arrow keys go on from there
        self.setAccessibleName(tr("Contributions of the samples"))
        self.setToolTip(tr("Each bar is one sample's own derivative, sorted; their mean is the gradient. Click one."))

    def show_answer(self, answer: Answer | None) -> None:
        """Shows the samples of an answer's batch."""
        self.setVisible(answer is not None and len(answer.samples) > 1)
        if answer is None:
            return
        order = np.argsort(answer.samples, kind="stable")
        self._values, self._mean = answer.samples[order], answer.mean
        self._numbers = answer.inquiry.snapshot.chosen[order]
        self._marked = answer.sample
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(WIDTH), theme.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(60), theme.px(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._values is None or self._numbers is None:
            return
        colours, painter = theme.current(), QPainter(self)
        limit = float(np.abs(self._values).max()) or 1.0
        middle, half = self.height() / 2, self.height() / 2 - 2
        for place, value in self._shown():
            rect = self._bar(place)
            tall = value / limit * half
            bar = QRectF(rect.left(), middle - max(tall, 0.0), rect.width(), max(abs(tall), 1.0))
            colour = colours.zero if value == 0 else pictures.signed_colour(1.0 if value > 0 else -1.0, colours)
            painter.fillRect(bar, colour)
        painter.setPen(QPen(colours.secondary, 1))
        painter.drawLine(QPointF(0, middle), QPointF(self.width(), middle))
        painter.setPen(QPen(colours.text, 1, Qt.PenStyle.DotLine))
        mean = middle - self._mean / limit * half
        painter.drawLine(QPointF(0, mean), QPointF(self.width(), mean))
        self._mark(painter)

    def _mark(self, painter: QPainter) -> None:
        """A frame around the chosen sample, where it is in this batch."""
        assert self._numbers is not None
        found = np.flatnonzero(self._numbers == self._marked)
        if len(found):
            painter.setPen(QPen(theme.current().backward, 1.6))
            bar = self._bar(int(found[0]))
            painter.drawRect(QRectF(bar.left() - 1, 1, max(bar.width(), 2) + 2, self.height() - 2))

    def _shown(self) -> list[tuple[int, float]]:
        """Bars with their place; where there are more samples than pixels, as many as there is room for."""
        assert self._values is not None
        every = max(1, len(self._values) // max(1, self.width()))
        return [(place, float(self._values[place])) for place in range(0, len(self._values), every)]

    def _bar(self, place: int) -> QRectF:
        assert self._values is not None
        width = self.width() / len(self._values)
        return QRectF(place * width, 0, max(1.0, width - (1 if width > 3 else 0)), self.height())

    def place_at(self, x: float) -> int | None:
        """The bar at a horizontal position; None beside them."""
        if self._values is None or not 0 <= x < self.width():
            return None
        return min(len(self._values) - 1, int(x * len(self._values) / self.width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key not in steps or self._numbers is None:
            super().keyPressEvent(event)
            return
        found = np.flatnonzero(self._numbers == self._marked)
        at = int(found[0]) + steps[key] if len(found) else 0
        self._choose(max(0, min(len(self._numbers) - 1, at)))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.place_at(event.pos().x())
            QToolTip.showText(event.globalPos(), self._words(place), self)
            return True
        return super().event(event)

    def _words(self, place: int | None) -> str:
        if place is None or self._values is None or self._numbers is None:
            return self.toolTip()
        value = numbers.full(float(self._values[place]))
        said = tr("sample {}: {}").format(numbers.count(self._numbers[place]), value)
        return f"{said}\n{self.toolTip()}"

    def _choose(self, place: int) -> None:
        """Marks a bar at once, so that quick keys go on from there, and says that it is wanted."""
        assert self._numbers is not None
        self._marked = int(self._numbers[place])
        self.update()
        self.chosen.emit(self._marked)
