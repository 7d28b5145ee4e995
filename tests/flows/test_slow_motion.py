"""Slow motion in the real window with the real worker: F9, through the step, commit, leave, close in the middle."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from engine.trainer import Trainer
from gui.chain_rule.slow_motion import SlowMotion
from tests.gui.conftest import PLAIN

DROPOUT = {
    **PLAIN,
    "chain": [*PLAIN["chain"][:2], {"kind": "dropout", "name": "drop", "rate": 0.4}, PLAIN["chain"][2]],
    "optimizer": {"kind": "adam", "learning_rate": 0.02},
}


@pytest.fixture
def window(open_window):
    return open_window(DROPOUT)


def enter(window, qtbot):
    window.activateWindow()
    action = window.findChild(QAction, "actionSlowMotion")
    assert action.shortcut().toString() == "F9"
    action.trigger()
    mode = window.panels["chain_rule"]._mode
    assert isinstance(mode, SlowMotion)
    qtbot.waitUntil(lambda: mode.told is not None, timeout=10_000)
    return mode


def click(widget):
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, widget.rect().center())


def heights(window):
    return window.splitter.sizes(), window.cards["loss"].height()


def test_a_training_run_is_paused_its_next_step_shown_and_made(window, qtbot):
    before, room = window.project, heights(window)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: window.controller.snapshot.steps > 5, timeout=10_000)
    mode = enter(window, qtbot)
    assert window.controller.state.name == "paused"
    steps = window.controller.snapshot.steps
    while mode.forward.isEnabled():
        click(mode.forward)
    assert window.controller.snapshot.steps == steps
    told = mode.told
    click(mode.commit)
    qtbot.waitUntil(lambda: mode.told not in (None, told), timeout=10_000)
    real = window.controller.snapshot
    assert real.steps == steps + 1
    assert np.array_equal(real.chosen, told.coming.chosen)
    np.testing.assert_allclose(told.transcript.parameters, real.parameters, rtol=1e-3, atol=2e-6)
    assert not np.allclose(told.snapshot.parameters, real.parameters, rtol=1e-3, atol=2e-6)
    click(mode.leave)
    qtbot.waitUntil(lambda: heights(window) == room)
    assert window.panels["chain_rule"]._mode is None
    assert window.project is before
    assert not window.isWindowModified()
    assert window.canvas.chain.tags == {}
    trainer = Trainer(before)
    trainer.run(steps + 1)
    assert np.array_equal(trainer.network.parameters, window.controller.snapshot.parameters)


def test_running_again_leaves_it(window, qtbot):
    mode = enter(window, qtbot)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: window.panels["chain_rule"]._mode is None, timeout=10_000)
    assert not mode.isVisible()


def test_the_counting_sentence_stands_at_every_level_and_proofs_come_back(window, qtbot):
    panel = window.panels["chain_rule"]
    mode = enter(window, qtbot)
    for button in mode.view.levels.buttons():
        click(button)
        assert mode.counts.isVisible()
        assert "One backward pass gave all" in mode.counts.text()
    click(next(each for each in panel.findChildren(QAbstractButton) if each.text() == "Slow motion"))
    assert not mode.counts.isVisible()
    assert panel._checks.isVisible()


def test_closing_in_the_middle_leaves_nothing_behind(open_window, qtbot):
    """And what it has borrowed of the cards' height is not remembered as a person's arrangement."""
    open_window(DROPOUT).close()  # the first arrangement, as it is stored and found again
    window = open_window(DROPOUT)
    free = window.cards["loss"].height()
    mode = enter(window, qtbot)
    qtbot.waitUntil(lambda: window.cards["loss"].height() < free)
    click(mode.play)
    window.close()
    assert not mode._playing.isActive()
    assert open_window(DROPOUT).cards["loss"].height() == free
