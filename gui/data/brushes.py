"""What is drawn with: a brush for each class or a pen for a curve, the eraser, and how densely points are set."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QButtonGroup, QComboBox, QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from gui import icons, numbers, theme
from gui.data.marks import mark
from gui.data.view import tr

if TYPE_CHECKING:
    from engine.data import drawing

SPACINGS = (0.02, 0.05, 0.1, 0.2)
SPREADS = (0.0, 0.02, 0.05, 0.1, 0.2)
COLUMNS = 4
TASKS = ("classification", "regression")


class Brushes(QWidget):
    """The brush in hand is ``label``, the number of a class; None is the eraser."""

    task_wanted = Signal(str)
    class_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.label: int | None = 0
        self._drawing: drawing.Drawing | None = None
        said = ((tr("points"), tr("Points of several classes")), (tr("curve"), tr("A curve: one y for each x")))
        self._tasks = [
            self._button(*words, "flat", partial(self.task_wanted.emit, task))
            for words, task in zip(said, TASKS, strict=True)
        ]
        self.brushes: list[QToolButton] = []
        self._group = QButtonGroup(self)
        self.eraser = self._button("", tr("Rub out (key E)"), "tool", partial(self.take, None))
        self.plus = self._button("", tr("Add a class"), "tool", self.class_wanted.emit)
        self.clear = self._button(tr("clear"), tr("Rub out everything"), "link", self.clear_wanted.emit)
        self._spacing = _box(tr("Spacing"), tr("How far apart the points of a stroke are"), tr("every {}"), SPACINGS)
        self._spread = _box(tr("Spread"), tr("How far points fall from the way of the brush"), tr("spread {}"), SPREADS)
        self._spacing.setCurrentIndex(SPACINGS.index(0.05))
        self._spread.setCurrentIndex(SPREADS.index(0.05))
        for button in (*self._tasks, self.eraser):
            button.setCheckable(True)
        self._group.addButton(self.eraser)
        self._lay_out()

    @property
    def spacing(self) -> float:
        """How far apart the points of a stroke are."""
        return SPACINGS[self._spacing.currentIndex()]

    @property
    def spread(self) -> float:
        """How far they fall from the way of the brush."""
        return SPREADS[self._spread.currentIndex()]

    def set_spread(self, spread: float) -> None:
        """Another one of those offered."""
        self._spread.setCurrentIndex(SPREADS.index(spread))

    def show_drawing(self, drawing: drawing.Drawing) -> None:
        """Shows the brushes that a drawing needs."""
        self._drawing = drawing
        for button, task in zip(self._tasks, TASKS, strict=True):
            button.setChecked(drawing.task == task)
        if len(self.brushes) != (drawing.classes or 1) or self.plus.isHidden() != (drawing.classes is None):
            self._make_brushes(drawing)
        self.clear.setEnabled(bool(drawing.points))

    def take(self, label: int | None) -> None:
        """Takes a brush in hand; None is the eraser."""
        if label is None or label < len(self.brushes):
            self.label = label
            (self.eraser if label is None else self.brushes[label]).setChecked(True)

    def take_by_key(self, text: str) -> None:
        """``1`` is the first brush, ``e`` the eraser."""
        if text.lower() == "e":
            self.take(None)
        elif text.isdecimal() and text != "0":
            self.take(int(text) - 1)

    def restyle(self) -> None:
        """The colours are others."""
        colour = theme.current().secondary
        self.eraser.setIcon(icons.icon("eraser", colour))
        self.plus.setIcon(icons.icon("plus", colour, theme.current().line))
        if self._drawing is not None:
            self._make_brushes(self._drawing)

    def _make_brushes(self, drawing: drawing.Drawing) -> None:
        for old in self.brushes:
            self._group.removeButton(old)
            old.deleteLater()
        self.brushes = [self._brush(number, drawing.classes) for number in range(drawing.classes or 1)]
        for place, button in enumerate((*self.brushes, self.plus, self.eraser)):
            self._grid.addWidget(button, *divmod(place, COLUMNS), Qt.AlignmentFlag.AlignLeft)
        self._grid.setColumnStretch(COLUMNS - 1, 1)
        self.plus.setVisible(drawing.classes is not None)
        self.plus.setEnabled((drawing.classes or 0) < len(theme.current().classes))
        self._spread.setVisible(drawing.classes is not None)
        self.take(None if self.label is None else min(self.label, len(self.brushes) - 1))

    def _brush(self, number: int, classes: int | None) -> QToolButton:
        key = tr(" (key {})").format(numbers.count(number + 1)) if number < 9 else ""
        what = tr("Class {}").format(number) if classes else tr("Pen: one y for each x")
        made = self._button("", what + key, "tool", partial(self.take, number))
        made.setIcon(QIcon(mark(number, classes)) if classes else icons.icon("pen", theme.current().secondary))
        made.setCheckable(True)
        self._group.addButton(made)
        return made

    def _button(self, text: str, tip: str, role: str, do: object) -> QToolButton:
        made = QToolButton(text=text)
        made.setProperty("role", role)
        made.setAccessibleName(tip)
        made.setToolTip(tip)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the board
        made.clicked.connect(lambda *_: do())  # type: ignore[operator]
        return made

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        switch, self._grid = QHBoxLayout(), QGridLayout()
        switch.setSpacing(0)
        self._grid.setSpacing(2)
        for button in self._tasks:
            switch.addWidget(button)
        column.addLayout(switch)
        column.addLayout(self._grid)
        for widget in (self._spacing, self._spread, self.clear):
            column.addWidget(widget)
        column.addStretch(1)


def _box(name: str, tip: str, text: str, values: tuple[float, ...]) -> QComboBox:
    box = QComboBox()
    box.addItems([text.format(f"{value:g}") for value in values])
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    return box
