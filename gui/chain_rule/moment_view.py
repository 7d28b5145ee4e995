"""One moment of a step at three levels: all its arrays, one number of them, the single products behind that number."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from engine.project import ProjectError
from gui import numbers
from gui.chain_rule import moment_arrays
from gui.chain_rule.array_row import ArrayRow
from gui.chain_rule.mode import tr
from gui.chain_rule.moment_arrays import UNIT, Number, Shown
from gui.chain_rule.number_chooser import NumberChooser
from gui.chain_rule.sentences import line
from gui.chain_rule.terms_list import TermsList

if TYPE_CHECKING:
    from engine.explain.moments import Moment
    from engine.explain.terms import Term
    from gui.chain_rule.laboratory import Laboratory
    from gui.chain_rule.step_source import Told

LAYER, ONE, TERMS = range(3)
MOST_FACTS = 5


class MomentView(QWidget):
    """``pointed`` says which array is under the pointer. What was chosen is remembered for every moment."""

    pointed = Signal(object)
    _done = Signal(object)

    def __init__(self, laboratory: Laboratory) -> None:
        super().__init__()
        self._laboratory = laboratory
        self._told: Told | None = None
        self._moment: Moment | None = None
        self._arrays: tuple[Shown, ...] = ()
        self._chosen: dict[tuple[str, str], Number] = {}
        self._sample: int | None = None  # as it was chosen
        self._wanted: Future[Any] | None = None
        self.row, self.chooser, self.terms = ArrayRow(), NumberChooser(), TermsList()
        self._formula = line("caption")
        self._facts = [_Fact() for _ in range(MOST_FACTS)]
        self.levels = QButtonGroup(self)
        self._stack = QStackedWidget()
        self._lay_out()
        self.row.pointed.connect(self.pointed)
        self.row.chosen.connect(self._take_cell)
        self.chooser.changed.connect(self._take_choice)
        self.levels.idToggled.connect(self._change_level)
        self._done.connect(self._take_terms)

    @property
    def level(self) -> int:
        """Which level is shown: the arrays, one number, or its terms."""
        return self.levels.checkedId()

    def start_over(self, told: Told | None) -> None:
        """Another step: nothing has been chosen in it."""
        self._told, self._chosen = told, {}
        self._sample = None

    def show_moment(self, moment: Moment) -> None:
        """Shows a moment of the step, at the level that was shown before."""
        assert self._told is not None
        self._moment = moment
        self._arrays = moment_arrays.shown(moment, self._told.transcript)
        self._refresh()

    def show_level(self, level: int) -> None:
        """Shows the arrays, one number, or its terms."""
        self.levels.button(level).setChecked(True)

    def looked_at(self) -> tuple[Number, int]:
        """The number that is looked at in this moment, and the sample."""
        assert self._moment is not None
        number, sample = moment_arrays.strongest_number(self._arrays)
        known = self._chosen.get((self._moment.phase, self._moment.block))
        return known or number, sample if self._sample is None else self._sample

    @property
    def _shared(self) -> bool:
        """Whether a parameter's terms are the samples' shares, and are looked at."""
        return self._moment is not None and self._moment.phase == "backward" and self.level == TERMS

    # What a person chooses

    def _take_cell(self, number: Number, sample: int) -> None:
        self._choose(number, sample)
        if self.level == LAYER:
            self.show_level(ONE)

    def _take_choice(self) -> None:
        self._choose(self.chooser.number, self.chooser.sample)

    def _choose(self, number: Number, sample: int) -> None:
        if self._moment is not None:
            self._chosen[(self._moment.phase, self._moment.block)] = number
            self._sample = sample
            self._refresh()

    def _change_level(self, level: int, checked: bool) -> None:
        if checked:
            self._stack.setCurrentIndex(min(level, 1))
            self._refresh()

    # Showing

    def _refresh(self) -> None:
        if self._moment is None or self._told is None:
            return
        (number, sample), samples = self.looked_at(), self._told.transcript.swept.targets.shape[-1]
        self.row.show_arrays(self._arrays, number, sample)
        self.chooser.offer(moment_arrays.choices(self._arrays), number, sample, samples, self._shared)
        found = moment_arrays.facts(self._arrays, number, sample)
        for place, label in enumerate(self._facts):
            label.setVisible(self.level == ONE and place < len(found))
            if place < len(found):
                label.show_fact(*found[place])
        self._formula.setText(self._moment.formula)
        self._formula.setVisible(self.level == ONE)
        self.terms.setVisible(self.level == TERMS)
        if self.level == TERMS:
            self._ask_for_terms(self._moment, number, sample)

    def _ask_for_terms(self, moment: Moment, number: Number, sample: int) -> None:
        """Has the products named in the thread: for some blocks they take a pass for every output."""
        if self._wanted is not None:
            self._wanted.cancel()
        self.terms.setPlainText("…")
        self._wanted = self._laboratory.submit(partial(_terms, moment, number, sample, self.chooser.alone))
        self._wanted.add_done_callback(self._done.emit)

    def _take_terms(self, future: Future[Any]) -> None:
        if future is not self._wanted or future.cancelled():
            return
        try:
            terms = future.result()
        except ProjectError as error:
            self.terms.setPlainText(str(error))
            return
        assert self._moment is not None
        self.terms.show_terms(terms, _name(self._moment, *self.looked_at(), self.chooser.alone))

    def _lay_out(self) -> None:
        buttons = QVBoxLayout()
        buttons.setSpacing(2)
        texts = (
            (tr("Layer"), tr("All arrays of this moment")),
            (tr("Unit"), tr("One unit, or one weight")),
            (tr("Terms"), tr("The single products that add up to it")),
        )
        for level, (text, tip) in enumerate(texts):
            button = QToolButton(text=text, checkable=True, checked=level == LAYER)
            button.setProperty("role", "flat")
            button.setAccessibleName(text)
            button.setToolTip(tip)
            self.levels.addButton(button, level)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._stack.addWidget(self.row)
        self._stack.addWidget(self._number_page())
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(10)
        whole.addLayout(buttons)
        whole.addWidget(self._stack, 1)

    def _number_page(self) -> QWidget:
        page, about = QWidget(), QVBoxLayout()
        facts = QHBoxLayout()
        facts.setSpacing(28)
        for label in self._facts:
            facts.addWidget(label)
        facts.addStretch(1)
        about.addLayout(facts)
        about.addWidget(self._formula)
        about.addWidget(self.terms, 1)
        about.addStretch(0)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.chooser)
        row.addLayout(about, 1)
        return page


class _Fact(QWidget):
    """One number, large: what it is above it, the mean of the batch below."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._value, self._mean = line("caption"), line("number"), line("caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for label in (self._title, self._value, self._mean):
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignLeft)

    def show_fact(self, title: str, value: float, mean: float | None) -> None:
        """A number with its title; ``mean`` is that over the batch, None for what is no value of a sample."""
        self._title.setText(title)
        self._value.setText(numbers.short(value))
        self._value.setToolTip(numbers.full(value))
        self._mean.setText("" if mean is None else tr("batch mean {}").format(numbers.short(mean)))

    def labels(self) -> tuple[QLabel, QLabel, QLabel]:
        """Title, value and mean."""
        return self._title, self._value, self._mean


def _terms(moment: Moment, number: Number, sample: int, alone: bool) -> tuple[Term, ...]:
    """In the thread."""
    if number.parameter == UNIT:
        return moment.terms(number.index, sample)
    return moment.weight_terms(number.parameter, number.index, sample if alone else None)


def _name(moment: Moment, number: Number, sample: int, alone: bool) -> str:
    """What the terms add up to."""
    of_sample = tr(" of sample {}").format(sample)
    where = f"[{', '.join(map(str, number.index))}]"
    if moment.phase == "loss":
        return "E"
    if moment.phase == "update":
        return f"{moment.block}.{number.parameter}{where}"
    if number.parameter != UNIT:
        letter = moment_arrays.LETTERS.get(number.parameter, number.parameter)
        return f"∂E/∂{letter}{where}" + (tr(": the share") + of_sample if alone else "")
    return (f"y{where}" if moment.phase == "forward" else f"∂E/∂x{where}") + of_sample
