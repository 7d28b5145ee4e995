"""What the network has learned, in the real window beside the real worker."""

from __future__ import annotations

import itertools
import json

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

import engine
from engine import Network
from gui import pictures, theme
from gui.numbers import short
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
    return panel, network_of(window)


def network_of(window, last=None):
    """A network with the weights of the window's snapshot; only as far as a block, where one is named."""
    snapshot, project = window.controller.snapshot, window.project
    if last is None:
        network = Network(project)
    else:
        end = project.index(last) + 1
        shape = engine.resolve(project).blocks[end - 1].output_shape
        network = Network(msgspec.structs.replace(project, chain=project.chain[:end]), output_shape=shape)
    network.parameters[...] = snapshot.parameters[: len(network.parameters)]
    network.statistics[...] = snapshot.statistics[: len(network.statistics)]
    return network


def trained_in(open_window, qtbot, plain, steps):
    """A window that has trained so many steps at least, at rest, with its panel and its network."""
    window = open_window(plain)
    window.controller.set_speed(None)
    window.controller.run()
    qtbot.waitUntil(lambda: window.controller.snapshot.steps > steps, timeout=30_000)
    return window, *predicted_at_rest(window, qtbot)


def show(panel, form, qtbot):
    """Another form, by its button."""
    panel.switch.actions_by_name[form].trigger()
    qtbot.waitUntil(lambda: panel.data().get("form") == form, timeout=5_000)
    return panel.data()


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
    QTest.mouseClick(panel.switch.buttons["draw"], Qt.MouseButton.LeftButton)
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


