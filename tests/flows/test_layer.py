"""The layer panel in the real window: a value is chosen, read out and pinned while the worker trains."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

import engine
from engine.probe import Probe
from gui import numbers

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


def step(window, qtbot) -> None:
    before = window.controller.snapshot.steps
    window.findChild(QAction, "actionStep").trigger()
    qtbot.waitUntil(lambda: window.controller.snapshot.steps == before + 1, timeout=10_000)


def point(plot, x: float, y: float):
    return plot.mapFromScene(plot.box.mapViewToScene(QPointF(x, y)))


def test_a_value_is_chosen_read_out_and_pinned_and_the_pinned_one_keeps_its_block(open_window, qtbot):
    window = open_window(NET)
    panel = window.panels["layer"]
    window.store.select("dense_1")
    for _ in range(3):
        step(window, qtbot)
    panel.choice.value.action("update").trigger()
    qtbot.waitUntil(lambda: panel.snapshot is window.controller.snapshot)
    snapshot = window.controller.snapshot
    update, gradient = (float(snapshot.tensors("dense_1", each)["weight"][2, 1]) for each in ("update", "gradient"))
    assert update == pytest.approx(-0.05 * gradient, rel=1e-9)
    plot = panel.view.picture.plot
    QTest.mouseMove(plot.viewport(), point(plot, 1.5, 2.5))
    assert f" = {numbers.full(update)}: minus the rate times the gradient" in panel._readout.toolTip()

    QTest.mouseClick(panel.choice.pin, Qt.MouseButton.LeftButton)
    panel.choice.value.action("activation").trigger()
    window.store.select("tanh_1")
    (pinned,) = panel.pins
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: window.controller.snapshot.steps > 200, timeout=10_000)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: window.controller.state.name == "paused", timeout=10_000)

    def newest() -> bool:
        known = panel.view.moment.readings.get(("tanh_1", None))
        chosen = window.controller.snapshot.chosen
        wanted = Probe(window.controller.snapshot, engine.dataset(window.project).train).read("tanh_1")
        return known is not None and np.array_equal(known.samples, chosen) and np.allclose(
            panel.data()["activation"], wanted.activation, rtol=1e-9
        )  # fmt: skip

    qtbot.waitUntil(newest, timeout=10_000)
    assert (pinned.view.sight.block, panel.view.sight.block) == ("dense_1", "tanh_1")
    latest = window.controller.snapshot
    np.testing.assert_array_equal(pinned.view.data()["weight"], latest.tensors("dense_1", "update")["weight"])

    plot = pinned.view.picture.plot
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=point(plot, 0.5, 3.5))
    assert window.laboratory.question.parameter == "dense_1.weight"
    assert window.laboratory.question.index == (3, 0)


def test_the_asked_sample_is_that_of_the_chain_rule(open_window, qtbot):
    window = open_window(NET)
    panel = window.panels["layer"]
    step(window, qtbot)
    panel.show_value("delta")
    panel.choice.samples.choose("asked")

    def followed() -> bool:
        answer = window.laboratory.answer
        return answer is not None and panel.view.sight.sample == answer.sample

    qtbot.waitUntil(followed, timeout=10_000)
    qtbot.waitUntil(lambda: bool(panel.data()), timeout=10_000)


def test_the_window_closes_while_something_is_probed(open_window, qtbot):
    window = open_window(NET)
    panel = window.panels["layer"]
    panel.show_value("activation")
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: panel._readings._background._thread is not None, timeout=10_000)
    window.close()  # a thread that is left behind fails the test
    assert panel._readings._background._thread is None
