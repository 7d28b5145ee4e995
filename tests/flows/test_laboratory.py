"""The laboratory in the real window: a weight is written, a link cut, a number clicked, while the worker trains."""

from __future__ import annotations

import functools
import json
import time
from collections import defaultdict

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

import engine
from engine.project import change, replace_block
from gui.canvas.view import Canvas
from gui.chain_rule.factor_row import FactorRow
from gui.chain_rule.laboratory import Laboratory
from gui.chain_rule.nudge import Nudge
from gui.chain_rule.panel import ChainRulePanel
from gui.chain_rule.paths import Paths
from gui.chain_rule.question import Question
from gui.chain_rule.sample_bars import SampleBars
from gui.chain_rule.stage import Stage

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
NET = {
    "data": {"kind": "moons", "samples": 200},
    "chain": [
        {"kind": "dense", "name": "dense_1", "units": 4},
        {"kind": "tanh", "name": "tanh_1"},
        {"kind": "dense", "name": "dense_2", "units": 3},
        {"kind": "dense", "name": "dense_3", "units": 1},
    ],
    "optimizer": {"kind": "sgd", "learning_rate": 0.05},
    "training": {"batch_size": 20, "seed": 3, "dtype": "float64"},
}
MOST = 0.010  # seconds of the window's thread that one call may take
CALLS = {
    Laboratory: ("_take", "draw", "_inquiry"),
    ChainRulePanel: ("_show", "draw"),
    FactorRow: ("paintEvent",),
    SampleBars: ("paintEvent",),
    Nudge: ("_show",),
    Paths: ("_draw",),
    Stage: ("light", "show_tags", "show_paths"),
    Canvas: ("draw",),
}


def weights(window, *names: str) -> dict[str, np.ndarray]:
    return {name: window.controller.snapshot.tensors(name, "weight")["weight"].copy() for name in names}


def step(window, qtbot, count: int = 1) -> None:
    """So many single steps of the worker."""
    for _ in range(count):
        before = window.controller.snapshot.steps
        window.findChild(QAction, "actionStep").trigger()
        qtbot.waitUntil(lambda before=before: window.controller.snapshot.steps == before + 1, timeout=10_000)


def answered(window, qtbot) -> None:
    """The newest snapshot has its answer."""

    def newest() -> bool:
        answer = window.laboratory.answer
        return answer is not None and answer.inquiry.snapshot is window.controller.snapshot

    qtbot.waitUntil(newest, timeout=10_000)


def test_the_worker_takes_a_written_number_and_undo_gives_back_what_was_trained(open_window, qtbot):
    window = open_window(NET)
    step(window, qtbot, 3)
    trained = window.controller.snapshot.parameters.copy()
    window.laboratory.ask(Question("dense_2.weight", (1, 2)))
    answered(window, qtbot)
    edit = window.panels["chain_rule"].number.edit
    window.activateWindow()
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "-0.75")
    QTest.keyClick(edit, Qt.Key.Key_Return)

    def takes(project) -> None:
        qtbot.waitUntil(lambda: window.controller.snapshot.project == project, timeout=10_000)

    takes(window.project)
    place = np.flatnonzero(window.controller.snapshot.parameters != trained)
    assert len(place) == 1
    assert window.controller.snapshot.tensors("dense_2", "weight")["weight"][1, 2] == -0.75
    answered(window, qtbot)
    assert window.laboratory.answer.value == -0.75
    window.findChild(QAction, "actionUndo").trigger()
    takes(engine.load(NET))
    np.testing.assert_array_equal(window.controller.snapshot.parameters, trained)
    window.findChild(QAction, "actionRedo").trigger()
    takes(window.project)
    assert window.controller.snapshot.tensors("dense_2", "weight")["weight"][1, 2] == -0.75


