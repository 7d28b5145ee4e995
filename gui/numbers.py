"""How numbers are written on screen: three significant digits live, full precision on hover, a true minus sign."""

from __future__ import annotations

from collections.abc import Iterable

from engine.words import MINUS, short, true_minus

__all__ = ["MINUS", "count", "full", "plural", "rate", "shape", "short", "tick", "true_minus"]


def full(value: float) -> str:
    """All digits that a number has."""
    return true_minus(f"{value:.9g}" if abs(value) >= 1e-4 or value == 0 else f"{value:.8e}")


def tick(value: float) -> str:
    """A round number on an axis: ``0.2``, ``3``, ``1e−5``; never more digits than it has."""
    return true_minus(_plain_power(f"{value:.6g}" if abs(value) > 1e-12 else "0"))


def count(value: float) -> str:
    """A whole number with its thousands set apart: ``4,812``."""
    return true_minus(f"{round(value):,}")


def rate(value: float) -> str:
    """Steps per second; ``0.5``, ``20``, ``21,400``."""
    return short(value) if value < 10 else count(float(f"{value:.3g}"))


def shape(sizes: Iterable[int] | None) -> str:
    """A shape, ``8×2``; a dash where it is not known."""
    return "–" if sizes is None else "×".join(map(str, sizes))


def plural(number: int, one: str, many: str) -> str:
    """``1 block``, ``3 blocks``."""
    return f"{count(number)} {one if number == 1 else many}"


def _plain_power(text: str) -> str:
    """``1e-05`` as ``1e-5``."""
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
