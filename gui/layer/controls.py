"""Chooses what is looked at: value and picture in the panel's head, unit and sample in a bar, the scale in its menu."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSpinBox, QToolButton, QWidget

from gui import icons, theme
from gui.layer.choice import Choice
from gui.layer.sight import BLOCK, CELLS, CHAIN, FROZEN, HISTOGRAM, UNIT, Sight
from gui.layer.values import VALUES
from gui.panels.panel import tr

MEAN, ASKED, OWN = "mean", "asked", "own"
"""Of which sample: the mean of the batch, the one that the chain rule is shown for, or one of one's own."""


class Controls(QObject):
    """``changed`` says that a person has chosen something else."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0  # the sample that the chain rule is shown for
        values = [(value.name, tr(value.text), tr(value.tip)) for value in VALUES.values()]
        self.value = Choice(tr("Value"), tr("What is shown of every weight or unit:"), values)
        pictures = [
            (CELLS, tr("matrix"), tr("Every number as a cell; kernels and maps as tiles")),
            (HISTOGRAM, tr("histogram"), tr("How the numbers are distributed")),
            (UNIT, tr("one unit"), tr("The numbers of one unit or filter, with its bias, activation and delta")),
        ]
        self.picture = Choice(tr("Picture"), tr("How it is shown:"), pictures, drawn=True)
        self.pin = QToolButton()
        self.pin.setProperty("role", "flat")
        self.pin.setAccessibleName(tr("Pin this view"))
        self.bar = self._make_bar()
        self.scales = self._make_scales()
        for choice in (self.value, self.picture, self.samples):
            choice.changed.connect(self.changed)
        for spin in (self.unit, self.sample):
            spin.valueChanged.connect(self.changed)
        self.scales.triggered.connect(self.changed)

    def sight(self, block: str) -> Sight:
        """What is chosen, of a block."""
        sample = {MEAN: None, ASKED: self.asked, OWN: self.sample.value()}[self.samples.current]
        scale = str(self.scales.checkedAction().data())
        return Sight(block, self.value.current, self.picture.current, self.unit.value(), sample, scale)

    def show_value(self, name: str) -> None:
        """Chooses a value."""
        self.value.choose(name)

    def offer(self, sight: Sight, units: int) -> None:
        """Shows what can be chosen besides, without a word of it; the block has so many units."""
        passes, one = VALUES[sight.value].passes, sight.picture == UNIT
        self.bar.setVisible(passes or one)
        self.unit.setVisible(one)
        self.sample.setVisible(self.samples.current == OWN)
        if units and units - 1 != self.unit.maximum():
            with QSignalBlocker(self.unit):
                self.unit.setMaximum(units - 1)
                self.unit.setSuffix(tr(" of {}").format(units))

    def offer_samples(self, count: int) -> None:
        """The data have so many samples."""
        with QSignalBlocker(self.sample):
            self.sample.setMaximum(max(count - 1, 0))

    def offer_pin(self, free: int, most: int) -> None:
        """So many views can still be pinned, of so many."""
        self.pin.setEnabled(free > 0)
        full = tr("{} views are pinned; close one to pin another").format(most)
        self.pin.setToolTip(tr("Keeps this view beside, of this block and value") if free else full)

    def restyle(self) -> None:
        """The colours are others."""
        self.picture.restyle()
        self.pin.setIcon(icons.icon("pin", theme.current().secondary, theme.current().line))

    def fill(self, menu: QMenu) -> None:
        """Adds the choice of the scale to the panel's menu."""
        menu.addSeparator()
        menu.addActions(self.scales.actions())

    def _make_bar(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.unit = _spin(tr("unit "), tr("Unit"), tr("Which unit or filter is shown"))
        samples = [
            (MEAN, tr("batch mean"), tr("The mean over the samples of the last batch")),
            (ASKED, tr("asked sample"), tr("The sample that the chain rule is shown for")),
            (OWN, tr("one sample"), tr("A training sample by its number")),
        ]
        self.samples = Choice(tr("Of which sample"), tr("What passes the block is shown for:"), samples)
        self.sample = _spin(tr("sample "), tr("Sample"), tr("Number of the training sample, counted from 0"))
        for widget in (self.unit, self.samples, self.sample):
            row.addWidget(widget)
        row.addStretch(1)
        return bar

    def _make_scales(self) -> QActionGroup:
        group = QActionGroup(self)
        texts = {
            BLOCK: (tr("Scale of this block"), tr("The ends of the colours are those of the block that is shown")),
            CHAIN: (tr("Scale of all blocks"), tr("One scale for all blocks, so that they can be compared")),
            FROZEN: (tr("Freeze the scale"), tr("The ends of the colours stay where they are")),
        }
        for name, (text, tip) in texts.items():
            action = QAction(text, group, checkable=True, checked=name == BLOCK, toolTip=tip)
            action.setData(name)
        return group


def _spin(prefix: str, spoken: str, tip: str) -> QSpinBox:
    spin = QSpinBox(prefix=prefix, maximum=0)
    spin.lineEdit().setTextMargins(6, 0, 6, 0)
    spin.setAccessibleName(spoken)
    spin.setToolTip(tip)
    return spin
