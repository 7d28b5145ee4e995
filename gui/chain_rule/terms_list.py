"""The single products behind a number, the largest first, with their sum: text that can be selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit

from engine.words import plural
from gui import numbers
from gui.chain_rule.mode import tr

if TYPE_CHECKING:
    from engine.explain.terms import Term

MOST = 12


class TermsList(QPlainTextEdit):
    """Read only."""

    def __init__(self) -> None:
        super().__init__(readOnly=True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName(tr("The products that add up"))
        self.setToolTip(tr("What is summed, the largest first; select to copy"))

    def show_terms(self, terms: Sequence[Term], what: str) -> None:
        """The terms of one number, which is named."""
        self.setPlainText("\n".join(lines(terms, what)))


def lines(terms: Sequence[Term], what: str) -> list[str]:
    """A line for the sum, then one for each of the largest terms, and one for all others together."""
    total = sum(term.value for term in terms)
    if not terms:
        return [tr("{} = 0: nothing is summed here").format(what)]
    order = sorted(terms, key=lambda term: abs(term.value), reverse=True)
    listed, rest = order[:MOST], order[MOST:]
    said = [f"{what} = {numbers.short(total)}  ({numbers.full(total)}), " + tr("the sum of {}").format(_count(terms))]
    said += [_line(term) for term in listed]
    if rest:
        value = numbers.short(sum(term.value for term in rest))
        said.append(tr("{} more add up to {}").format(numbers.count(len(rest)), value))
    return said


def _count(terms: Sequence[Term]) -> str:
    return plural(len(terms), tr("term"), tr("terms"))


def _line(term: Term) -> str:
    """A product with the numbers in it; a single number, or what goes into a function, as it is."""
    value = numbers.short(term.value)
    if len(term.factors) < 2:
        given = f"({numbers.short(term.factors[0])})" if term.factors and term.factors[0] != term.value else ""
        return f"{term.label}{given} = {value}"
    return f"{term.label} = {' × '.join(map(_bracketed, term.factors))} = {value}"


def _bracketed(value: float) -> str:
    return f"({numbers.short(value)})" if value < 0 else numbers.short(value)
