"""Data are drawn with the mouse in the real window, learned meanwhile, undone, saved and read again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton

import engine
from engine import Network
from engine.storage import read_project, write_project
from gui.project_store import DATA_END
from tests.flows.hands import LEFT, NO_KEY

CHAIN = [
    {"kind": "dense", "name": "dense_1", "units": 8},
    {"kind": "tanh", "name": "tanh_1"},
    {"kind": "dense", "name": "dense_2", "units": 1},
]
MOONS = {"data": {"kind": "moons", "samples": 60}, "chain": CHAIN, "optimizer": {"kind": "adam", "learning_rate": 0.05}}
SINE = {"data": {"kind": "sine"}, "chain": CHAIN, "loss": {"kind": "mean_squared_error"}}


class Painter:
    """Draws on the board of a window with its real mouse events."""

    def __init__(self, window, qtbot):
        self.window, self.qtbot = window, qtbot
        self.card = window.cards["data"]

    @property
    def panel(self):
        return self.window.panels["data"]

    @property
    def board(self):
        return self.panel._views["draw"].board

    @property
    def data(self):
        return self.window.project.data

    def open(self):
        self.window.findChild(QAction, "actionDrawData").trigger()
        self.ready()
        return self

    def ready(self):
        self.qtbot.waitUntil(lambda: not self.card.visibleRegion().isEmpty(), timeout=5_000)
        self.qtbot.waitUntil(lambda: self.panel.data().get("form") == "draw" and self.board.isVisible(), timeout=5_000)

    def pixel(self, x, y):
        plot = self.board.plot
        return plot.mapFromScene(plot.box.mapViewToScene(QPointF(x, y)))

    def place(self, at):
        """The place of a pixel on the board."""
        point = self.board.plot.box.mapSceneToView(QPointF(at))
        return point.x(), point.y()

    def stroke(self, *pixels, release=True):
        """Presses at the first, moves over the others, releases at the last; gives where these are on the board."""
        view = self.board.plot.viewport()
        QTest.mousePress(view, LEFT, NO_KEY, pixels[0])
        for at in pixels[1:]:
            QTest.mouseMove(view, at)
        way = [self.place(at) for at in pixels]
        if release:
            QTest.mouseRelease(view, LEFT, NO_KEY, pixels[-1])
        return way

    def line(self, start, end, parts=12):
        (x, y), (right, above) = start, end
        shares = [k / parts for k in range(parts + 1)]
        return self.stroke(*(self.pixel(x + share * (right - x), y + share * (above - y)) for share in shares))

    def key(self, key):
        QTest.keyClick(self.board.plot, key)

    def set(self, name, index):
        (box,) = (each for each in self.board.brushes.findChildren(QComboBox) if each.accessibleName() == name)
        box.setCurrentIndex(index)


@pytest.fixture
def painter(open_window, qtbot):
    return lambda project=MOONS: Painter(open_window(project), qtbot)


def undo(window):
    window.findChild(QAction, "actionUndo").trigger()


def test_points_of_two_classes_are_drawn_learned_undone_and_saved(painter, qtbot, tmp_path):
    p = painter()
    window, before = p.window, p.window.project
    p.open()
    assert window.store.undo_stack.count() == 1
    assert p.data.points == ()
    assert window.project.chain == before.chain
    assert not window.findChild(QAction, "actionRun").isEnabled()
    assert "Nothing is drawn yet" in window.findChild(QAction, "actionRun").toolTip()
    for height in (-0.7, -0.4):
        p.line((-0.8, height), (0.8, height))
    assert {label for _, _, label in p.data.points} == {0}
    assert "Only class 0" in window.store.resolved.problems[0].text
    p.key(Qt.Key.Key_2)
    p.line((-0.8, 0.5), (0.8, 0.5))
    assert not p.card.visibleRegion().isEmpty(), "the board stays in front, whatever becomes of the chain"
    assert window.store.undo_stack.count() == 4
    assert window.store.resolved.ok
    assert {label for _, _, label in p.data.points} == {0, 1}
    assert len(p.data.points) == pytest.approx(3 * (1 + 1.6 / 0.05), abs=3)
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: window.controller.snapshot.metrics.get("validation_accuracy", 0) > 0.95, timeout=20_000)

    # Training goes on while more is drawn, and the regions under the points follow.
    steps = window.controller.snapshot.steps
    p.line((-0.8, 0.75), (0.8, 0.75))
    qtbot.waitUntil(lambda: window.controller.snapshot.project.data == p.data, timeout=10_000)
    qtbot.waitUntil(lambda: window.controller.snapshot.steps > steps + 50, timeout=10_000)
    assert window.controller.state.name == "running"
    window.controller.pause()
    qtbot.waitUntil(lambda: window.controller.state.name == "paused", timeout=10_000)
    backdrop = p.board.backdrop
    qtbot.waitUntil(
        lambda: backdrop._snapshot is window.controller.snapshot and not backdrop._wanted
        and not backdrop._background._busy, timeout=10_000,
    )  # fmt: skip
    network = Network(window.project)
    network.parameters[...] = window.controller.snapshot.parameters
    field = backdrop.outcome
    cells = np.stack(np.meshgrid(field.x, field.y), axis=-1).reshape(-1, 2)
    assert np.allclose(field.outputs.reshape(-1, 1), network.predict(cells), atol=1e-4)
    (left, right), (below, above) = p.board.plot.box.viewRange()
    assert field.edges == pytest.approx((left, right, below, above))

    drawn = window.project
    undo(window)
    assert len(p.data.points) < len(drawn.data.points)
    assert window.controller.state.name == "paused"
    window.store.undo_stack.redo()
    assert window.project == drawn
    write_project(tmp_path / "drawn.json", window.project)
    assert read_project(tmp_path / "drawn.json") == drawn
    assert window.files.read(tmp_path / "drawn.json")
    assert window.project == drawn
    qtbot.waitUntil(lambda: window.controller.snapshot.project.data == drawn.data, timeout=10_000)


def test_a_click_is_one_point_exactly_there_and_a_double_click_two(painter):
    p = painter().open()
    p.key(Qt.Key.Key_2)
    (at,) = p.stroke(p.pixel(0.3, -0.6))
    assert p.data.points == ((round(at[0], 4), round(at[1], 4), 1),)
    view, there = p.board.plot.viewport(), p.pixel(0.5, 0.5)
    QTest.mouseClick(view, LEFT, NO_KEY, there)
    QTest.mouseDClick(view, LEFT, NO_KEY, there)
    QTest.mouseRelease(view, LEFT, NO_KEY, there)
    assert len(p.data.points) == 3
    assert p.data.points[1] == p.data.points[2]


def test_escape_lets_a_stroke_go_and_until_it_is_done_the_project_is_untouched(painter):
    p = painter().open()
    p.line((-0.5, 0), (0.5, 0))
    before, edits = p.window.project, p.window.store.undo_stack.count()
    p.stroke(p.pixel(-0.5, 0.5), p.pixel(0.5, 0.5), release=False)
    assert p.window.project is before
    assert len(p.board._wet.data) == len(p.board.stroke.added) > 15, "what is being drawn is seen"
    p.key(Qt.Key.Key_Escape)
    assert len(p.board._wet.data) == 0
    QTest.mouseRelease(p.board.plot.viewport(), LEFT, NO_KEY, p.pixel(0.5, 0.5))
    assert p.window.project is before
    assert p.window.store.undo_stack.count() == edits


def test_an_undo_in_the_middle_of_a_stroke_lets_it_go(painter):
    p = painter().open()
    p.line((-0.5, 0), (0.5, 0))
    p.stroke(p.pixel(-0.5, 0.5), p.pixel(0.5, 0.5), release=False)
    undo(p.window)
    QTest.mouseRelease(p.board.plot.viewport(), LEFT, NO_KEY, p.pixel(0.5, 0.5))
    assert p.data.points == ()


def test_points_are_rubbed_out_and_everything_is(painter):
    p = painter().open()
    p.set("Spread", 0)
    p.line((-0.8, 0.25), (0.8, 0.25))
    drawn = p.data.points
    p.key(Qt.Key.Key_E)
    ((rubbed, _), *_) = p.line((0.2, 0.6), (0.2, -0.2))
    reach = 9 * max(p.board.plot.box.viewPixelSize())
    assert [point for point in drawn if abs(point[0] - rubbed) > reach] == list(p.data.points)
    assert len(p.data.points) < len(drawn)
    assert len(p.board._rubber.data) == 1, "its reach is seen"
    assert p.window.store.undo_stack.undoText().startswith("rub out ")
    QTest.mouseClick(p.board.brushes.clear, LEFT)
    assert p.data.points == ()
    undo(p.window)
    undo(p.window)
    assert p.data.points == drawn


def test_a_class_is_added_and_the_chain_follows(painter):
    p = painter().open()
    QTest.mouseClick(p.board.brushes.plus, LEFT)
    assert p.data.classes == 3
    assert p.window.project.chain[-1].units == 3
    assert p.window.project.loss.kind == "softmax_cross_entropy"
    assert len(p.board.brushes.brushes) == 3
    p.key(Qt.Key.Key_3)
    p.stroke(p.pixel(0, 0))
    assert p.data.points[0][2] == 2
    for _ in range(9):
        QTest.mouseClick(p.board.brushes.plus, LEFT)
    assert p.data.classes == 10
    assert not p.board.brushes.plus.isEnabled()


def test_a_curve_is_drawn_over_and_learned(painter, qtbot):
    p = painter(SINE).open()
    assert p.data.task == "regression"
    assert p.window.project.chain == engine.load(SINE).chain
    p.line((-0.9, -0.5), (0.9, 0.7))
    x = [point[0] for point in p.data.points]
    assert np.allclose(np.diff(x), 0.05), "as far apart as is said"
    for at, y in p.data.points[1:-1]:
        assert y == pytest.approx(-0.5 + (at + 0.9) / 1.8 * 1.2, abs=0.03)
    p.line((0.9, 0), (0.0, 0))
    again = dict(p.data.points)
    assert len(again) == len(p.data.points)
    assert all(abs(y) < 0.03 for at, y in again.items() if 0.05 < at < 0.85)
    p.window.controller.set_speed(None)
    p.window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: p.window.controller.snapshot.metrics.get("validation_r2", 0) > 0.5, timeout=20_000)


def test_points_and_curve_are_switched_and_the_loss_follows(painter):
    p = painter().open()
    points, curve = p.board.brushes._tasks
    QTest.mouseClick(curve, LEFT)
    assert p.data.task == "regression"
    assert p.window.store.resolved.problems[0].place == "data"
    assert [each.place for each in p.window.store.resolved.problems] == ["data"]
    QTest.mouseClick(points, LEFT)
    assert [each.place for each in p.window.store.resolved.problems] == ["data"]
    assert p.data.classes == 2


def test_the_points_that_there_are_can_be_drawn_on(painter, qtbot):
    p = painter()
    p.window.cards["data"].raise_()
    qtbot.waitUntil(lambda: bool(p.panel.data()), timeout=5_000)
    p.panel.switch.actions_by_name["draw"].trigger()
    view = p.panel._views["draw"]
    qtbot.waitUntil(view.trace.isVisible, timeout=5_000)
    before = p.window.project
    wanted = engine.dataset(before)
    QTest.mouseClick(view.trace, LEFT)
    p.ready()
    assert p.window.store.undo_stack.count() == 1
    made = engine.dataset(p.window.project)
    assert np.array_equal(made.train.inputs, wanted.train.inputs)
    assert np.array_equal(made.validation.targets, wanted.validation.targets)
    (left, right), (below, above) = p.board.plot.box.viewRange()
    assert all(left < x < right and below < y < above for x, y, _ in p.data.points)
    undo(p.window)
    assert p.window.project == before
    assert view.findChild(QPushButton).isVisible()


def test_the_properties_of_the_data_lead_to_the_board(painter, qtbot):
    p = painter()
    p.window.store.select(DATA_END)
    properties = p.window.properties
    qtbot.waitUntil(lambda: not properties._waiting)
    before = engine.dataset(p.window.project)
    (link,) = (each for each in properties.widget().findChildren(QPushButton) if each.text() == "Draw on these points")
    QTest.mouseClick(link, LEFT)
    p.ready()
    assert len(p.data.points) == 60
    assert np.array_equal(engine.dataset(p.window.project).train.inputs, before.train.inputs)
    p.window.cards["prediction"].raise_()
    qtbot.waitUntil(lambda: p.card.visibleRegion().isEmpty())
    (link,) = (each for each in properties.widget().findChildren(QPushButton) if each.text() == "Draw on these points")
    edits = p.window.store.undo_stack.count()
    QTest.mouseClick(link, LEFT)
    p.ready()
    assert p.window.store.undo_stack.count() == edits


def test_choosing_the_kind_brings_an_empty_board(painter, qtbot):
    p = painter()
    p.window.store.select(DATA_END)
    properties = p.window.properties
    qtbot.waitUntil(lambda: not properties._waiting)
    (box,) = (each for each in properties.widget().findChildren(QComboBox) if each.accessibleName() == "Data")
    box.setCurrentIndex(box.findText("Drawing"))
    box.activated.emit(box.currentIndex())
    p.ready()
    assert p.data.points == ()
    undo(p.window)
    assert p.window.project == engine.load(MOONS)


def test_the_pointer_says_where_it_is_and_what_lies_there(painter):
    p = painter().open()
    p.set("Spread", 0)
    p.key(Qt.Key.Key_2)
    p.stroke(p.pixel(0.3, -0.6))
    p.board._hover(QPointF(*p.data.points[0][:2]))
    said = p.panel._readout.text().replace("\n", " ")
    assert said.startswith("x = 0.3")
    assert said.endswith("of class 1")
    p.board._hover(None)
    assert "hover" in p.panel._readout.text()


def test_whatever_is_painted_is_what_the_project_holds(painter):
    """Strokes anywhere on the board, also across its edge, against the geometry of the way that the pointer went."""
    p = painter().open()
    p.set("Spread", 0)
    area = p.board.plot.box.sceneBoundingRect()
    inside = st.tuples(
        st.integers(math.ceil(area.left()), math.floor(area.right())),
        st.integers(math.ceil(area.top()), math.floor(area.bottom())),
    )

    @settings(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(inside, min_size=1, max_size=6), st.integers(0, 1), st.sampled_from(range(4)))
    def draw(places, label, spacing):
        p.key(Qt.Key.Key_1 + label)
        p.set("Spacing", spacing)
        before = p.data.points
        way = p.stroke(*(QPoint(*each) for each in places))
        added = p.data.points[len(before) :]
        assert p.data.points[: len(before)] == before
        assert added == painted(way, label, (0.02, 0.05, 0.1, 0.2)[spacing])
        if added:
            undo(p.window)
            assert p.data.points == before
            p.window.store.undo_stack.redo()

    draw()


def painted(way, label, spacing):
    """The points at every ``spacing`` of the way, found by its length from the beginning."""
    lengths = [0.0]
    for a, b in zip(way, way[1:], strict=False):  # noqa: RUF007
        lengths.append(lengths[-1] + math.dist(a, b))
    along = spacing * np.arange(int(lengths[-1] / spacing + 1e-12) + 1)
    x, y = (np.interp(along, lengths, [place[axis] for place in way]) for axis in (0, 1))
    return tuple((round(float(a), 4), round(float(b), 4), label) for a, b in zip(x, y, strict=True))
