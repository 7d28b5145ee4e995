"""Paths: the list says what every path is worth, the canvas shows where it goes, a click takes one apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget

import engine
from engine.project import change, insert, layer_kind, remove
from gui import theme
from gui.canvas import Canvas
from gui.canvas.measures import PICTURE_HEIGHT, PICTURE_TOP, WIDTH, block_rect, place_x
from gui.canvas.paths_item import CHOSEN, THICKEST, THINNEST, DrawnRoute, PathsItem
from gui.chain_rule import words
from gui.chain_rule.answer import Answerer, Inquiry
from gui.chain_rule.laboratory import Laboratory
from gui.chain_rule.panel import ChainRulePanel
from gui.chain_rule.path_list import fitting
from gui.chain_rule.paths import Paths
from gui.chain_rule.question import Question
from gui.chain_rule.stage import Stage
from gui.project_store import DATA_END, LOSS_END, ProjectStore
from tests.gui.conftest import PLAIN, trained

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
WEIGHT = Question("dense_1.weight", (1, 0), sample=3)


def dense(name: str, units: int, **more: Any) -> dict[str, Any]:
    return {"kind": "dense", "name": name, "units": units, **more}


def of(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, **more}


THREE = [dense("dense_1", 3), of("tanh", "tanh_1"), dense("dense_2", 4), of("tanh", "tanh_2"), dense("dense_3", 1)]
BRIDGED = [dense("dense_1", 3), of("tanh", "tanh_1"), dense("dense_2", 3), of("add", "add_1", source="tanh_1"),
           dense("dense_3", 1)]  # fmt: skip


class Bench(QWidget):
    """Canvas and panel as they stand in the window, with a run that goes on when it is told to."""

    def __init__(self, chain: list[dict[str, Any]], question: Question) -> None:
        super().__init__()
        project = engine.load({**PLAIN, "chain": chain, "training": {"batch_size": 16, "seed": 5, "dtype": "float64"}})
        self.store = ProjectStore(project)
        self.canvas = Canvas(self.store)
        self.laboratory = Laboratory(self.store)
        stage = Stage(self.laboratory, self.canvas)
        self.paths = Paths(self.laboratory, stage)
        self.panel = ChainRulePanel(self.laboratory, stage, [self.paths])
        column = QVBoxLayout(self)
        column.addWidget(self.canvas, 1)
        for control in self.panel.controls():
            column.addWidget(control)
        column.addWidget(self.panel)
        self.laboratory.ask(question)

    @property
    def routes(self) -> list[DrawnRoute]:
        paths = self.canvas.chain.paths
        return list(paths.routes) if paths else []

    @property
    def shown(self) -> Any:
        """The answer that the list shows."""
        return self.laboratory.answer

    def point(self, row: int) -> QPoint:
        """The middle of a row of the list."""
        return self.paths.list.visualRect(self.paths.list.paths.index(row)).center()

    def chosen(self) -> list[int]:
        """Which paths stand out on the canvas."""
        return [number for number, item in enumerate(self.routes) if item.route.chosen]


@pytest.fixture
def bench(qtbot, shown) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(chain: Any = THREE, question: Question = WEIGHT, steps: int = 1) -> Bench:
        made.append(Bench(chain, question))
        shown(made[-1], 900, 640)
        go_on(made[-1], steps, qtbot)
        made[-1].panel.enter(made[-1].paths)
        return made[-1]

    yield make
    for each in made:
        each.laboratory.close()


def go_on(bench: Bench, steps: int, qtbot: Any) -> None:
    """The run is so many steps old, and its answer is there."""
    with qtbot.waitSignal(bench.laboratory.answered):
        bench.panel.draw(trained(bench.store.project, steps))


def by_hand(bench: Bench) -> dict[tuple[int, int], float]:
    """The value of every path through THREE, by the units of its two inner layers, from the formulas of the lecture."""
    snapshot = bench.shown.inquiry.snapshot
    weights = [snapshot.tensors(f"dense_{k}", "origin") for k in (1, 2, 3)]
    data = engine.dataset(bench.store.project).train
    x, t = data.inputs[3], data.targets[3]
    a1 = np.tanh(weights[0]["weight"] @ x + weights[0]["bias"])
    a2 = np.tanh(weights[1]["weight"] @ a1 + weights[1]["bias"])
    z = weights[2]["weight"] @ a2 + weights[2]["bias"]
    error = 1 / (1 + np.exp(-z[0])) - t[0]  # binary cross entropy on a logit
    slopes = 1 - a1[1] ** 2, 1 - a2**2
    return {
        (1, k): error * weights[2]["weight"][0, k] * slopes[1][k] * weights[1]["weight"][k, 1] * slopes[0] * x[0]
        for k in range(4)
    }


def test_the_list_says_what_every_path_is_worth(bench):
    made = bench()
    expected = sorted(by_hand(made).items(), key=lambda item: -abs(item[1]))
    total = sum(abs(value) for _, value in expected)
    rows = made.paths.list.paths.rows
    assert made.shown.path_count == len(rows) == 4
    for row, path, ((first, second), value) in zip(rows, made.shown.paths, expected, strict=True):
        assert path.value == pytest.approx(value, rel=1e-9)
        assert "".join(row.units) == f"{first}→{second}→0"
        assert row.value == words.signed(value)
        assert row.percent == words.percent(abs(value) / total)
        assert row.size == pytest.approx(abs(value / expected[0][1]))
        written = [float(each.strip("()").replace("−", "-")) for each in row.product]
        assert np.prod(written) == pytest.approx(value, rel=0.02)  # of numbers with three digits
        assert len(row.product) == len(made.shown.tiles)
    assert sum(by_hand(made).values()) == pytest.approx(made.shown.product, rel=1e-9)
    assert made.paths.summary.text().startswith(f"All 4 paths add up to {words.signed(made.shown.product)}.")


def test_every_row_can_be_heard_and_tells_its_units(bench):
    made = bench()
    model = made.paths.list.paths
    spoken = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    row = model.rows[0]
    assert spoken == f"units {''.join(row.units)}: {''.join(row.product)} = {row.value}, {row.percent}"
    hint = model.data(model.index(0), Qt.ItemDataRole.ToolTipRole)
    assert hint.splitlines()[:2] == ["dense_1[1]", "tanh_1[1]"]
    assert "value" in hint
    assert made.paths.list.accessibleName()


def test_share_is_thickness_and_the_sign_is_dashed(bench):
    made = bench()
    colours = theme.current()
    assert len(made.routes) == 4
    signs = {item.route.sign for item in made.routes}
    assert signs == {-1, 1}, "the test needs both"
    for item, path in zip(made.routes, made.shown.paths, strict=True):
        share = path.share / made.shown.paths[0].share
        assert item.pen.widthF() == pytest.approx(max(CHOSEN if item.route.chosen else THINNEST, THICKEST * share))
        negative = path.value < 0
        assert (item.pen.style() == Qt.PenStyle.CustomDashLine) == negative
        assert item.pen.color() == colours.signed[0 if negative else -1]
    assert made.chosen() == [0]


def test_a_path_goes_through_one_unit_of_every_block_to_the_error(bench):
    made = bench()
    for item, path in zip(made.routes, made.shown.paths, strict=True):
        units = [unit for _, unit in reversed(path.units)]
        sizes = [3, 3, 4, 4, 1]
        heights = [PICTURE_TOP + PICTURE_HEIGHT * (unit + 0.5) / size for unit, size in zip(units, sizes, strict=True)]
        across = [place_x(place) + WIDTH / 2 for place in range(5)]
        expected = [*zip(across, heights, strict=True), (place_x(5), PICTURE_TOP + PICTURE_HEIGHT / 2)]
        np.testing.assert_allclose([(point.x(), point.y()) for point in item.points()], expected)
        assert [name for name, _ in item.route.stops] == ["dense_1", "tanh_1", "dense_2", "tanh_2", "dense_3", LOSS_END]
        assert all(touches(item, QRectF(x - 1, y - 1, 2, 2)) for x, y in expected)
        assert made.canvas.chain.paths.boundingRect().contains(item.line.boundingRect())


def test_a_path_of_the_input_begins_at_the_data(bench):
    made = bench(question=Question("input", (1,), sample=3))
    assert made.routes[0].route.stops[0] == (DATA_END, 0.75)
    assert made.routes[0].points()[0] == QPointF(place_x(-1) + WIDTH / 2, PICTURE_TOP + 0.75 * PICTURE_HEIGHT)
    assert made.shown.path_count == 12
    said = made.paths.summary.text()
    rest = words.signed(made.shown.rest)
    assert said.startswith(f"10 of 12 paths shown: {words.signed(made.shown.product - made.shown.rest)}")
    assert f"; the others add up to {rest}." in said


def test_asked_of_a_block_paths_end_at_its_unit(bench):
    made = bench(question=Question("dense_1.weight", (1, 0), sample=3, of=("tanh_2", 2)))
    assert len(made.routes) == 1
    assert made.routes[0].route.stops[-1] == ("tanh_2", 2.5 / 4)
    assert "".join(made.paths.list.paths.rows[0].units) == "1→2"
    assert made.paths.summary.text() == "There is only one path."


def test_hovering_shows_a_path_on_the_canvas_and_leaving_the_chosen_one(bench):
    made = bench()
    view = made.paths.list
    QTest.mouseMove(view.viewport(), made.point(2))
    assert made.chosen() == [2]
    QTest.mouseMove(view.viewport(), made.point(1))
    assert made.chosen() == [1]
    assert made.laboratory.path == 0
    QTest.mouseMove(made.canvas.viewport(), QPoint(5, 5))
    assert made.chosen() == [0]


def test_a_click_isolates_a_path_in_the_row_of_factors(bench):
    made = bench()
    QTest.mouseClick(made.paths.list.viewport(), LEFT, NO_KEY, made.point(2))
    assert made.laboratory.path == 2
    assert made.panel._reading.checkedId() == 1
    scalars = made.panel.row._scalars()
    assert scalars[-1][1] == pytest.approx(made.shown.paths[2].value)
    assert made.paths.list.currentIndex().row() == 2
    assert made.chosen() == [2]


def test_keys_go_from_path_to_path(bench):
    made = bench()
    made.paths.list.setFocus()
    assert made.panel._reading.checkedId() == 0
    QTest.keyClick(made.paths.list, Qt.Key.Key_Down)
    QTest.keyClick(made.paths.list, Qt.Key.Key_Down)
    assert (made.laboratory.path, made.panel._reading.checkedId(), made.chosen()) == (2, 1, [2])
    QTest.keyClick(made.paths.list, Qt.Key.Key_Up)
    assert (made.laboratory.path, made.chosen()) == (1, [1])


def test_leaving_takes_everything_off_the_canvas(bench):
    made = bench()
    assert made.canvas.chain.paths in made.canvas.chain.items()
    made.panel.enter(None)
    assert made.routes == []
    assert not [item for item in made.canvas.chain.items() if isinstance(item, PathsItem)]
    made.panel.enter(made.paths)
    assert len(made.routes) == 4
    made.panel.hide()
    assert made.routes == []
    made.panel.show()
    assert len(made.routes) == 4


def test_blocks_under_a_path_are_clicked_as_ever(bench):
    made = bench()
    at = made.canvas.mapFromScene(made.routes[0].points()[1])
    QTest.mouseClick(made.canvas.viewport(), LEFT, NO_KEY, at)
    assert made.store.selection == ("tanh_1",)


def test_an_edit_drops_the_paths_that_are_no_more_until_the_next_answer(bench, qtbot):
    made = bench()
    made.store.edit(insert(made.store.project, 1, [layer_kind("relu")()]), "insert")
    assert made.routes == []
    go_on(made, 1, qtbot)
    assert made.routes
    assert [name for name, _ in made.routes[0].route.stops][1] == "relu_1"
    made.store.edit(remove(made.store.project, ["tanh_2"]), "remove")
    assert made.routes == []
    made.store.undo_stack.undo()
    go_on(made, 2, qtbot)
    assert [name for name, _ in made.routes[0].route.stops][-2:] == ["dense_3", LOSS_END]


def test_a_change_that_keeps_the_way_keeps_the_paths(bench):
    made = bench()
    made.store.edit(change(made.store.project, notes="one more word"), "batch")
    assert len(made.routes) == 4


def test_paths_follow_their_blocks_while_a_gap_opens(bench, qtbot):
    made = bench()

    def ends() -> tuple[float, float]:
        line = made.routes[0].line
        return line.elementAt(0).x, line.currentPosition().x()

    before = ends()
    made.canvas.chain.show_gap(2, [layer_kind("relu")()])
    qtbot.waitUntil(lambda: made.canvas.chain.block("dense_2").x() > place_x(2) + 60)
    assert ends()[0] < before[0]
    assert ends()[1] > before[1]
    assert ends()[0] == made.canvas.chain.block("dense_1").x() + WIDTH / 2
    made.canvas.chain.settle()
    qtbot.waitUntil(lambda: ends() == before)


def touches(item: DrawnRoute, rect: QRectF) -> bool:
    """Whether the line itself goes through a rectangle."""
    return any(rect.contains(item.line.pointAtPercent(part / 1000)) for part in range(1001))


def shortcut_path(made: Bench) -> int:
    """The number of the path that leads from tanh_1 to add_1 at once."""
    return next(k for k, path in enumerate(made.shown.paths) if "dense_2" not in dict(path.units))


def test_a_shortcut_goes_over_the_blocks_that_it_bridges(bench):
    made = bench(BRIDGED)
    assert made.shown.path_count == len(made.routes) == 4
    number = shortcut_path(made)
    assert made.routes[number].line.boundingRect().top() < -10
    assert not touches(made.routes[number], block_rect(2))
    assert "".join(made.paths.list.paths.rows[number].units) == "1↪1→0"
    for other in set(range(4)) - {number}:
        assert made.routes[other].line.boundingRect().top() > 0
        assert touches(made.routes[other], block_rect(2))
        assert "↪" not in "".join(made.paths.list.paths.rows[other].units)
    hint = made.paths.list.paths.rows[number].hint
    assert "add_1[1], by the shortcut past dense_2" in hint


def test_the_factor_that_a_shortcut_leads_past_says_so(bench):
    made = bench(BRIDGED)
    number = shortcut_path(made)
    made.panel.show_path(number)
    row = made.panel.row
    labels = {tile.blocks: row._label(tile) for tile in row.tiles()}
    bridge = next(tile for tile in row.tiles() if "dense_2" in tile.blocks)
    assert labels.pop(bridge.blocks) == "↪ by the shortcut"
    assert not any("shortcut" in label for label in labels.values())
    assert "on this path ∂add_1[1]/∂tanh_1[1]: 1\nby the shortcut, past dense_2" in row._hint(bridge)
    made.panel.show_path(next(k for k in range(4) if k != number))
    assert "shortcut" not in row._label(bridge)


def test_hints_of_factors_name_the_units_of_the_path(bench):
    made = bench()
    made.panel.show_path(0)
    path, row = made.shown.paths[0], made.panel.row
    unit = dict(path.units)["dense_2"]
    hints = [row._hint(tile) for tile in row.tiles()]
    assert f"on this path ∂E/∂dense_3[0]: {path.factors[0]:.9g}".replace("-", "−") in hints[0]
    assert f"on this path ∂dense_3[0]/∂tanh_2[{unit}]" in hints[1]
    assert f"on this path ∂tanh_2[{unit}]/∂tanh_1[1]" in hints[2]
    assert "on this path ∂tanh_1[1]/∂w" in hints[3]
    made.panel._reading.button(0).setChecked(True)
    assert "on this path" not in row._hint(row.tiles()[1])


def test_the_chosen_path_stays_the_chosen_one_when_others_overtake_it(bench, qtbot):
    made = bench()
    made.panel.show_path(3)
    units = made.shown.paths[3].units
    for steps in (40, 200, 800):
        go_on(made, steps, qtbot)
        order = [path.units for path in made.shown.paths]
        assert made.laboratory.path == order.index(units)
        assert made.paths.list.currentIndex().row() == made.laboratory.path
        assert made.chosen() == [made.laboratory.path]
        sizes = [abs(path.value) for path in made.shown.paths]
        assert sizes == sorted(sizes, reverse=True)
    assert made.laboratory.path != 3, "the test needs a change of order"
    made.laboratory.ask(Question("dense_1.weight", (0, 0), sample=3))
    assert made.laboratory.path == 0


def test_live_answers_change_rows_where_they_stand(bench, qtbot):
    made = bench()
    resets: list[None] = []
    made.paths.list.paths.modelReset.connect(lambda: resets.append(None))
    before = made.paths.list.paths.rows[0].value
    go_on(made, 50, qtbot)
    assert made.paths.list.paths.rows[0].value != before
    assert not resets


def test_a_chain_of_dominoes_has_one_path(bench):
    made = bench([dense("dense_1", 1), of("tanh", "tanh_1"), dense("dense_2", 1)], Question("dense_1.weight", (0, 0)))
    assert made.paths.summary.text() == "There is only one path: every layer is one unit wide."
    assert [row.percent for row in made.paths.list.paths.rows] == ["100 %"]


def test_where_no_gradient_passes_there_is_no_path(bench):
    made = bench([dense("dense_1", 2), of("tanh", "tanh_1"), dense("dense_2", 1, cut=True)])
    assert made.routes == []
    assert made.paths.summary.text() == "No path leads from dense_1.weight[1, 0] to E."


def test_paths_that_cancel_are_said_in_words(bench):
    weights = ([[1.0, 1.0]], [[1.0], [1.0]], [[0.31, -0.29]])
    first = [{"weight_init": {"kind": "values", "values": rows}} for rows in weights]
    chain = [dense("dense_1", 1, **first[0]), dense("dense_2", 2, **first[1]), dense("dense_3", 1, **first[2])]
    made = bench(chain, Question("dense_1.weight", (0, 0), sample=3))
    strong, other = made.shown.paths
    assert abs(strong.value + other.value) == pytest.approx(abs(strong.value) * 2 / 31)
    ending = f"{words.signed(strong.value)} and {words.signed(other.value)} nearly cancel."
    assert made.paths.summary.text() == f"Both paths add up to {words.signed(made.shown.product)}. {ending}"


def test_images_have_more_units_than_pixels():
    chain = [
        of("conv2d", "conv2d_1", filters=4),
        of("relu", "relu_1"),
        of("flatten", "flatten_1"),
        dense("dense_1", 10),
    ]
    project = engine.load({"data": {"kind": "digits"}, "chain": chain, "loss": {"kind": "softmax_cross_entropy"}})
    answer = Answerer().answer(Inquiry(Question("conv2d_1.weight", (2, 0, 1, 1)), trained(project, 1)))
    assert len(answer.paths) == 10
    for path in answer.paths:
        own = path.stops[-1]
        assert own.place == np.unravel_index(own.unit, (4, 6, 6))
        assert own.place[0] == 2
        assert 0.5 < own.depth < 0.75  # in the third of four rows of the gradient's picture


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "100 %"), (0.412, "41 %"), (0.0234, "2.3 %"), (0.00051, "0.051 %"), (0.004, "0.40 %"), (3e-7, "< 0.01 %"),
     (0.0, "0 %"), (float("nan"), "–")],
)  # fmt: skip
def test_shares(share, text):
    assert words.percent(share) == text


def test_counts_of_any_size():
    """Python writes out no number of more than 4,300 digits."""
    assert words.many(4096) == "4,096"
    assert words.many(10**9) == "1.0e9"
    assert words.many(16**29) == "8.3e34"
    assert words.many(512**2000) == "3.5e5418"


def test_a_product_too_long_leaves_out_its_middle(qapp):
    metrics = QFontMetricsF(theme.font(12))
    parts = [f"({number}.00)" for number in range(8)]
    wide = metrics.horizontalAdvance("".join(parts))
    assert fitting(parts, wide + 1, metrics) == "".join(parts)
    assert fitting(parts, wide * 0.8, metrics) == "(0.00)(1.00)(2.00)…(5.00)(6.00)(7.00)"
    assert fitting(parts, wide * 0.4, metrics) == "(0.00)…(7.00)"
    assert fitting(parts, 10, metrics) == ""


def thickness(made: Bench, at: QPointF, colour: QColor) -> int:
    """How many pixels above each other have a colour, nearly, at a point of the scene."""
    made.canvas.centerOn(at)
    image = made.canvas.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    shown = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[..., 2::-1].astype(int)
    near = np.abs(shown - [colour.red(), colour.green(), colour.blue()]).sum(axis=2) < 90
    place = made.canvas.mapFromScene(at)
    return int(near[max(0, place.y() - 8) : place.y() + 9, place.x()].sum())


@pytest.mark.parametrize("zoom", [0.05, 0.4, 1.0, 2.0])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_paths_are_equally_thick_at_every_zoom(bench, mode, zoom):
    theme.set_mode(mode)
    made = bench()
    number = next(k for k, path in enumerate(made.shown.paths) if path.value > 0)  # not dashed
    made.panel.show_path(number)
    points = made.routes[number].points()
    between = QPointF((points[0].x() * 2 + points[1].x()) / 3, points[0].y())  # a dot at neither end
    made.canvas.camera.zoom_to(zoom)
    expected = made.routes[number].pen.widthF()
    if zoom > 0.1:
        assert abs(thickness(made, between, theme.current().signed[-1]) - expected) <= 1.5
    else:
        assert thickness(made, between, theme.current().signed[-1]) >= 1
    made.panel.enter(None)
    assert thickness(made, between, theme.current().signed[-1]) == 0


def test_a_list_too_narrow_shows_what_counts(bench):
    made = bench()
    for width in (60, 200, 340, 1200):
        made.paths.list.setFixedWidth(width)
        made.paths.list.grab()
    theme.set_scale(1.5)
    made.paths.list.grab()
    assert made.paths.list.sizeHintForRow(0) == theme.px(20)
