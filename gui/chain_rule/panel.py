"""The panel under the canvas: the number that was clicked, its samples, and its derivative as a product of factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from engine.project import Project
from gui import theme
from gui.chain_rule import words
from gui.chain_rule.factor_row import FactorRow, Span
from gui.chain_rule.laboratory import Laboratory
from gui.chain_rule.sample_bars import SampleBars
from gui.panels.panel import Panel

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot
    from gui.chain_rule.answer import Answer, PathShown

ALL, ONE = "all", "one"


class ChainRulePanel(Panel):
    """``data()`` gives (label, matrix or None, product so far) of every factor, from the error backwards."""

    def __init__(self, laboratory: Laboratory, span: Span) -> None:
        self._laboratory = laboratory
        self._project: Project | None = None
        self._opened: frozenset[tuple[str, ...]] = frozenset()
        self._path = 0
        super().__init__("chainRulePanel", "The chain rule")
        self.bars = SampleBars()
        self.row = FactorRow(span)
        self._reading = self._switch()
        self._product, self._result = _line(), _line("heading")
        self._adjust, self._step = _line(), _line("caption")
        self._checks = _line()
        self._lay_out()
        self.bars.chosen.connect(self._choose_sample)
        self.row.pointed.connect(laboratory.pointed)
        self.row.toggled.connect(self._toggle)
        laboratory.asked.connect(self._begin)
        laboratory.answered.connect(self._show)
        laboratory.refused.connect(self._refuse)
        self._begin(laboratory.question)

    def controls(self) -> list[QWidget]:
        return [self.bars, *self._reading.buttons(), *super().controls()]

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        self._project = project

    def draw(self, snapshot: Snapshot | None) -> None:
        super().draw(snapshot)
        self._laboratory.draw(snapshot)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._laboratory.watch(True)

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self._laboratory.watch(False)

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "row"):
            self.row.updateGeometry()
            self._show(self._laboratory.answer)

    # Numbers to take away

    def data(self) -> list[tuple[str, Any, Any]]:
        answer = self._laboratory.answer
        if answer is None:
            return []
        return [(factor.symbols, _matrix(factor), row) for factor, row in zip(
            answer.one.factors, answer.one.running, strict=True)]  # fmt: skip

    def table(self) -> list[list[Any]]:
        rows: list[list[Any]] = [["factor", "rows", "columns", "numbers, row by row"]]
        for label, matrix, so_far in self.data():
            rows.append([label, *matrix.shape, *map(repr, matrix.ravel().tolist())] if matrix is not None else [label])
            rows.append([f"so far, after {label}", 1, so_far.size, *map(repr, so_far.ravel().tolist())])
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

    def _begin(self, question: object) -> None:
        """Another question: what is shown is not its answer."""
        self._path = 0
        self._opened = frozenset()
        self._show(self._laboratory.answer if question is not None else None)

    def _show(self, answer: Answer | None) -> None:
        self.bars.show_answer(answer)
        self._reading.buttons()[1].setEnabled(answer is not None and bool(answer.paths))
        path = self._shown_path(answer)
        self.row.show_answer(answer, path, self._opened)
        if answer is None:
            self._say_nothing()
            return
        self.titled.emit(self.tr("The chain rule"), words.headline(answer))
        self._product.setText(self._product_words(answer, path))
        self._result.setText(words.result(answer))
        compass = self._compass(answer)
        self._adjust.setText(words.adjust(compass, answer))
        self._step.setText(words.moved(compass, self._optimizer()) if answer.question.block else "")
        self._show_checks(answer)

    def _say_nothing(self) -> None:
        """Before the first answer: what to do, or that it is being computed."""
        question = self._laboratory.question
        waiting = self.tr("{}: …").format(question.name) if question else self.tr("the chain cannot be trained yet")
        self.titled.emit(self.tr("The chain rule"), waiting)
        for line in (self._result, self._adjust, self._step, self._checks):
            line.setText("")
        hint = self.tr("Click a weight in the layer panel, a block or the data to see its derivative as a product.")
        self._product.setText("" if question else hint)

    def _product_words(self, answer: Answer, path: PathShown | None) -> str:
        if path is None:
            return words.product(self.row.tiles(), answer)
        from gui.chain_rule.answer import along

        return words.one_path(path, along(path, self.row.tiles()), answer)

    def _shown_path(self, answer: Answer | None) -> PathShown | None:
        if answer is None or not answer.paths or self._reading.checkedId() == 0:
            return None
        return answer.paths[min(self._path, len(answer.paths) - 1)]

    def _compass(self, answer: Answer) -> Any:
        from engine.explain.compass import compass

        question, snapshot = answer.question, answer.inquiry.snapshot
        if not question.block:
            return compass(answer.product, answer.mean)
        name = question.parameter.rpartition(".")[2]
        update = snapshot.tensors(question.block, "update")[name][question.index] if snapshot.computed else None
        frozen = not snapshot.project.block(question.block).moves
        return compass(answer.product, answer.mean, None if update is None else float(update), frozen)

    def _optimizer(self) -> str:
        return self._project.optimizer.title if self._project else ""

    def _show_checks(self, answer: Answer) -> None:
        """The two proofs, in green where they hold; never by colour alone."""
        parts = []
        for holds, text in words.checks(answer):
            parts.append(f"{'✓' if holds else '✗'} {text if holds else self.tr('not: {}').format(text)}")
        self._checks.setText("   ".join(parts))
        good = all(holds for holds, _ in words.checks(answer))
        colours = theme.current()
        self._checks.setStyleSheet(f"color: {(colours.good if good else colours.error).name()}")

    def _refuse(self, sentence: str) -> None:
        self._product.setText(sentence)

    # What a person does

    def _choose_sample(self, sample: int) -> None:
        question = self._laboratory.question
        if question is not None:
            opened = self._opened
            self._laboratory.ask(msgspec.structs.replace(question, sample=sample))
            self._opened = opened

    def _toggle(self, layer: tuple[str, ...]) -> None:
        self._opened = self._opened ^ {layer}
        self._show(self._laboratory.answer)

    def _switch(self) -> QButtonGroup:
        """All paths, or one."""
        group = QButtonGroup(self)
        for number, (text, tip) in enumerate(
            (
                (self.tr("All paths"), self.tr("Every factor as a matrix: all paths together")),
                (self.tr("One path"), self.tr("The strongest path: one number for every factor")),
            )
        ):
            button = QToolButton(text=text, checkable=True, checked=number == 0)
            button.setProperty("role", "flat")
            button.setToolTip(tip)
            button.setAccessibleName(text)
            group.addButton(button, number)
        group.idToggled.connect(lambda *_: self._show(self._laboratory.answer))
        return group

    def _lay_out(self) -> None:
        self.column.setContentsMargins(0, 0, 0, 6)
        self.column.addWidget(self.row)
        for left, right in ((self._product, self._result), (self._adjust, None), (self._checks, self._step)):
            line = QHBoxLayout()
            line.setContentsMargins(14, 0, 14, 0)
            line.setSpacing(16)
            line.addWidget(left, 1)
            if right is not None:
                line.addWidget(right)
            self.column.addLayout(line)
        self.column.addStretch(1)


def _line(role: str = "") -> QLabel:
    """A line whose numbers can be selected and copied."""
    label = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=role == "")
    label.setProperty("role", role)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def _matrix(factor: Any) -> Any:
    """A factor's matrix; None where it is too large to be written out."""
    from engine.project import ProjectError

    try:
        return factor.matrix
    except ProjectError:
        return None
