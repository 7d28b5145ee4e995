"""The product as LaTeX, with every number at full precision."""

from __future__ import annotations

from collections.abc import Iterable

from engine.explain.explanation import Explanation
from engine.explain.factors import Factor
from engine.lazy import Array

LARGEST_WRITTEN = 256  # entries; a larger matrix is written by its name and size


def latex(explanation: Explanation) -> str:
    """An ``align*`` of three lines: the product in symbols, in numbers, and its value. For the chosen sample; empty
    where none is chosen.
    """
    if not explanation.factors:
        return ""
    first, last = explanation.factors[0], explanation.factors[-1]
    lines = [
        f"{_quotient(first.above, last.below)} &= " + _joined(_symbol(factor) for factor in explanation.factors),
        "&= " + _joined(_matrix(factor) for factor in explanation.factors),
        f"&= {number(explanation.at_sample)}",
    ]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"


def number(value: float) -> str:
    """A number at full precision, with the power of ten written out."""
    digits, _, power = repr(float(value)).partition("e")
    return f"{digits} \\times 10^{{{int(power)}}}" if power else digits


def _joined(parts: Iterable[str]) -> str:
    return " \\cdot ".join(parts)


def _symbol(factor: Factor) -> str:
    return _quotient(factor.above, factor.below)


def _quotient(above: str, below: str) -> str:
    return f"\\frac{{\\partial {_name(above)}}}{{\\partial {_name(below)}}}"


def _name(text: str) -> str:
    return "E" if text == "loss" else "\\text{" + text.replace("_", "\\_") + "}"


def _matrix(factor: Factor) -> str:
    out, into = factor.shape
    if out * into > LARGEST_WRITTEN:
        return f"\\underbrace{{{_symbol(factor)}}}_{{{out} \\times {into}}}"
    if out * into == 1:
        return f"\\left({number(factor.matrix[0, 0])}\\right)"
    return "\\begin{pmatrix} " + " \\\\ ".join(_row(row) for row in factor.matrix) + " \\end{pmatrix}"


def _row(row: Array) -> str:
    return " & ".join(number(value) for value in row)
