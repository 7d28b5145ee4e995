"""Chooses one number of a moment: a unit or a parameter, its index, and the sample."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from gui import theme
from gui.chain_rule.mode import tr
from gui.chain_rule.moment_arrays import UNIT, Number

MOST_AXES = 4


class NumberChooser(QWidget):
    """``changed`` says that a person has chosen another number, or another sample."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._what = QComboBox()
        self._what.setAccessibleName(tr("Which kind of number"))
        self._what.setToolTip(tr("A unit’s value, or a weight"))
        self._axes = [QSpinBox() for _ in range(MOST_AXES)]
        self._sample = QSpinBox(prefix=tr("sample "))
        self._sample.setAccessibleName(tr("Sample of the batch"))
        self._sample.setToolTip(tr("The sample of the batch, counted from 0"))
        self._alone = QCheckBox(tr("this sample only"))
        self._alone.setAccessibleName(tr("This sample only"))
        self._alone.setToolTip(tr("The products of one sample, in place of the shares of all samples"))
        self._shapes: Mapping[str, tuple[int, ...]] = {}
        self._axes_row = QHBoxLayout()
        self._axes_row.setSpacing(4)
        self._lay_out()
        for axis, box in enumerate(self._axes):
            box.setAccessibleName(tr("Index {}").format(axis + 1))
            box.setToolTip(tr("The place along axis {}, counted from 0").format(axis + 1))
            self._axes_row.addWidget(box)
            box.valueChanged.connect(self.changed)
        self._axes_row.addStretch(1)
        self._sample.valueChanged.connect(self.changed)
        self._alone.toggled.connect(self.changed)
        self._what.activated.connect(self._take_what)

    @property
    def number(self) -> Number:
        """What is chosen."""
        parameter = str(self._what.currentData() or UNIT)
        return Number(parameter, tuple(box.value() for box in self._axes[: len(self._shapes.get(parameter, ()))]))

    @property
    def sample(self) -> int:
        """Which sample is looked at."""
        return self._sample.value()

    @property
    def alone(self) -> bool:
        """Whether a parameter is looked at for one sample alone."""
        return not self._alone.isHidden() and self._alone.isChecked()

    def offer(
        self, shapes: Mapping[str, tuple[int, ...]], number: Number, sample: int, samples: int, shared: bool
    ) -> None:
        """Shows a number among those of the given shapes, without a word of it. ``shared``: a parameter's number is
        made up of the samples' shares.
        """
        blockers = [QSignalBlocker(each) for each in (self._what, self._sample, *self._axes)]
        self._shapes = shapes
        self._what.clear()
        for name in shapes:
            self._what.addItem(tr("unit") if name == UNIT else name, name)
        self._what.setCurrentIndex(list(shapes).index(number.parameter))
        self._sample.setMaximum(samples - 1)
        self._sample.setSuffix(tr(" of {}").format(samples))
        self._sample.setValue(sample)
        self._show_axes(number.index)
        self._alone.setVisible(shared and number.parameter != UNIT)
        self._sample.setVisible(number.parameter == UNIT or self.alone)
        del blockers

    def _lay_out(self) -> None:
        """Kind and sample above, the index below."""
        for box in (self._sample, *self._axes):
            box.lineEdit().setTextMargins(6, 0, 6, 0)
        above = QHBoxLayout()
        above.setSpacing(4)
        above.addWidget(self._what)
        above.addWidget(self._alone)
        above.addWidget(self._sample)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(above)
        column.addLayout(self._axes_row)
        column.addStretch(1)

    def _take_what(self) -> None:
        """Another kind of number: from its first entry."""
        blockers = [QSignalBlocker(each) for each in self._axes]
        self._show_axes((0,) * len(self._shapes[str(self._what.currentData())]))
        del blockers
        self.changed.emit()

    def _show_axes(self, index: tuple[int, ...]) -> None:
        parameter = str(self._what.currentData() or UNIT)
        for box, place, size in zip(self._axes, index, self._shapes[parameter], strict=False):
            box.setMaximum(size - 1)
            box.setValue(place)
            box.setFixedWidth(theme.px(56))
        for axis, box in enumerate(self._axes):
            box.setVisible(axis < len(index))
