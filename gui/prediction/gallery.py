"""Samples one by one, each with what it is and what it is taken for: as pictures where they are some, else as rows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from engine.lazy import Array
from engine.predictions.outcomes import Judged, Samples
from gui import numbers, pictures, theme
from gui.prediction.view import Prediction, class_words, sample_name, sureness, tr

PICTURE, LINE = 44, 13  # pixels: side of a picture, height of a line below it
MOST_LISTED = 200
MOST_VALUES = 6  # of a row


class Wall(QWidget):
    """The samples that a gallery shows; ``said`` reads out the one under the pointer."""

    said = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._judged: Judged | None = None
        self._places: list[int] = []
        self._images: dict[tuple[Any, ...], QImage] = {}  # by what they show, so that each is made once
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Samples"))
        self.setToolTip(tr("Each sample with what it is taken for, how sure that is, and what it really is"))

    def show_samples(self, judged: Judged, places: list[int]) -> None:
        """Shows these of the judged samples, in this order."""
        if self._judged is None or self._judged.inputs.shape[1:] != judged.inputs.shape[1:]:
            self._images.clear()
        self._judged, self._places = judged, places[:MOST_LISTED]
        self.setMinimumHeight(self._height(max(self.width(), 1)))
        self.update()

    def forget(self) -> None:
        """Pictures have to be made anew: in other colours, or of other data."""
        self._images.clear()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(240), self._height(theme.px(240)))

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.setMinimumHeight(self._height(max(self.width(), 1)))

    def area_of(self, number: int) -> QRectF:
        """Where the sample of that number in the order stands."""
        wide, tall = self._cell()
        row, column = divmod(number, self._columns(self.width()))
        return QRectF(column * wide, row * tall, wide, tall)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._judged is None:
            return
        painter = QPainter(self)
        painter.setFont(theme.font(10))
        for number, place in enumerate(self._places):
            area = self.area_of(number)
            if area.intersects(QRectF(event.rect())):
                (self._paint_picture if self._pictures else self._paint_row)(painter, area, place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.said.emit(self._words_at(event.position().x(), event.position().y()))

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self.said.emit("")

    def captions(self) -> list[str]:
        """What is said of every sample, in order."""
        return [self._caption(place) for place in self._places]

    @property
    def _pictures(self) -> bool:
        return self._judged is not None and self._judged.inputs.ndim == 4

    def _cell(self) -> tuple[float, float]:
        if not self._pictures:
            return float(max(self.width(), 1)), float(theme.px(18))
        return float(theme.px(PICTURE + 18)), float(theme.px(PICTURE + 2 * LINE + 8))

    def _columns(self, width: int) -> int:
        return max(1, int(width // self._cell()[0]))

    def _height(self, width: int) -> int:
        rows = -(-len(self._places) // self._columns(width))
        return int(rows * self._cell()[1])

    def _paint_picture(self, painter: QPainter, area: QRectF, place: int) -> None:
        colours, judged = theme.current(), self._judged
        assert judged is not None and judged.classes is not None and judged.truth is not None
        side = theme.px(PICTURE)
        frame = QRectF(area.center().x() - side / 2, area.top() + 2, side, side)
        pictures.draw_nearest(painter, frame, self._image(judged, place))
        wrong = bool(judged.wrong[place])
        painter.setPen(QPen(colours.error if wrong else colours.line, 2 if wrong else 1))
        painter.drawRect(frame)
        assert judged.predicted is not None
        said = f"{judged.classes[judged.predicted[place]]}  {sureness(judged, place)}"
        lines = (("× " if wrong else "✓ ") + said, tr("true {}").format(judged.classes[judged.truth[place]]))
        for number, text in enumerate(lines):
            painter.setPen((colours.error if wrong else colours.text) if number == 0 else colours.secondary)
            line = QRectF(area.left(), frame.bottom() + 2 + number * theme.px(LINE), area.width() - 2, theme.px(LINE))
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, _elided(painter, text, line.width()))

    def _paint_row(self, painter: QPainter, area: QRectF, place: int) -> None:
        assert self._judged is not None
        painter.setPen(theme.current().error if self._judged.wrong[place] else theme.current().text)
        text = _elided(painter, self._caption(place), area.width() - 8)
        painter.drawText(area.adjusted(4, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _image(self, judged: Judged, place: int) -> QImage:
        key = (bool(judged.held_out[place]), int(judged.numbers[place]))
        if key not in self._images:
            self._images[key] = pictures.sample(judged.inputs[place], theme.current())
        return self._images[key]

    def _caption(self, place: int) -> str:
        assert self._judged is not None
        said = f"{sample_name(self._judged, place)}: {class_words(self._judged, place)}"
        loss = tr("loss {}").format(numbers.short(float(self._judged.losses[place])))
        row = "" if self._pictures else f"  ({_row(self._judged.inputs[place])})"
        return f"{said}, {loss}{row}"

    def _words_at(self, x: float, y: float) -> str:
        wide, tall = self._cell()
        column, columns = int(x // wide), self._columns(self.width())
        number = int(y // tall) * columns + column
        return self._caption(self._places[number]) if column < columns and 0 <= number < len(self._places) else ""


class Gallery(QScrollArea):
    """A wall that scrolls."""

    def __init__(self) -> None:
        super().__init__(widgetResizable=True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # One that comes and goes would change the width, and with it the height, for which it comes and goes again.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setAccessibleName(tr("Samples"))
        self.wall = Wall()
        self.setWidget(self.wall)


class SamplesView(Prediction):
    """The samples with the largest losses, the worst first."""

    title = "samples"
    tip = "The samples with the largest losses, the worst first"

    def __init__(self) -> None:
        super().__init__()
        self._samples: Samples | None = None
        self._gallery = Gallery()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._gallery)
        self._gallery.wall.said.connect(self.said)

    def show_answer(self, outcome: Samples) -> None:
        self._samples = outcome
        self._gallery.wall.show_samples(outcome.judged, list(range(len(outcome.judged))))
        self.titled.emit()

    def restyle(self) -> None:
        self._gallery.wall.forget()

    def forget(self) -> None:
        self._gallery.wall.forget()

    def sub(self) -> str:
        return tr("worst first")

    def data(self) -> dict[str, Any]:
        return {} if self._samples is None else {**judged_data(self._samples.judged)}

    def table(self) -> list[list[Any]]:
        return [] if self._samples is None else judged_table(self._samples.judged, range(len(self._samples.judged)))


def judged_data(judged: Judged) -> dict[str, Any]:
    """Samples as arrays."""
    return {
        "samples": judged.numbers, "validation": judged.held_out, "truth": judged.truth, "predicted": judged.predicted,
        "shares": judged.shares, "losses": judged.losses, "classes": judged.classes, "total": judged.total,
    }  # fmt: skip


def judged_table(judged: Judged, places: Any) -> list[list[Any]]:
    """Samples as rows under titles."""
    rows: list[list[Any]] = [["part", "sample", "true", "predicted", "share", "loss"]]
    assert judged.classes is not None and judged.truth is not None
    assert judged.predicted is not None and judged.shares is not None
    for place in places:
        said = int(judged.predicted[place])
        names = (judged.classes[judged.truth[place]], judged.classes[said])
        part = "validation" if judged.held_out[place] else "training"
        share, loss = float(judged.shares[place, said]), float(judged.losses[place])
        rows.append([part, int(judged.numbers[place]), *names, share, loss])
    return rows


def _row(values: Array) -> str:
    """The first values of a row."""
    flat = values.reshape(-1)
    text = ", ".join(numbers.short(float(each)) for each in flat[:MOST_VALUES])
    return f"{text}, …" if len(flat) > MOST_VALUES else text


def _elided(painter: QPainter, text: str, width: float) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width))
