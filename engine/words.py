"""How numbers are written in sentences that people read: three significant digits, a true minus sign."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
SPELLED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def short(value: float | None) -> str:
    """Three significant digits; powers of ten only outside 0.001 to 9999: ``0.0130``, ``4.1e−5``, ``0``."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    if value == 0:
        return "0"
    magnitude = abs(float(f"{value:.3g}"))
    if 0.001 <= magnitude < 10_000:
        decimals = max(0, 2 - math.floor(math.log10(magnitude)))
        return true_minus(f"{value:.{decimals}f}")
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return true_minus(f"{mantissa}e{int(exponent)}")


def true_minus(text: str) -> str:
    """The text of a number with the minus sign of print."""
    return text.replace("-", MINUS)


def plural(number: int, one: str, many: str = "") -> str:
    """``1 block``, ``3 blocks``, ``1,024 units``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def spelled(number: int) -> str:
    """A whole number in a sentence: ``eight``, ``13``."""
    return SPELLED[number] if number < len(SPELLED) else f"{number:,}"
