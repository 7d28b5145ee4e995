"""What the network has learned, in the real window beside the real worker."""

from __future__ import annotations

import json

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

import engine
from engine import Network
from tests.flows.hands import NO_KEY


def predicted_at_rest(window, qtbot):
    """Pauses, waits for the last answer, and returns the panel and a network with the numbers that it shows."""
    window.controller.pause()
    panel = window.panels["prediction"]
    qtbot.waitUntil(lambda: window.controller.state.name != "running", timeout=10_000)
    qtbot.wait(100)
    qtbot.waitUntil(
        lambda: panel.snapshot is window.controller.snapshot and not panel._wanted and not panel._background._busy,
        timeout=10_000,
    )
    network = Network(window.project)
    network.parameters[...] = window.controller.snapshot.parameters
    return panel, network


def test_regions_follow_the_training_and_lie_behind_the_problems_when_the_chain_breaks(open_window, qtbot):
    window = open_window({"data": {"kind": "moons"}, "chain": CHAIN})
    panel = window.findChild(type(window.panels["prediction"]), "predictionPanel")
    qtbot.waitUntil(lambda: panel.data().get("form") == "plane", timeout=10_000)
    seen = [panel.data()["outputs"]]
    window.controller.set_speed(None)
    window.controller.run()
    for _ in range(3):
        qtbot.waitUntil(lambda: panel.data()["outputs"] is not seen[-1], timeout=10_000)
        seen.append(panel.data()["outputs"])
    panel, network = predicted_at_rest(window, qtbot)
    data = panel.data()
    wanted = network.predict(data["points"])
    assert np.allclose(data["point_outputs"], wanted, atol=1e-4)
    window.store.select("dense_1")
    view = panel._views["plane"]
    qtbot.waitUntil(lambda: view._units.isVisible(), timeout=5_000)
    before = window.cards["problems"].visibleRegion().isEmpty()
    removed = engine.load({"data": {"kind": "moons"}, "chain": CHAIN[:1]})
    window.store.edit(removed, "break")
    qtbot.waitUntil(lambda: not window.cards["problems"].visibleRegion().isEmpty(), timeout=5_000)
    assert before
    assert panel.data() == {}
    window.store.undo_stack.undo()
    qtbot.waitUntil(lambda: panel.data().get("form") == "plane", timeout=10_000)
    assert window.cards["problems"].visibleRegion().isEmpty()


def test_a_digit_is_drawn_and_recognised(open_window, qtbot):
    window = open_window(DIGITS)
    window.controller.set_speed(None)
    window.controller.run()
    qtbot.waitUntil(lambda: window.controller.snapshot.steps > 300, timeout=30_000)
    panel, network = predicted_at_rest(window, qtbot)
    assert panel.data()["form"] == "samples"
    QTest.mouseClick(panel._buttons["draw"], Qt.MouseButton.LeftButton)
    pad = panel._views["draw"].pad
    area = pad.area()
    top, foot = (QPointF(area.center().x(), area.top() + area.height() * part).toPoint() for part in (0.1, 0.9))
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, NO_KEY, top)
    for part in (0.25, 0.5, 0.75, 1.0):
        QTest.mouseMove(pad, top + (foot - top) * part, 10)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, NO_KEY, foot)
    qtbot.waitUntil(lambda: panel.data().get("ink", pad.ink * 0) is pad.ink, timeout=5_000)
    outputs = network.predict(pad.ink[None, None])[0]
    assert np.allclose(panel.data()["outputs"], outputs, atol=1e-4)
    assert panel.data()["predicted"] == outputs.argmax() == 1, "a stroke from top to bottom is a one"


CHAIN = [
    {"kind": "dense", "name": "dense_1", "units": 8},
    {"kind": "tanh", "name": "tanh_1"},
    {"kind": "dense", "name": "dense_2", "units": 1},
]
DIGITS = {
    "data": {"kind": "digits"},
    "chain": [{"kind": "flatten"}, {"kind": "dense", "units": 32}, {"kind": "relu"}, {"kind": "dense", "units": 10}],
    "loss": {"kind": "softmax_cross_entropy"},
    "optimizer": {"kind": "adam", "learning_rate": 0.003},
}


def test_a_block_under_the_pointer_shows_what_its_units_give_out(open_window, qtbot):
    window = open_window(json.loads(engine.load("example:spirals").to_json()))
    panel = window.panels["prediction"]
    qtbot.waitUntil(lambda: panel.data().get("form") == "plane", timeout=10_000)
    viewport = window.canvas.viewport()
    QTest.mouseMove(viewport, window.canvas.block_point("tanh_1"))
    qtbot.waitUntil(lambda: panel.data()["unit"] == ("tanh_1", None), timeout=5_000)
    QTest.mouseMove(viewport, QPoint(2, 2))
    qtbot.waitUntil(lambda: panel.data()["unit"] is None, timeout=5_000)
