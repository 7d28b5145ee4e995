"""How many samples there are of each class, in both parts."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout

from engine.data.summary import Shares
from engine.lazy import Array
from engine.project import Project
from gui import numbers, theme
from gui.data.marks import SIDE, mark
from gui.data.painted import Painted, Scroller, elided
from gui.data.view import DataView, tr
from gui.labels import ElidedLabel

ROW, BAR, HEAD = 32, 13, 16  # pixels: height of a class, of each of its bars, of the line above all
MOST_NAME, NUMBER = 96, 82  # width of the names, at most, and of the numbers


class Bars(Painted):
    """A bar for each part of each class; equally long bars are equal shares of their part."""

    def __init__(self) -> None:
        super().__init__(tr("Classes"), tr("How many samples there are of each class in each part, and their share"))
        self._shares: Shares | None = None

    def show_shares(self, shares: Shares) -> None:
        """Shows these."""
        self._shares = shares
        self.fit()

    def height_for(self, width: int) -> int:
        return theme.px(HEAD) + theme.px(ROW) * (0 if self._shares is None else len(self._shares.classes))

    def words_at(self, at: QPointF) -> str:
        number = int((at.y() - theme.px(HEAD)) // theme.px(ROW))
        if self._shares is None or not 0 <= number < len(self._shares.classes):
            return ""
        said = [f"{name} {text}" for name, text, _share, _colour in self._lines(self._shares, number)]
        return tr("class {}: {}").format(self._shares.classes[number], ", ".join(said))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._shares is None:
            return
        painter = QPainter(self)
        painter.setFont(theme.font(10))
        self._paint_head(painter, self._shares)
        top, tall = theme.px(HEAD), theme.px(ROW)
        first = max(0, (event.rect().top() - top) // tall)
        last = min(len(self._shares.classes), (event.rect().bottom() - top) // tall + 1)
        for number in range(first, last):
            self._paint_class(painter, self._shares, number)

    @staticmethod
    def _left(shares: Shares) -> int:
        """Where the bars begin: behind the names."""
        metrics = QFontMetricsF(theme.font(10))
        return min(
            theme.px(MOST_NAME), theme.px(SIDE) + 14 + round(max(map(metrics.horizontalAdvance, shares.classes)))
        )

    def _lines(self, shares: Shares, number: int) -> list[tuple[str, str, float, QColor]]:
        """Of one class, for each part: its name, count and share in words, the share, the colour."""
        lines = []
        for name, counts, colour in _parts(shares):
            count, share = int(counts[number]), float(counts[number]) / max(1, int(counts.sum()))
            text = tr("{} · {} %").format(numbers.count(count), numbers.short(100 * share))
            lines.append((name, text, share, colour))
        return lines

    def _paint_head(self, painter: QPainter, shares: Shares) -> None:
        """What the colours mean, and what the numbers are."""
        left, line = float(self._left(shares)), theme.px(HEAD)
        for name, counts, colour in _parts(shares):
            painter.fillRect(QRectF(left, line / 2 - 4, 8, 8), colour)
            text = f"{name} {numbers.count(counts.sum())}"
            wide = painter.fontMetrics().horizontalAdvance(text)
            painter.setPen(theme.current().secondary)
            painter.drawText(QRectF(left + 12, 0, wide + 2, line), Qt.AlignmentFlag.AlignVCenter, text)
            left += wide + theme.px(26)

    def _paint_class(self, painter: QPainter, shares: Shares, number: int) -> None:
        colours, top = theme.current(), theme.px(HEAD) + number * theme.px(ROW)
        left, right = self._left(shares), theme.px(NUMBER)
        middle = top + theme.px(ROW) / 2
        painter.drawPixmap(QPointF(1, middle - theme.px(SIDE) / 2), mark(number, len(shares.classes)))
        painter.setPen(colours.text)
        name = QRectF(theme.px(SIDE) + 5, top, left - theme.px(SIDE) - 11, theme.px(ROW))
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, elided(painter, shares.classes[number], name.width()))
        room, most = max(1.0, self.width() - left - right), _most(shares)
        lines = self._lines(shares, number)
        first = middle - len(lines) * theme.px(BAR) / 2
        for place, (_name, text, share, colour) in enumerate(lines):
            bar = QRectF(left, first + place * theme.px(BAR) + 1, max(1.0, room * share / most), theme.px(BAR) - 2)
            painter.fillRect(bar, colour)
            painter.setPen(colours.secondary)
            painter.drawText(
                QRectF(bar.right() + 5, bar.top() - 1, right, theme.px(BAR)), Qt.AlignmentFlag.AlignVCenter, text
            )


class SharesView(DataView):
    """The classes of both parts."""

    title = "classes"
    tip = "How many samples there are of each class, in both parts"

    def __init__(self) -> None:
        super().__init__()
        self._shares: Shares | None = None
        self.bars = Bars()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(Scroller(self.bars), 1)
        self._guess = ElidedLabel("caption")
        column.addWidget(self._guess)
        self.bars.said.connect(self.said)

    @classmethod
    def suits(cls, project: Project) -> bool:
        return project.data.classes is not None

    def show_answer(self, outcome: Shares) -> None:
        self._shares = outcome
        self.bars.show_shares(outcome)
        self._guess.setText(guess_words(outcome))
        self.titled.emit()

    def restyle(self) -> None:
        self.bars.fit()

    def sub(self) -> str:
        return "" if self._shares is None else tr("{} classes").format(numbers.count(len(self._shares.classes)))

    def data(self) -> dict[str, Any]:
        shares = self._shares
        if shares is None:
            return {}
        return {"classes": shares.classes, "train": shares.train, "validation": shares.validation}

    def table(self) -> list[list[Any]]:
        if self._shares is None:
            return []
        counted = zip(self._shares.classes, self._shares.train, self._shares.validation, strict=True)
        return [["class", "training", "validation"], *([name, int(a), int(b)] for name, a, b in counted)]


def guess_words(shares: Shares) -> str:
    """What a network has to surpass: to say the most frequent class of the training part, whatever is asked."""
    best = int(shares.train.argmax())
    judged = shares.validation if shares.validation.sum() else shares.train
    share = numbers.short(100 * float(judged[best]) / int(judged.sum()))
    part = tr("validation") if shares.validation.sum() else tr("training")
    return tr("always saying {}: {} % right in {}").format(shares.classes[best], share, part)


def _parts(shares: Shares) -> list[tuple[str, Array, QColor]]:
    """Name, counts and colour of each part that has samples."""
    parts = [(tr("training"), shares.train, theme.current().accent)]
    if shares.validation.sum():
        parts.append((tr("validation"), shares.validation, theme.current().error))
    return parts


def _most(shares: Shares) -> float:
    """The largest share of any class in any part."""
    return max(float(counts.max()) / max(1, int(counts.sum())) for _name, counts, _colour in _parts(shares))
