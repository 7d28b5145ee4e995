"""The nudge: a number is moved by epsilon; on every link the real change stands beside the one that was predicted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout

from engine.lazy import Array, np
from gui import numbers, theme
from gui.canvas.tag_item import Tag
from gui.chain_rule import words
from gui.chain_rule.mode import Mode, tr
from gui.chain_rule.sentences import Summary

if TYPE_CHECKING:
    from gui.chain_rule.answer import Answer
    from gui.chain_rule.laboratory import Laboratory
    from gui.chain_rule.stage import Stage

LOWEST, HIGHEST = -6, 1  # powers of ten of epsilon; below, one sees rounding and not mathematics
PER_DECADE = 20  # places of the slider
GOOD = 0.05  # how far the ratio may be from 1 while the line is a good guess
LINES = 2  # of the sentence that always have room
FALL = 180  # milliseconds from one domino to the next


class Nudge(Mode):
    """A slider for epsilon; the dominoes fall from the number's own block to the error."""

    title: ClassVar[str] = "Nudge"
    whole: ClassVar[bool] = True
    tip: ClassVar[str] = "Moves the number a little: the real change of every block beside what the derivative predicts"

    def __init__(self, laboratory: Laboratory, stage: Stage) -> None:
        super().__init__(laboratory, stage)
        self._answer: Answer | None = None
        self._fallen: int | None = None  # dominoes that have fallen; None when all have
        self._active = False
        self.slider = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=(HIGHEST - LOWEST) * PER_DECADE)
        self.slider.setAccessibleName(tr("Epsilon"))
        self.slider.setToolTip(tr("By how much the number is moved, from 1e−6 to 10"))
        self.slider.setValue((-2 - LOWEST) * PER_DECADE)
        self._sign = QToolButton(text="+", checkable=True)
        self._sign.setAccessibleName(tr("Direction of the nudge"))
        self._sign.setToolTip(tr("Up or down"))
        self._play = QToolButton(text=tr("Let them fall"))
        self._play.setAccessibleName(tr("Let the dominoes fall"))
        self._play.setToolTip(tr("Plays the change from block to block"))
        self._epsilon, self._said = QLabel(), Summary(LINES)
        self._falling = QTimer(self, interval=FALL)
        self._falling.timeout.connect(self._fall)
        self.slider.valueChanged.connect(self._show)
        self._sign.toggled.connect(self._turn)
        self._play.clicked.connect(self.play)
        self._lay_out()

    @property
    def epsilon(self) -> float:
        """By how much the number is moved."""
        size: float = 10.0 ** (LOWEST + self.slider.value() / PER_DECADE)
        return -size if self._sign.isChecked() else size

    def begin(self) -> None:
        self._active = True
        self.play()

    def end(self) -> None:
        self._active = False
        self._falling.stop()
        self.stage.show_tags({})
        self.stage.light(())

    def show_answer(self, answer: Answer | None) -> None:
        self._answer = answer
        if self._active:
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._show()

    def play(self) -> None:
        """Lets the dominoes fall one after the other; at once where no motion is wanted."""
        self._fallen = 0 if theme.motion() else None
        if self._fallen is not None:
            self._falling.start()
        self._show()

    def ripples(self) -> list[Any]:
        """What the nudge does to every block from the number's own on: to the error, or to the block that is asked."""
        if self._answer is None:
            return []
        ripples, of = self._answer.one.cascade(self.epsilon), self._answer.question.of
        if of is None:
            return ripples
        place = next((place for place, ripple in enumerate(ripples) if ripple.block == of[0]), -1)
        return ripples[: place + 1]

    def _fall(self) -> None:
        ripples = self.ripples()
        self._fallen = (self._fallen or 0) + 1
        if self._fallen > len(ripples):
            self._fallen = None
            self._falling.stop()
        self._show()

    def _turn(self, down: bool) -> None:
        self._sign.setText(numbers.MINUS if down else "+")
        self._show()

    def _show(self, *_: object) -> None:
        """Tags on the links, and the sentence, while somebody looks."""
        ripples = self.ripples() if self._active and self.isVisible() else []
        fallen = ripples if self._fallen is None else ripples[: self._fallen]
        self._epsilon.setText(f"ε = {numbers.short(self.epsilon)}")
        self.stage.show_tags({ripple.block: _tag(ripple) for ripple in fallen})
        self.stage.light([fallen[-1].block] if self._fallen and fallen else ())
        self._said.say(self._sentence(ripples) if ripples else "")

    def _sentence(self, ripples: list[Any]) -> str:
        """Whether the line is a good guess for this epsilon."""
        assert self._answer is not None
        of = self._answer.question.of
        real, predicted = (_unit(each, of[1] if of else 0) for each in (ripples[-1].real, ripples[-1].predicted))
        said = tr("Moving {} by {} really changes {} by {}; the chain rule predicts {}.").format(
            words.thing(self._answer), words.signed(self.epsilon), words.whose(self._answer), words.signed(real),
            words.signed(predicted),
        )  # fmt: skip
        kinks = [f"{ripple.block}: {ripple.kink}" for ripple in ripples if ripple.kink]
        if kinks:
            return f"{said} {tr('On the way a kink is crossed ({}).').format(kinks[0])}"
        if not predicted:
            return said
        ratio = real / predicted
        if abs(ratio - 1) <= GOOD:
            return f"{said} {tr('The straight line is a good guess here: ratio {}.').format(numbers.short(ratio))}"
        off = tr("Too far for a straight line: ratio {}. A smaller ε brings it to 1.")
        return f"{said} {off.format(numbers.short(ratio))}"

    def _lay_out(self) -> None:
        self._epsilon.setMinimumWidth(theme.px(84))
        first = QHBoxLayout()
        first.setSpacing(10)
        for widget in (self._epsilon, self._sign):
            first.addWidget(widget)
        first.addWidget(self.slider, 1)
        first.addWidget(self._play)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 2, 14, 0)
        column.setSpacing(4)
        column.addLayout(first)
        column.addWidget(self._said, 1)


def size(change: Array | float) -> str:
    """A change in one number: itself, or for several units the length of it."""
    flat = np.asarray(change, dtype=float).ravel()
    if flat.size == 1:
        return words.signed(float(flat[0]))
    return numbers.short(float(np.linalg.norm(flat)))


def _unit(change: Array | float, unit: int) -> float:
    """The change of one unit of a block, or of the error."""
    return float(np.asarray(change, dtype=float).ravel()[unit])


def _tag(ripple: Any) -> Tag:
    """Real and predicted change, and their ratio."""
    ratio = ripple.ratio
    lines = (
        (tr("real"), size(ripple.real)),
        (tr("predicted"), size(ripple.predicted)),
        (tr("ratio"), "–" if ratio is None or math.isnan(ratio) else numbers.short(ratio)),
    )
    units = np.asarray(ripple.real).size
    note = tr("length of {} changes").format(numbers.count(units)) if units > 1 else ""
    return Tag(lines, note, ripple.kink or "")
