"""The panel under the canvas: the number that was clicked, its samples, and its derivative as a product of factors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QStackedWidget, QToolButton, QWidget

from engine.project import ProjectError
from gui import theme
from gui.chain_rule import words
from gui.chain_rule.factor_row import FactorRow
from gui.chain_rule.laboratory import Laboratory
from gui.chain_rule.mode import Mode
from gui.chain_rule.number_field import NumberField
from gui.chain_rule.proofs import Proofs
from gui.chain_rule.sample_bars import SampleBars
from gui.chain_rule.sentences import Sentences
from gui.chain_rule.stage import Stage
from gui.chain_rule.target import Target
from gui.panels.panel import Panel

ROW = 66  # what the row of factors needs, and a mode that takes its place gives back

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot
    from gui.chain_rule.answer import Answer, PathShown
    from gui.chain_rule.question import Question


class ChainRulePanel(Panel):
    """``data()`` gives (label, matrix or None, product so far) of every factor, from the error backwards.

    ``modes`` are entered by buttons at the bottom; each then takes the place of the sentences.
    """

    flatness: ClassVar[float] = 6 / 16

    room_wanted = Signal(int)  # so many pixels more in height, or less, than without a mode

    def __init__(self, laboratory: Laboratory, stage: Stage, modes: Sequence[Mode]) -> None:
        self._laboratory = laboratory
        self._opened: frozenset[tuple[str, ...]] = frozenset()
        self._mode: Mode | None = None
        self._shown: Answer | None = None
        super().__init__("chainRulePanel", "The chain rule")
        self.number, self.bars = NumberField(laboratory), SampleBars()
        self.row = FactorRow(stage.span)
        self.modes = tuple(modes)
        self._reading = self._switch()
        self._sentences, self._checks, self._target = Sentences(), Proofs(), Target(laboratory)
        self._pages = _Pages()
        self._entrances: dict[Mode, QToolButton] = {}
        self._lay_out()
        stage.add_panel(self)
        self.bars.chosen.connect(self._choose_sample)
        self.row.pointed.connect(laboratory.pointed)
        self.row.toggled.connect(self._toggle)
        laboratory.asked.connect(self._begin)
        laboratory.answered.connect(self._show)
        laboratory.refused.connect(self._checks.refuse)
        self._begin(laboratory.question)

    def controls(self) -> list[QWidget]:
        return [self.number, self.bars, *self._reading.buttons(), *super().controls()]

    def draw(self, snapshot: Snapshot | None) -> None:
        super().draw(snapshot)
        self._laboratory.draw(snapshot)

    @property
    def breadth(self) -> int:
        return max(super().breadth, self.row.breadth)

    def pose(self, posing: bool) -> None:
        """There is no canvas above the row in a picture."""
        super().pose(posing)
        self.row.spread(posing)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._laboratory.watch(True)

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self._laboratory.watch(self.pictured)

    def watch(self, pictured: bool) -> None:
        super().watch(pictured)
        self._laboratory.watch(self.watched)

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "modes"):
            self.row.updateGeometry()
            self.number.restyle()
            for mode in self.modes:
                mode.restyle()
            self._show(self._laboratory.answer)

    # Numbers to take away

    def data(self) -> list[tuple[str, Any, Any]]:
        answer = self._laboratory.answer
        if answer is None:
            return []
        pairs = zip(answer.one.factors, answer.one.running, strict=True)
        return [(factor.symbols, _matrix(factor), row) for factor, row in pairs]

    def table(self) -> list[list[Any]]:
        rows: list[list[Any]] = [["factor", "rows", "columns", "numbers, row by row"]]
        for label, matrix, so_far in self.data():
            rows.append([label, *matrix.shape, *matrix.ravel().tolist()] if matrix is not None else [label])
            rows.append([f"so far, after {label}", 1, so_far.size, *so_far.ravel().tolist()])
        return rows

    def copy_latex(self) -> None:
        """Puts the product on the clipboard as LaTeX, with all digits."""
        from engine.explain.latex import latex

        if (answer := self._laboratory.answer) is not None:
            QGuiApplication.clipboard().setText(latex(answer.one))

    def _menu(self) -> QMenu:
        menu = super()._menu()
        menu.addAction(self.tr("Copy as LaTeX"), self.copy_latex)
        return menu

    # Showing

    def _begin(self, question: Question | None) -> None:
        """Another question: what is shown is not its answer. Of the same number at another sample it stays so long, so
        that nothing blinks and the bars keep the keys.
        """
        shown = self._shown.question if self._shown else None
        if not (question and shown and msgspec.structs.replace(question, sample=shown.sample) == shown):
            self._show(self._laboratory.answer if question is not None else None)

    def _show(self, answer: Answer | None) -> None:
        self._shown = answer
        self.number.show_answer(answer)
        self.bars.show_answer(answer)
        self._reading.buttons()[1].setEnabled(answer is not None and bool(answer.paths))
        path = self._shown_path(answer)
        self.row.show_answer(answer, path, self._opened)
        if self._mode is not None:
            self._mode.show_answer(answer)
        self._enable_entrances()
        if answer is None:
            self._say_nothing()
            return
        self.titled.emit(self.tr("The chain rule"), words.headline(answer))
        self._sentences.show_answer(answer, self.row.tiles(), path)
        self._checks.show_proofs(words.checks(answer), words.on_purpose(answer))

    def _enable_entrances(self) -> None:
        """Without an answer there is nothing to enter a mode for; the one that is on can be left."""
        for mode, button in self._entrances.items():
            button.setEnabled(self._shown is not None or mode is self._mode)

    def _say_nothing(self) -> None:
        """Before the first answer: what to do, or that it is being computed."""
        question = self._laboratory.question
        waiting = f"{question.name}: …" if question else self.tr("the chain cannot be trained yet")
        self.titled.emit(self.tr("The chain rule"), waiting)
        hint = self.tr("Click a weight in the layer panel, a block or the data to see its derivative as a product.")
        self._sentences.say(self.tr("Computing the factors…") if question else hint)
        self._checks.show_proofs(())

    def _shown_path(self, answer: Answer | None) -> PathShown | None:
        if answer is None or not answer.paths or self._reading.checkedId() == 0:
            return None
        return answer.paths[min(self._laboratory.path, len(answer.paths) - 1)]

    # What a person does

    def show_path(self, number: int) -> None:
        """Shows the product along one of the strongest paths."""
        self._laboratory.look_at_path(number)
        self._reading.button(1).setChecked(True)
        self._show(self._laboratory.answer)

    def enter_mode(self, kind: type[Mode]) -> None:
        """Enters the mode of a kind."""
        self.enter(next(mode for mode in self.modes if isinstance(mode, kind)))

    def enter(self, mode: Mode | None) -> None:
        """Enters a mode, or leaves the one that is on."""
        if self._mode is not None:
            self._mode.end()
        self._mode = mode
        self._enable_entrances()
        self._checks.setVisible(mode is None or mode.foot is None)
        for each, button in self._entrances.items():
            button.setChecked(each is mode)
            if each.foot is not None:
                each.foot.setVisible(each is mode)
        with_row = mode is None or not mode.whole
        self.row.setVisible(with_row)
        self.room_wanted.emit(theme.px((mode.room if mode else 0) - (0 if with_row else ROW)))
        self._pages.setCurrentWidget(mode or self._sentences)
        if mode is not None:
            mode.show_answer(self._laboratory.answer)
            mode.begin()

    def _choose_sample(self, sample: int) -> None:
        if (question := self._laboratory.question) is not None:
            self._laboratory.ask(msgspec.structs.replace(question, sample=sample))

    def _toggle(self, layer: tuple[str, ...]) -> None:
        self._opened = self._opened ^ {layer}
        self._show(self._laboratory.answer)

    # Putting together

    def _switch(self) -> QButtonGroup:
        """All paths, or one."""
        group = QButtonGroup(self)
        texts = (
            (self.tr("All paths"), self.tr("Every factor as a matrix: all paths together")),
            (self.tr("One path"), self.tr("The strongest path: one number for every factor")),
        )
        for number, (text, tip) in enumerate(texts):
            group.addButton(_button(text, tip, number == 0), number)
        group.idToggled.connect(lambda *_: self._show(self._laboratory.answer))
        return group

    def _lay_out(self) -> None:
        self.column.setContentsMargins(0, 0, 0, 6)
        self.column.addWidget(self.row)
        self._pages.addWidget(self._sentences)
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 0, 8, 0)
        foot.addWidget(self._checks, 1)
        foot.addWidget(self._target)
        for mode in self.modes:
            if mode.foot is not None:
                mode.foot.hide()
                foot.insertWidget(0, mode.foot, 1)
            self._pages.addWidget(mode)
            button = self._entrances[mode] = _button(mode.title, mode.tip, False)
            button.clicked.connect(partial(self._press, mode))
            mode.left.connect(partial(self.enter, None))
            foot.addWidget(button)
        self.column.addWidget(self._pages, 1)
        self.column.addLayout(foot)

    def _press(self, mode: Mode, *_: object) -> None:
        self.enter(None if self._mode is mode else mode)


class _Pages(QStackedWidget):
    """Asks for what the page in front needs at least, and takes what is left: a page that is not seen, or texts that
    wrap, would ask for more and squeeze the row of factors, and wide ones would widen the window.
    """

    def hasHeightForWidth(self) -> bool:
        return False

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return QSize(0, page.minimumSizeHint().height() if page else 0)


def _button(text: str, tip: str, checked: bool) -> QToolButton:
    button = QToolButton(text=text, checkable=True, checked=checked)
    button.setProperty("role", "flat")
    button.setToolTip(tip)
    button.setAccessibleName(text)
    return button


def _matrix(factor: Any) -> Any:
    """A factor's matrix; None where it is too large to be written out."""
    try:
        return factor.matrix
    except ProjectError:
        return None
