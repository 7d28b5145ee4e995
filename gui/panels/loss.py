"""The loss over the steps: of every training batch, and of the validation part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from engine.lazy import Array, np
from gui import numbers, theme
from gui.panels.panel import tr
from gui.panels.plot_panel import PlotPanel
from gui.panels.plots import LogAxis, NumberAxis, Plot, binned, pen

if TYPE_CHECKING:
    from engine.run.snapshot import HistoryView, Snapshot

LINE_FROM = 3  # points from which a line is seen by itself
SMALLEST = 1e-12  # of what a logarithmic scale shows


class LossPanel(PlotPanel):
    """``data()`` gives (steps, losses), both (columns,), of the training batches."""

    def __init__(self) -> None:
        self._linear, self._log = NumberAxis("left"), LogAxis("left")
        plot = Plot(self._linear, NumberAxis("bottom", whole=True), tr("Loss over the steps"))
        plot.setToolTip(tr("Wheel zooms, drag moves, double-click shows everything"))
        plot.name_axes(bottom=tr("step"))
        self._curves = self._train, self._validation = plot.plot(), plot.plot()
        super().__init__("lossPanel", tr("Loss"), plot)
        self._switch = QToolButton(text=self.tr("log"), checkable=True)
        self._switch.setProperty("role", "flat")
        self._switch.setAccessibleName(self.tr("Logarithmic scale"))
        self._switch.setToolTip(self.tr("Logarithmic scale of the loss"))
        self._switch.toggled.connect(self._set_log)
        self._said = {name: _Said() for name in ("train", "validation")}
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(14)
        for label in self._said.values():
            row.addWidget(label)
        row.addStretch(1)
        self.column.insertLayout(0, row)
        plot.double_clicked.connect(self.reset_zoom)
        self.draw(None)

    def controls(self) -> list[QWidget]:
        return [self._switch, *super().controls()]

    def data(self) -> tuple[Array, Array]:
        history = self._history()
        if history is None:
            return np.zeros(0, int), np.zeros(0)
        return history.steps, history.loss

    def table(self) -> list[list[Any]]:
        steps, losses = self.data()
        return [["step", "loss"], *([int(step), float(loss)] for step, loss in zip(steps, losses, strict=True))]

    def paint_plot(self, snapshot: Snapshot | None) -> None:
        history = self._history()
        sub = self.tr("train and validation") if history else self.tr("nothing trained yet")
        self.titled.emit(self.tr("Loss"), sub)
        if history is None:
            self._train.setData([], [])
            self._validation.setData([], [])
            self._said["train"].say(theme.current().accent, self.tr("train"), math.nan)
            self._said["validation"].hide()
            self._plot.show_range((0, 100), (-3, 0) if self._switch.isChecked() else (0, 1))
            return
        lines = self._lines(history)
        for curve, (x, y), colour in zip(self._curves, lines, self._colours(), strict=True):
            dots = "o" if len(x) < LINE_FROM else None
            curve.setData(x, y, symbol=dots, symbolSize=theme.px(6), symbolBrush=colour, symbolPen=None)
        self._say_last(history)
        self._set_range(history, lines)

    def restyle(self) -> None:
        super().restyle()
        train, validation = self._colours()
        self._train.setPen(pen(train))
        self._validation.setPen(pen(validation, 2))
        self._plot.showGrid(y=True, alpha=0.25)

    @staticmethod
    def _colours() -> tuple[QColor, QColor]:
        return theme.current().accent, theme.current().error

    def _history(self) -> HistoryView | None:
        if self.snapshot is None or not self.snapshot.history.columns:
            return None
        return self.snapshot.history

    def _lines(self, history: HistoryView) -> list[tuple[Array, Array]]:
        """Both curves as x and y; where there are more columns than pixels, the smallest and largest of each pixel."""
        bins = max(50, self._plot.width())
        if history.columns > 2 * bins:
            ends = binned(history.steps, bins, np.maximum.reduceat)
            low = binned(history.loss_min, bins, np.minimum.reduceat)
            high = binned(history.loss_max, bins, np.maximum.reduceat)
            x, y = np.repeat(ends, 2), np.column_stack([low, high]).reshape(-1)
        else:
            x, y = history.steps, history.loss
        steps, validation = _validation(history)
        return [(x.astype(float), self._scaled(y)), (steps.astype(float), self._scaled(validation))]

    def _scaled(self, losses: Array) -> Array:
        return np.log10(np.maximum(losses, SMALLEST)) if self._switch.isChecked() else losses

    def _set_range(self, history: HistoryView, lines: list[tuple[Array, Array]]) -> None:
        values = np.concatenate([line[1] for line in lines])
        values = values[np.isfinite(values)]
        if not len(values):
            return
        low, high = float(values.min()), float(values.max())
        if not self._switch.isChecked():
            low = min(0.0, low)
        room = (high - low or 1.0) * 0.06
        bottom = low - room if self._switch.isChecked() or low < 0 else low
        self._plot.show_range((0, max(10.0, float(history.steps[-1]))), (bottom, high + room))

    def _say_last(self, history: HistoryView) -> None:
        colours = theme.current()
        self._said["train"].say(colours.accent, self.tr("train"), float(history.loss[-1]))
        _steps, validation = _validation(history)
        self._said["validation"].setVisible(len(validation) > 0)
        if len(validation):
            self._said["validation"].say(colours.error, self.tr("validation"), float(validation[-1]))

    def words_at(self, at: QPointF) -> str:
        """The nearest recorded step and its values; the line moves there."""
        history = self._history()
        if history is None:
            return ""
        column = int(np.clip(np.searchsorted(history.steps, at.x()), 0, history.columns - 1))
        step = int(history.steps[column])
        self._plot.cursor_line.setValue(step)
        said = [self.tr("step {}").format(numbers.count(step))]
        said.append(self.tr("train {}").format(numbers.full(float(history.loss[column]))))
        steps, validation = _validation(history)
        if len(validation):
            index = int(np.clip(np.searchsorted(steps, step, "right") - 1, 0, len(validation) - 1))
            at_step = numbers.count(int(steps[index]))
            said.append(self.tr("validation {} (at step {})").format(numbers.full(float(validation[index])), at_step))
        return "  ·  ".join(said)

    def _set_log(self, on: bool) -> None:
        axis = self._log if on else self._linear
        self._plot.setAxisItems({"left": axis})
        self.restyle()
        self.reset_zoom()


def _validation(history: HistoryView) -> tuple[Array, Array]:
    """The steps at which a held-out part was evaluated, and its losses; earlier data may have had none."""
    losses = history.evaluations.get("validation_loss", np.zeros(0))
    known = ~np.isnan(losses)
    return history.evaluation_steps[: len(losses)][known], losses[known]


class _Said(QLabel):
    """A curve's colour, name and last value."""

    def __init__(self) -> None:
        super().__init__(textFormat=Qt.TextFormat.RichText)  # all of it is ours
        self.setProperty("role", "caption")

    def say(self, colour: Any, name: str, value: float) -> None:
        """Shows a curve's last value."""
        number = numbers.short(value)
        self.setText(f'<span style="color:{colour.name()}">━</span> {name} <b>{number}</b>')
