"""The drawing board by itself: its brushes, what it shows, what lies under the points. Strokes: tests/flows."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QToolButton

import engine
from engine import Network
from gui import theme
from gui.data import easel
from gui.data.board import Board
from gui.data.panel import DataPanel
from gui.project_store import ProjectStore
from tests.gui.conftest import trained

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
RING = [[round(math.cos(k), 4), round(math.sin(k), 4), k % 2] for k in range(40)]
WAVE = [[k / 10, round(math.sin(k), 4)] for k in range(-20, 21)]


def project_of(data, loss="binary_cross_entropy", outputs=1):
    chain = [{"kind": "dense", "units": 6}, {"kind": "tanh"}, {"kind": "dense", "units": outputs}]
    return engine.load({"data": {"kind": "drawing", **data}, "chain": chain, "loss": {"kind": loss}})


POINTS = project_of({"points": RING})
SCALED = project_of({"points": RING, "scaling": "standard"})
THREE = project_of({"points": [[x, y, k % 3] for k, (x, y, _) in enumerate(RING)], "classes": 3},
                   "softmax_cross_entropy", 3)  # fmt: skip
CURVE = project_of({"points": WAVE, "task": "regression", "scaling": "min_max"}, "mean_squared_error")


@pytest.fixture
def board(qtbot, shown):
    made = []

    def make(project):
        store = ProjectStore(project)
        board = shown(Board(store), 440, 240)
        store.changed.connect(lambda _old, new: board.show_project(new))
        board.show_project(project)
        made.append(board)
        return board, store

    yield make
    for each in made:
        each.stop()


def press(board, x, y):
    plot = board.plot
    QTest.mouseClick(plot.viewport(), LEFT, NO_KEY, plot.mapFromScene(plot.box.mapViewToScene(QPointF(x, y))))


def settle(board, qtbot):
    backdrop = board.backdrop
    qtbot.waitUntil(lambda: not backdrop._wanted and not backdrop._background._busy, timeout=5000)
    return backdrop.outcome


class TestWhatIsShown:
    @pytest.mark.parametrize("mode", ["light", "dark"])
    def test_every_class_has_its_points_and_its_mark(self, board, mode):
        theme.set_mode(mode)
        b, _ = board(THREE)
        assert len(b._marks) == 3
        for number, item in enumerate(b._marks):
            x, y = item.getData()
            assert [list(pair) for pair in zip(x, y, strict=True)] == [
                list(point[:2]) for point in THREE.data.points if point[2] == number
            ]
        assert len({item.opts["symbol"] for item in b._marks}) == 3
        before = b.grab().toImage()
        theme.set_mode("dark" if mode == "light" else "light")
        b.restyle()
        assert b.grab().toImage() != before
        assert b.sub() == "40 points, 3 classes"

    def test_the_board_reaches_from_minus_1_to_1_and_to_all_points(self, board):
        b, store = board(POINTS)
        (left, right), (below, above) = b.plot.box.viewRange()
        assert left < -1 < 1 < right
        assert below < -1 < 1 < above
        store.edit(CURVE, "a curve")
        (left, right), _ = b.plot.box.viewRange()
        assert left < -2 < 2 < right
        b.plot.box.setRange(xRange=(0, 0.1), yRange=(0, 0.1))
        b.reset_zoom()
        assert b.plot.box.viewRange()[0][0] < -2

    def test_a_great_many_points_are_thinned_and_that_is_said(self, board):
        many = msgspec.structs.replace(POINTS.data, points=tuple((k / 1e4, 0.0, k % 2) for k in range(10_000)))
        b, store = board(msgspec.structs.replace(POINTS, data=many))
        assert len(b._shown) == 4000
        assert b.sub() == "4,000 of 10,000 points shown, 2 classes"
        press(b, 0.5, 0.5)
        assert store.project.data.count == 10_001

    def test_more_than_a_drawing_holds_is_refused_in_words(self, board):
        full = msgspec.structs.replace(POINTS.data, points=((0.0, 0.0, 0), (0.1, 0.0, 1)) * 50_000)
        b, store = board(msgspec.structs.replace(POINTS, data=full))
        said = []
        b.said.connect(said.append)
        press(b, 0.5, 0.5)
        assert store.project.data == full
        assert said[-1] == "A drawing holds at most 100,000 points, these would be 100,001."


class TestBrushes:
    def test_every_control_has_a_name_and_a_tooltip(self, board):
        for project in (POINTS, CURVE):
            b, _ = board(project)
            controls = [*b.brushes.findChildren(QToolButton), *b.brushes.findChildren(QComboBox)]
            assert len(controls) >= 7
            for control in controls:
                assert control.accessibleName()
                assert control.toolTip()
            assert b.plot.accessibleName()

    def test_keys_take_brushes_that_there_are(self, board):
        b, _ = board(THREE)
        for key, label in ((Qt.Key.Key_3, 2), (Qt.Key.Key_4, 2), (Qt.Key.Key_E, None), (Qt.Key.Key_0, None),
                           (Qt.Key.Key_1, 0)):  # fmt: skip
            QTest.keyClick(b.plot, key)
            assert b.brushes.label == label
        assert b.brushes.brushes[0].isChecked()

    def test_the_brush_in_hand_stays_when_another_class_comes(self, board):
        b, store = board(POINTS)
        b.brushes.take(1)
        easel.add_class(store)
        assert (b.brushes.label, len(b.brushes.brushes)) == (1, 3)
        assert b.brushes.brushes[1].isChecked()
        store.undo_stack.undo()
        assert len(b.brushes.brushes) == 2

    def test_a_curve_has_one_pen_and_no_classes_to_add(self, board):
        b, store = board(CURVE)
        assert len(b.brushes.brushes) == 1
        assert b.brushes.plus.isHidden()
        easel.add_class(store)
        assert store.project == CURVE


class TestUnderThePoints:
    @pytest.mark.parametrize("project", [POINTS, SCALED, THREE], ids=["two", "scaled", "three"])
    def test_regions_are_what_the_network_predicts_wherever_one_can_draw(self, board, qtbot, project):
        b, _ = board(project)
        b.draw(snapshot := trained(project, 30))
        field = settle(b, qtbot)
        (left, right), (below, above) = b.plot.box.viewRange()
        assert field.edges == pytest.approx((left, right, below, above))
        cells = np.stack(np.meshgrid(field.x, field.y), axis=-1).reshape(-1, 2)
        train = np.array(project.data.points)[:, :2]
        if project is SCALED:
            fitted = engine.dataset(project).scaling
            assert fitted.offset == pytest.approx(train.mean(axis=0), abs=0.2)
            cells = (cells - fitted.offset) / fitted.spread
        network = Network(project)
        network.parameters[...] = snapshot.parameters
        assert np.allclose(field.outputs.reshape(len(cells), -1), network.predict(cells), atol=1e-4)
        assert b.backdrop._image.image.shape[:2] == (len(field.y), len(field.x))

    def test_a_curve_is_what_the_network_predicts_along_the_board(self, board, qtbot):
        b, _ = board(CURVE)
        b.draw(snapshot := trained(CURVE, 30))
        curve = settle(b, qtbot)
        x, y = b.backdrop._line.getData()
        assert (x[0], x[-1]) == pytest.approx(tuple(b.plot.box.viewRange()[0]))
        fitted = engine.dataset(CURVE).scaling
        network = Network(CURVE)
        network.parameters[...] = snapshot.parameters
        assert np.allclose(y, network.predict((x[:, None] - fitted.offset) / fitted.spread)[:, 0], atol=1e-5)
        assert np.array_equal(curve.x, x)

    def test_nothing_lies_there_while_nothing_is_drawn_or_nobody_looks(self, board, qtbot):
        b, store = board(POINTS)
        b.draw(trained(POINTS, 1))
        assert settle(b, qtbot) is not None
        easel.clear(store)
        assert b.backdrop.outcome is None
        assert b.backdrop._inquire() is None
        store.undo_stack.undo()
        b.hide()
        b.draw(trained(POINTS, 2))
        assert b.backdrop._inquire() is None


@pytest.fixture
def panel(qtbot, shown):
    made = []

    def make(project):
        store = ProjectStore(project)
        panel = shown(DataPanel(store, lambda: False), 440, 260)
        store.changed.connect(lambda _old, new: panel.show_project(new, ()))
        made.append(panel)
        return panel, store

    yield make
    for each in made:
        each.stop()


class TestInThePanel:
    @pytest.mark.parametrize("project", [POINTS, CURVE], ids=["points", "curve"])
    def test_a_drawing_is_shown_on_the_board_and_copied(self, panel, qtbot, project):
        p, _ = panel(project)
        qtbot.waitUntil(lambda: p.data().get("form") == "draw", timeout=5000)
        assert p.data()["points"] == project.data.points
        assert p.data()["classes"] == project.data.classes
        p.copy_data()
        rows = [row.split("\t") for row in QGuiApplication.clipboard().text().splitlines()]
        assert rows[0] == ["x", "y", "class"][: len(rows[1])]
        assert [tuple(map(float, row)) for row in rows[1:]] == list(project.data.points)

    def test_choosing_the_kind_brings_the_board(self, panel, qtbot):
        p, store = panel(engine.load({"data": {"kind": "moons"}}))
        begun = []
        p.begun.connect(lambda: begun.append(True))
        qtbot.waitUntil(lambda: p.data().get("form") == "table", timeout=5000)
        store.edit(engine.load({"data": {"kind": "drawing"}}), "drawing")
        qtbot.waitUntil(lambda: p.data().get("form") == "draw", timeout=5000)
        assert begun == [True]
        assert p.view.board.isVisible()
        store.undo_stack.undo()
        assert p.view.trace.isVisible()

    def test_what_cannot_be_drawn_offers_no_board(self, panel, qtbot):
        p, _ = panel(engine.load({"data": {"kind": "iris"}}))
        assert not p.switch.actions_by_name["draw"].isVisible()