def test_decision_regions_are_what_the_network_predicts_at_every_cell(open_window, qtbot):
    _, panel, network = trained_in(open_window, qtbot, BLOBS, 200)
    data = panel.data()
    assert data["form"] == "plane"
    cells = np.array([[x, y] for y in data["y"] for x in data["x"]])
    outputs = network.predict(cells).astype(float)
    height, width = len(data["y"]), len(data["x"])
    assert np.allclose(data["outputs"].reshape(len(cells), -1), outputs, atol=1e-4)
    sure = softmax(outputs)
    clear = np.sort(sure, axis=1)[:, -1] - np.sort(sure, axis=1)[:, -2] > 1e-4
    assert (data["predicted"].reshape(-1) == outputs.argmax(axis=1))[clear].all()
    assert np.allclose(data["confidence"].reshape(-1), sure.max(axis=1), atol=1e-4)
    assert set(np.unique(data["predicted"])) == {0, 1, 2}
    image = panel._views["plane"]._image.image
    assert image.shape[:2] == (height, width)
    for row, column in ((0, 0), (0, -1), (-1, 0), (height // 2, width // 3)):
        kinds = tuple(theme.current().of_class(number, 3) for number in range(3))
        number = outputs.reshape(height, width, -1)[row, column].argmax()
        strength = (sure.reshape(height, width, -1)[row, column].max() - 1 / 3) / (2 / 3)
        wanted = pictures.class_pixels(np.array([number]), np.array([strength]), kinds, theme.current())[0]
        rgb = [wanted >> 16 & 255, wanted >> 8 & 255, wanted & 255]
        assert np.allclose(image[row, column, :3].astype(int), np.array(rgb).astype(int), atol=1)


def test_the_confusion_matrix_counts_what_the_network_predicts(open_window, qtbot):
    window, panel, network = trained_in(open_window, qtbot, DIGITS, 100)
    data = show(panel, "confusion", qtbot)
    part = engine.dataset(window.project).validation
    said = network.predict(part.inputs).argmax(axis=1)
    counts = [[int(((part.targets == true) & (said == taken)).sum()) for taken in range(10)] for true in range(10)]
    assert data["counts"].tolist() == counts
    assert sum(map(sum, counts)) == len(part) == 359
    assert data["accuracy"] == pytest.approx((said == part.targets).mean())
    for true in range(10):
        mine = part.targets == true
        assert data["class_accuracy"][true] == pytest.approx((said[mine] == true).mean())
    assert data["accuracy"] == pytest.approx(window.controller.snapshot.metrics["validation_accuracy"], abs=0.05)


def test_the_curve_is_what_the_network_predicts_along_its_input(open_window, qtbot):
    window, panel, network = trained_in(open_window, qtbot, SINE, 200)
    data = panel.data()
    assert data["form"] == "curve"
    assert np.allclose(data["outputs"][:, 0], network.predict(data["x"][:, None])[:, 0], atol=1e-5)
    x, y = panel._views["curve"]._lines[0].getData()
    assert np.array_equal(x, data["x"])
    assert np.allclose(y, network.predict(x[:, None])[:, 0], atol=1e-5)
    parts = engine.dataset(window.project)
    for part, held in ((parts.train, False), (parts.validation, True)):
        mine = data["validation"] == held
        assert np.array_equal(data["points"][mine], part.inputs[:, 0])
        assert np.array_equal(data["truth"][mine], part.targets)
        assert np.allclose(data["point_outputs"][mine], network.predict(part.inputs), atol=1e-5)
    data = show(panel, "fit", qtbot)
    residuals = network.predict(parts.validation.inputs) - parts.validation.targets
    around = parts.validation.targets - parts.validation.targets.mean(axis=0)
    assert data["validation_r2"] == pytest.approx(1 - (residuals**2).sum() / (around**2).sum(), abs=1e-4)


def test_the_grid_of_images_shows_the_worst_with_what_they_are_taken_for(open_window, qtbot):
    window, panel, network = trained_in(open_window, qtbot, DIGITS, 100)
    data = show(panel, "samples", qtbot)
    part = engine.dataset(window.project).validation
    sure = softmax(network.predict(part.inputs).astype(float))
    losses = -np.log(sure[np.arange(len(part)), part.targets])
    assert len(data["samples"]) == 60
    assert np.allclose(losses[data["samples"]], np.sort(losses)[::-1][:60], atol=1e-4)
    assert np.array_equal(data["truth"], part.targets[data["samples"]])
    assert np.array_equal(data["predicted"], sure[data["samples"]].argmax(axis=1))
    wall = panel._views["samples"]._gallery.wall
    for place in (0, 1, 59):
        number, taken = int(data["samples"][place]), int(data["predicted"][place])
        assert wall.captions()[place].startswith(f"validation sample {number}: class {part.targets[number]}")
        assert short(float(data["shares"][place, taken])) in wall.captions()[place]
        assert data["shares"][place] == pytest.approx(sure[number], abs=1e-4)
        assert np.array_equal(wall._judged.inputs[place], part.inputs[number])


def test_every_block_shows_what_it_makes_of_a_painted_digit(open_window, qtbot):
    window, panel, network = trained_in(open_window, qtbot, CONVOLUTION, 100)
    show(panel, "draw", qtbot)
    pad, view = panel._views["draw"].pad, panel._views["draw"]
    area, seen = pad.area(), []
    places = [(0.3, 0.2), (0.7, 0.2), (0.6, 0.5), (0.45, 0.8)]
    points = [QPointF(area.left() + area.width() * x, area.top() + area.height() * y).toPoint() for x, y in places]
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, NO_KEY, points[0])
    for point in points[1:]:  # live: it follows before the button is released
        QTest.mouseMove(pad, point)
        qtbot.waitUntil(lambda: panel.data()["ink"] is pad.ink, timeout=5_000)
        seen.append(panel.data()["activations"]["dense_1"])
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, NO_KEY, points[-1])
    assert all((one != other).any() for one, other in itertools.pairwise(seen))
    shown = panel.data()["activations"]
    assert list(shown) == [row.name for row in view.activations.rows] == [block.name for block in window.project.chain]
    for name, values in shown.items():
        wanted = network_of(window, name).predict(pad.ink[None, None])[0]
        assert values.shape == wanted.shape
        assert np.allclose(values, wanted, atol=1e-4), name
    assert np.allclose(shown["dense_1"], network.predict(pad.ink[None, None])[0], atol=1e-4)


def softmax(y):
    e = np.exp(y - y.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


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
BLOBS = {
    "data": {"kind": "blobs"},
    "chain": [{"kind": "dense", "units": 8}, {"kind": "tanh"}, {"kind": "dense", "units": 3}],
    "loss": {"kind": "softmax_cross_entropy"},
    "optimizer": {"kind": "adam", "learning_rate": 0.03},
}
SINE = {
    "data": {"kind": "sine", "noise": 0.2},
    "chain": [{"kind": "dense", "units": 16}, {"kind": "tanh"}, {"kind": "dense", "units": 1}],
    "loss": {"kind": "mean_squared_error"},
    "optimizer": {"kind": "adam", "learning_rate": 0.03},
}
CONVOLUTION = {
    "data": {"kind": "digits"},
    "chain": [
        {"kind": "conv2d", "filters": 4},
        {"kind": "batch_norm"},
        {"kind": "relu"},
        {"kind": "max_pool2d"},
        {"kind": "flatten"},
        {"kind": "dense", "units": 10},
    ],
    "loss": {"kind": "softmax_cross_entropy"},
    "optimizer": {"kind": "adam", "learning_rate": 0.01},
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
