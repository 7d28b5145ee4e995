"""Looks: contrast that a projector needs, the text scale, light and dark."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.theme import DARK, LIGHT

BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour):
    """Relative luminance after WCAG 2.1."""
    channels = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in colour.getRgbF()[:3]]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@BOTH
@pytest.mark.parametrize("ink", ["text", "secondary", "accent", "error", "good", "forward", "backward"])
@pytest.mark.parametrize("ground", ["panel", "canvas"])
def test_text_can_be_read(colours, ink, ground):
    assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5


@BOTH
def test_words_on_colours_can_be_read(colours):
    assert contrast(colours.warning, colours.warning_back) >= 4.5
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.text, colours.window) >= 4.5
    assert contrast(colours.secondary, colours.window) >= 4.5


@BOTH
def test_marks_can_be_seen(colours):
    for mark in (colours.weights, colours.activation, colours.shape, colours.error):
        assert contrast(mark, colours.panel) >= 3


@BOTH
def test_every_class_has_a_colour_of_its_own(colours):
    assert len({colour.name() for colour in colours.classes}) == 10


def test_text_scale_reaches_font_and_lengths():
    theme.set_scale(1.5)
    assert theme.font(12).pixelSize() == 18
    assert theme.px(10) == 15
    assert QApplication.font().pixelSize() == 18
    assert theme.unscaled_font(12).pixelSize() == 12
    theme.larger(-1)
    assert theme.scale() == 1.25
    for _ in range(20):
        theme.larger(1)
    assert theme.scale() == theme.SCALES[-1]


def test_the_bundled_font_is_used():
    assert QFontInfo(theme.font(12)).family() == "Inter"


def test_dark_and_light_reach_palette_and_listeners(qtbot):
    theme.set_mode("dark")
    assert theme.current() is DARK
    assert QApplication.palette().window().color() == DARK.window
    with qtbot.waitSignal(theme.signals.changed):
        theme.set_mode("light")
    assert theme.current() is LIGHT


def test_looks_are_remembered():
    theme.set_mode("dark")
    theme.set_scale(1.25)
    theme._State.mode, theme._State.scale = "system", 1.0
    theme.install()
    assert (theme.mode(), theme.scale()) == ("dark", 1.25)
