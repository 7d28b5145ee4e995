"""The lecture's notes followed word by word in the window, with the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit, QToolButton

import engine
from gui.project_store import DATA_END, LOSS_END


class Pupil:
    """Opens an example and does what its notes say."""

    def __init__(self, window, qtbot):
        self.window, self.qtbot = window, qtbot
        self.panel = window.panels["chain_rule"]

    def open(self, name):
        self.window.files.open_example(name)
        self.until(lambda: self.window.controller.snapshot.project == engine.load(f"example:{name}"))
        self.until(lambda: self.window.notes.isVisible())

    def until(self, condition):
        self.qtbot.waitUntil(condition, timeout=15_000)

    def click(self, name, key=Qt.KeyboardModifier.NoModifier):
        canvas = self.window.canvas
        QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, key, canvas.block_point(name))

    def press(self, text):
        (button,) = (each for each in self.window.findChildren(QToolButton) if each.text() == text and each.isVisible())
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def act(self, name):
        self.window.findChild(QAction, name).trigger()

    def factors(self):
        """From the error backwards: what each is called, and its number to three digits."""
        return [(tile.label, tile.value and float(f"{tile.value:.3g}")) for tile in self.panel.row.tiles()]

    def until_factors(self, *expected):
        self.until(lambda: self.factors() == list(expected))


@pytest.fixture
def pupil(open_window, qtbot):
    return Pupil(open_window(), qtbot)


def test_three_dominoes(pupil):
    pupil.open("three_dominoes")
    pupil.click(DATA_END)
    pupil.click("c", Qt.KeyboardModifier.ControlModifier)
    pupil.until_factors(("∂c/∂b", 3), ("∂b/∂x", 2))
    assert pupil.panel._sentences._result.text() == "∂c/∂x = +6.00"
    assert "(3.00) × (2.00) = +6.00" in pupil.panel._sentences._product.text()
    pupil.press("Nudge")
    (nudge,) = (mode for mode in pupil.panel.modes if mode.title == "Nudge")
    pupil.until(lambda: "changes c by +0.0600" in nudge._said.text())
    assert [(ripple.block, round(ripple.real.item(), 9)) for ripple in nudge.ripples()] == [("b", 0.02), ("c", 0.06)]
    pupil.press("Nudge")
    pupil.click("b")
    rows = next(each for each in pupil.window.properties.findChildren(QPlainTextEdit) if each.isVisible())
    rows.setFocus()
    rows.selectAll()
    QTest.keyClicks(rows, "4")
    QTest.keyClick(rows, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    pupil.act("actionReset")
    pupil.click(DATA_END)
    pupil.click("c", Qt.KeyboardModifier.ControlModifier)
    pupil.until_factors(("∂c/∂b", 3), ("∂b/∂x", 4))


def test_three_layers(pupil):
    pupil.open("three_layers")
    pupil.until_factors(
        ("∂E/∂output", -0.136), ("∂output/∂layer 2", 2), ("∂layer 2/∂layer 1", 0.814), ("∂layer 1/∂w", 0.786)
    )
    assert round(float(pupil.panel.row.tiles()[-1].so_far[0]), 3) == -0.175
    bars = pupil.panel.bars
    QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=bars.rect().center() + bars.rect().center() / 2)
    pupil.until(lambda: pupil.window.laboratory.answer is not None and pupil.window.laboratory.answer.sample == 1)
    assert [factor for _, factor in pupil.factors()][1] == 2


def test_which_way(pupil):
    pupil.open("which_way")
    pupil.until_factors(("∂E/∂output", 6), ("∂output/∂w", 1))
    pupil.click("dense_1")
    shown = pupil.window.panels["layer"]
    shown.choice.value.action("weight").trigger()
    pupil.act("actionStep")
    pupil.until(lambda: shown.snapshot.steps == 1)
    assert shown.data()["weight"].item() == pytest.approx(4.4)
    pupil.click(LOSS_END)
    pupil.until(lambda: pupil.window.store.selection == (LOSS_END,))


def test_the_fix_of_the_vanishing_gradient_is_among_the_problems(pupil):
    pupil.open("vanishing")
    panel = pupil.window.panels["problems"]
    pupil.until(lambda: [place for place, _ in panel.data()] == ["dense_1"])
    (note,) = panel._notes.values()
    QTest.mouseClick(note._fix, Qt.MouseButton.LeftButton)
    assert "sigmoid" not in {block.kind for block in pupil.window.project.chain}
    pupil.until(lambda: panel.data() == [] and pupil.window.controller.snapshot.project == pupil.window.project)
    pupil.act("actionUndo")
    pupil.until(lambda: len(panel.data()) == 1)
