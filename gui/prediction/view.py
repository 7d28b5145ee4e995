"""What the forms of the prediction panel have in common, and what those with a plot share."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from engine.lazy import Array, np
from engine.predictions.outcomes import Judged
from gui import numbers
from gui.panels.legend import Legend
from gui.panels.plots import Plot
from gui.panels.view import View
from gui.prediction.key import Key

NEAR = 9  # pixels within which the pointer finds a point


def tr(text: str) -> str:
    """A text of the predictions in the language of the window."""
    return QCoreApplication.translate("Predictions", text)


class Prediction(View):
    """One form of what is predicted."""

    def question(self) -> dict[str, Any]:
        """What the predictor is to be told besides the form."""
        return {}

    def take_shape(self, shape: tuple[int, ...]) -> None:
        """The data's inputs have this shape."""

    def select(self, block: str, units: int) -> None:
        """The block that is selected, and how many units it has; an empty name for none."""

    def point_at(self, block: str, units: int) -> None:
        """The block that the pointer is over, likewise."""


class PlotView(Prediction):
    """A plot with a key at its right and, where there is one, a legend below that."""

    def __init__(self, plot: Plot, legend: Legend | None = None) -> None:
        super().__init__()
        self._plot, self._key = plot, Key()
        self._at: QPointF | None = None
        plot.setToolTip(tr("Wheel zooms, drag moves, double-click shows everything"))
        plot.has_cursor = False
        self._side = QVBoxLayout()
        self._side.setSpacing(6)
        self._side.addWidget(self._key)
        if legend is not None:
            self._side.addWidget(legend, 1)
        else:
            self._side.addStretch(1)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(plot, 1)
        self._row.addLayout(self._side)
        plot.hovered.connect(self._hover)
        plot.double_clicked.connect(self.reset_zoom)

    def words_at(self, at: QPointF) -> str:
        """What lies at a point of the plot, in words; empty where there is nothing."""
        raise NotImplementedError

    def set_range(self) -> None:
        """Shows all that there is, unless somebody has zoomed."""
        raise NotImplementedError

    def reset_zoom(self) -> None:
        self._plot.free = False
        self.set_range()

    def restyle(self) -> None:
        self._plot.restyle()
        self._key.update()

    def read_again(self) -> None:
        """What lies under the pointer may be another value now."""
        self._hover(self._at)

    def nearest(self, x: Array, y: Array, at: QPointF) -> int | None:
        """The number of the point that lies under a place of the plot, within a few pixels."""
        if not len(x):
            return None
        wide, tall = self._plot.box.viewPixelSize()
        far = np.hypot((x - at.x()) / wide, (y - at.y()) / tall)
        best = int(np.nan_to_num(far, nan=np.inf).argmin())
        return best if far[best] <= NEAR else None

    def _hover(self, at: QPointF | None) -> None:
        self._at = at
        self.said.emit("" if at is None else self.words_at(at))


def sample_name(judged: Judged, place: int) -> str:
    """A sample as people find it again: ``validation sample 12``."""
    text = tr("validation sample {}") if judged.held_out[place] else tr("training sample {}")
    return text.format(numbers.count(judged.numbers[place]))


def shown_of(judged: Judged) -> str:
    """``500 of 4,000 points shown``; empty where all are."""
    if len(judged) == judged.total:
        return ""
    return tr("{} of {} points shown").format(numbers.count(len(judged)), numbers.count(judged.total))


def class_words(judged: Judged, place: int) -> str:
    """What a sample is, and what it is taken for."""
    assert judged.classes is not None and judged.truth is not None and judged.predicted is not None
    truth, said = int(judged.truth[place]), int(judged.predicted[place])
    sure = sureness(judged, place)
    if truth == said:
        return tr("class {} with {}").format(judged.classes[truth], sure)
    return tr("class {}, taken for {} with {}").format(judged.classes[truth], judged.classes[said], sure)


def sureness(judged: Judged, place: int) -> str:
    """How sure the class is that a sample is taken for."""
    assert judged.predicted is not None and judged.shares is not None
    return confidence(judged.outputs[place], judged.shares[place], int(judged.predicted[place]), judged.probable)


def confidence(outputs: Array, shares: Array, number: int, probable: bool) -> str:
    """How sure a class is: its probability, or the output itself where the loss knows no probabilities."""
    if probable:
        return numbers.short(float(shares[number]))
    return tr("output {}").format(numbers.short(float(outputs[number if len(outputs) > 1 else 0])))
