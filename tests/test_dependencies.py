"""What the program relies on in its libraries, checked on the versions that are installed."""

from __future__ import annotations

import sys

import pytest


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_qt_does_not_lose_references_to_none(qapp):
    """PySide6 6.12.0 dropped one with every call that returns None, until the interpreter aborted."""
    before = sys.getrefcount(None)
    for _ in range(500):
        qapp.processEvents()
    assert sys.getrefcount(None) > before - 100


def test_the_version_of_qt_is_one_that_works():
    from PySide6 import __version_info__ as version

    assert (6, 10, 3) <= version[:3] < (6, 12)


def test_the_bundled_font_has_what_the_window_writes(qapp):
    from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QFontMetricsF, QRawFont

    from engine import assets

    for file in ("Inter-Regular.otf", "Inter-SemiBold.otf"):
        path = str(assets.path("fonts", file))
        assert "Inter" in QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(path))
        raw = QRawFont(path, 12.0)
        assert not [sign for sign in "−×∂·→←Σσεδηαβ₀₁₉ᵢ²⁻⁵√≈≤∞…✓✗▼↪‹›‖Φφᵗ" if not raw.supportsCharacter(ord(sign))]
    for weight in (QFont.Weight.Normal, QFont.Weight.DemiBold):
        font = QFont("Inter")
        font.setPixelSize(12)
        font.setWeight(weight)
        font.setFeature(QFont.Tag("tnum"), 1)
        assert QFontInfo(font).family() == "Inter"
        assert QFontInfo(font).weight() == weight
        assert len({QFontMetricsF(font).horizontalAdvance(str(digit) * 4) for digit in range(10)}) == 1