def test_a_cut_link_stops_the_gradient_and_a_frozen_block_stays_while_the_worker_trains(open_window, qtbot):
    window = open_window(NET)
    step(window, qtbot, 2)
    link = next(each for each in window.canvas.chain._links if each.target == "dense_2")
    point = window.canvas.mapFromScene(link.mapToScene(link.scissors.center()))
    QTest.mouseMove(window.canvas.viewport(), point)
    QTest.mouseClick(window.canvas.viewport(), LEFT, NO_KEY, point)
    assert window.project.block("dense_2").cut
    frozen = change(window.project.block("dense_3"), frozen=True)
    window.store.edit(replace_block(window.project, "dense_3", frozen), "freeze")
    qtbot.waitUntil(lambda: window.controller.snapshot.project == window.project, timeout=10_000)
    before = weights(window, "dense_1", "dense_2", "dense_3")
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: window.controller.snapshot.steps > 300, timeout=10_000)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: window.controller.state.name == "paused", timeout=10_000)
    after = weights(window, *before)
    np.testing.assert_array_equal(after["dense_1"], before["dense_1"])
    np.testing.assert_array_equal(after["dense_3"], before["dense_3"])
    assert (after["dense_2"] != before["dense_2"]).all()
    panel = window.panels["gradients"]
    qtbot.waitUntil(lambda: panel.data()[2][-1] == window.controller.snapshot.steps, timeout=10_000)
    rows, layers, _ = panel.data()
    assert layers == ("dense_1", "dense_2", "dense_3")
    assert (rows[0, 2:] == 0).all()
    assert (rows[1:, 2:] > 0).all()
    window.laboratory.ask(Question("dense_1.weight", (0, 0)))
    answered(window, qtbot)
    assert "The gradient is cut before dense_2" in window.panels["chain_rule"]._checks.text()


def test_a_click_on_a_cell_while_the_chain_is_trained_is_answered_and_goes_on(open_window, qtbot):
    window = open_window(NET)
    window.controller.set_speed(None)
    window.store.select("dense_2")
    window.findChild(QAction, "actionRun").trigger()
    layer = window.panels["layer"]
    qtbot.waitUntil(lambda: bool(layer.data()), timeout=10_000)
    plot = layer.view.picture.plot
    at = plot.mapFromScene(plot.box.mapViewToScene(QPointF(2.5, 1.5)))
    QTest.mouseClick(plot.viewport(), LEFT, NO_KEY, at)
    assert window.laboratory.question == Question("dense_2.weight", (1, 2))
    seen = []
    window.laboratory.answered.connect(seen.append)
    qtbot.waitUntil(lambda: len(seen) >= 3, timeout=10_000)
    for answer in seen:
        gradient = answer.inquiry.snapshot.tensors("dense_2")["weight"][1, 2]
        assert answer.mean == pytest.approx(gradient, rel=1e-9, abs=1e-12)
    steps = [answer.inquiry.snapshot.steps for answer in seen]
    assert steps == sorted(set(steps))


def test_the_window_closes_while_an_answer_is_computed(open_window, qtbot):
    window = open_window(NET)
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: window.laboratory._background._busy, timeout=10_000)
    window.close()  # a thread that is left behind fails the test
    assert window.laboratory._background._thread is None


@pytest.fixture
def measured(monkeypatch):
    """The longest time that each call has taken of its own thread, by name; calls inside it count too."""
    longest: dict[str, float] = defaultdict(float)

    def wrap(kind: type, name: str) -> None:
        original = getattr(kind, name)

        @functools.wraps(original)
        def call(*arguments, **more):
            begun = time.thread_time()
            try:
                return original(*arguments, **more)
            finally:
                key = f"{kind.__name__}.{name}"
                longest[key] = max(longest[key], time.thread_time() - begun)

        monkeypatch.setattr(kind, name, call)

    for kind, names in CALLS.items():
        for name in names:
            wrap(kind, name)
    return longest


@pytest.mark.parametrize("mode", ["", "Nudge", "Paths"])
def test_no_call_of_the_laboratory_holds_the_window_up(measured, open_window, qtbot, mode):
    """Time of the thread, not of the clock: it counts the same on a busy machine."""
    spirals = json.loads(engine.load("example:spirals").to_json())
    spirals["training"] |= {"stop_at_step": None, "stop_at_loss": None}
    window = open_window(spirals)
    panel = window.panels["chain_rule"]
    if mode:
        next(each for each in panel.findChildren(QToolButton) if each.text() == mode).click()
    answered(window, qtbot)
    seen = []
    window.laboratory.answered.connect(seen.append)
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: len(seen) >= 1, timeout=10_000)
    measured.clear()
    qtbot.waitUntil(lambda: len(seen) >= 4, timeout=20_000)
    window.findChild(QAction, "actionRun").trigger()
    assert {"Laboratory._take", "ChainRulePanel._show"} <= set(measured)
    slow = {name: f"{1000 * spent:.1f} ms" for name, spent in measured.items() if spent > MOST}
    assert not slow
