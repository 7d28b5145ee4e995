"""The row of factors: where its tiles stand, what they show, how they open, and whose derivative is asked for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip

import engine
from gui import numbers, theme
from gui.chain_rule import words
from gui.chain_rule.question import Question
from gui.project_store import LOSS_END
from tests.gui.lab import CTRL, LEFT, NO_KEY, dense, of, read
from tests.gui.paper import Paper

TWO = [dense("dense_1", 3), of("tanh", "tanh_1"), dense("dense_2", 2), of("relu", "relu_1"), dense("dense_3", 1)]
ENDS = {"loss": LOSS_END, "input": "data:"}


def span(bench, tile) -> tuple[float, float]:
    """Where a tile stands on the screen."""
    row = bench.panel.row
    rect = row.rect_of(tile)
    left = row.mapToGlobal(QPoint(0, 0)).x() + rect.left()
    return left, left + rect.width()


def stands_under_its_blocks(bench) -> None:
    """Every tile reaches from the left edge of its leftmost block to the right edge of its rightmost one."""
    for tile in bench.panel.row.tiles():
        spans = [bench.block_span(ENDS.get(name, name)) for name in tile.blocks]
        expected = min(left for left, _ in spans), max(right for _, right in spans)
        assert span(bench, tile) == pytest.approx(expected, abs=2.5), tile.label


def point_of(bench, tile) -> QPoint:
    """The middle of a tile in the row."""
    return bench.panel.row.rect_of(tile).center().toPoint()


def lit(bench) -> set[str]:
    """The blocks that are lit on the canvas."""
    return {name for name, item in bench.canvas.chain._blocks.items() if item.lit}


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_tiles_stand_under_their_blocks_at_every_zoom_scrolled_and_resized(lab, scale):
    theme.set_scale(scale)
    bench = lab(TWO)
    stands_under_its_blocks(bench)
    for zoom in (0.2, 0.5, 1.0, 1.7):
        bench.canvas.camera.zoom_to(zoom)
        stands_under_its_blocks(bench)
    bar = bench.canvas.horizontalScrollBar()
    bar.setValue((bar.minimum() + bar.maximum()) // 2 + 31)
    stands_under_its_blocks(bench)
    bench.canvas.camera.fit()
    for width in (900, 1350):
        bench.resize(width, 700)
        QApplication.processEvents()
        stands_under_its_blocks(bench)
        bench.panel.row.grab()


def test_the_row_is_painted_anew_when_the_view_moves(lab):
    bench = lab(TWO)
    before = bench.panel.row.grab().toImage()
    bench.canvas.camera.zoom_to(1.4)
    assert bench.panel.row.grab().toImage() != before


def test_a_click_opens_a_layer_into_its_blocks_and_another_closes_it(lab):
    bench = lab(TWO)
    row = bench.panel.row
    closed = [tile.blocks for tile in row.tiles()]
    assert closed == [("loss",), ("dense_3",), ("relu_1", "dense_2"), ("tanh_1", "dense_1")]
    QTest.mouseClick(row, LEFT, NO_KEY, point_of(bench, row.tiles()[2]))
    assert [tile.blocks for tile in row.tiles()] == [*closed[:2], ("relu_1",), ("dense_2",), closed[3]]
    stands_under_its_blocks(bench)
    assert all(left[0] > right[1] for left, right in pairwise([span(bench, tile) for tile in row.tiles()]))
    bench.train()  # stays open while the run goes on
    QTest.mouseClick(row, LEFT, NO_KEY, point_of(bench, row.tiles()[3]))
    assert [tile.blocks for tile in row.tiles()] == closed
    QTest.mouseClick(row, LEFT, NO_KEY, point_of(bench, row.tiles()[1]))  # there is nothing inside
    assert [tile.blocks for tile in row.tiles()] == closed


def test_an_opened_layer_multiplies_to_what_it_was_closed(lab):
    bench = lab(TWO).train(2)
    whole = bench.panel.row.tiles()[3]
    np.testing.assert_allclose(np.linalg.multi_dot([tile.table for tile in whole.members]), whole.table, rtol=1e-12)


def test_pointing_at_a_tile_lights_its_blocks_and_leaving_puts_them_out(lab):
    bench = lab(TWO)
    row = bench.panel.row
    QTest.mouseMove(row, point_of(bench, row.tiles()[2]))
    assert lit(bench) == {"relu_1", "dense_2"}
    QTest.mouseMove(row, point_of(bench, row.tiles()[0]))
    assert lit(bench) == {LOSS_END}
    QTest.mouseMove(bench.canvas.viewport(), QPoint(5, 5))
    assert lit(bench) == set()


def test_tooltips_of_tiles_give_every_digit(lab):
    bench = lab("three_layers").ask("dense_1.weight", (0, 0), sample=1)
    row = bench.panel.row
    point = point_of(bench, row.tiles()[0])
    QApplication.sendEvent(row, QHelpEvent(QHelpEvent.Type.ToolTip, point, row.mapToGlobal(point)))
    target = float(engine.dataset(bench.store.project).train.targets[1, 0])
    error = 2 * np.tanh(np.tanh(1.0)) - target
    assert f"value {numbers.full(error)}" in QToolTip.text()
    QToolTip.hideText()


def scalars_of(bench, sample: int) -> list[float]:
    """The factors of dense_1's weight in a chain of single units, block by block from the error, by hand."""
    paper, train = Paper(bench.snapshot), engine.dataset(bench.store.project).train
    x, t = train.inputs[sample], train.targets[sample]
    inner = [paper.jacobian(block.name, x)[0, 0] for block in reversed(paper.chain[1:])]
    return [float(paper.first(x, t)[0]), *map(float, inner), float(x[0])]


@pytest.mark.parametrize(
    ("example", "sample"), [("domino", 0), ("domino", 6), ("three_layers", 0), ("three_layers", 1)]
)
def test_numbers_so_far_and_result_equal_the_lecture(lab, example, sample):
    bench = lab(example).train(3).ask("dense_1.weight", (0, 0), sample=sample)
    for tile in list(bench.panel.row.tiles()):
        if tile.members:
            bench.panel._toggle(tile.blocks)
    tiles, expected = bench.panel.row.tiles(), scalars_of(bench, sample)
    assert [tile.value for tile in tiles] == pytest.approx(expected, rel=1e-9)
    assert [float(tile.so_far[0]) for tile in tiles] == pytest.approx(np.cumprod(expected), rel=1e-9)
    assert bench.answer.product == pytest.approx(np.prod(expected), rel=1e-9)
    assert f"∂E/∂w = {words.signed(float(np.prod(expected)))}" in bench.said
    written = " × ".join(f"({numbers.short(value)})" for value in expected)
    assert f"sample {sample}: {written} = {words.signed(float(np.prod(expected)))}" in bench.said


def test_matrices_of_the_tiles_are_pytorchs_jacobians(lab):
    torch = pytest.importorskip("torch")
    bench = lab("spirals").train(4).ask("dense_1.weight", (3, 1), sample=11)
    paper, train = Paper(bench.snapshot), engine.dataset(bench.store.project).train
    x = torch.tensor(train.inputs[11], dtype=torch.float64)
    own = {key: {k: torch.tensor(v) for k, v in each.items()} for key, each in paper.weights.items()}

    def layer(number: int, given):
        z = own[f"dense_{number}"]["weight"] @ given + own[f"dense_{number}"]["bias"]
        return torch.tanh(z) if number < 4 else z

    def first(weight):
        given = own["dense_1"]["weight"].clone()
        given[3, 1] = weight
        return torch.tanh(given @ x + own["dense_1"]["bias"])

    inputs = [x]
    for number in (1, 2, 3, 4):
        inputs.append(layer(number, inputs[-1]))
    jacobian = torch.autograd.functional.jacobian
    target = torch.tensor(np.atleast_1d(train.targets[11]), dtype=torch.float64)
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    expected = [jacobian(lambda z: loss(z, target), inputs[4]).reshape(1, 1)]
    expected += [jacobian(lambda a, n=number: layer(n, a), inputs[number - 1]) for number in (4, 3, 2)]
    expected.append(jacobian(first, own["dense_1"]["weight"][3, 1]).reshape(-1, 1))
    so_far = np.eye(1)
    for tile, matrix in zip(bench.panel.row.tiles(), expected, strict=True):
        np.testing.assert_allclose(tile.table, matrix, rtol=1e-9, atol=1e-14)
        assert tile.shape == tuple(matrix.shape)
        assert tile.norm == pytest.approx(float(torch.linalg.norm(matrix)))
        so_far = so_far @ matrix.numpy()
        np.testing.assert_allclose(tile.so_far, so_far[0], rtol=1e-9, atol=1e-15)


# Whose derivative


def test_ctrl_click_on_a_later_block_asks_for_its_output_and_on_an_earlier_one_nothing(lab):
    bench = lab(TWO).ask("dense_2.weight", (1, 0))
    bench.click_block("dense_1", CTRL)
    assert bench.question.of is None
    bench.click_block("relu_1", CTRL)
    assert bench.question.of == ("relu_1", 0)
    bench.settle()
    assert bench.button("of relu_1[0] ▼").isVisible()
    assert "∂relu_1[0]/∂w" in bench.head.text()
    bench.click_block(LOSS_END, CTRL)
    assert bench.question == Question("dense_2.weight", (1, 0))


def test_the_output_of_a_block_is_that_of_paper(lab):
    bench = lab(TWO).train(3).ask("dense_1.weight", (1, 0), of=("dense_2", 1))
    train = engine.dataset(bench.store.project).train
    expected = Paper(bench.snapshot).samples(train, bench.snapshot.chosen, "dense_1.weight", (1, 0), ("dense_2", 1))
    np.testing.assert_allclose(bench.panel.bars._values, np.sort(expected), rtol=1e-11, atol=1e-15)
    assert bench.answer.mean == pytest.approx(expected.mean(), rel=1e-11)


def actions(menu) -> dict:
    """All entries of a menu and of those inside it, by their text."""
    found = {}
    for action in menu.actions():
        found |= actions(action.menu()) if action.menu() else {action.text(): action}
    return found


def test_the_menu_offers_everything_after_the_number(lab):
    bench = lab(TWO).ask("dense_2.weight", (1, 0))
    menu = bench.button("of the error ▼").menu()
    menu.aboutToShow.emit()
    assert list(actions(menu)) == [
        "The error E", "dense_2[0]", "dense_2[1]", "relu_1[0]", "relu_1[1]", "The output of dense_3",
    ]  # fmt: skip
    actions(menu)["relu_1[1]"].trigger()
    assert bench.question.of == ("relu_1", 1)
    menu.aboutToShow.emit()
    actions(menu)["The error E"].trigger()
    assert bench.question.of is None


def test_c_per_a_is_c_per_b_times_b_per_a(lab):
    """The lecture's dominoes: B = 2 A and C = 3 B."""
    bench = lab("three_dominoes").ask("input", (0,), of=("c", 0))
    c_per_a = bench.answer.product
    bench.ask("input", (0,), of=("b", 0))
    b_per_a = bench.answer.product
    factors = bench.ask("input", (0,), of=("c", 0)).panel.row.tiles()
    c_per_b = factors[0].value
    assert (c_per_a, c_per_b, b_per_a) == (6.0, 3.0, 2.0)
    assert c_per_a == c_per_b * b_per_a
    assert "∂c/∂x = +6.00" in bench.said


# To take away


def test_copied_data_multiply_to_the_derivative_to_the_last_digit(lab):
    bench = lab(TWO).train(2).ask("dense_1.weight", (1, 0), sample=3)
    bench.panel.copy_data()
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()[1:]]
    product = np.eye(1)
    for factor, so_far in zip(rows[::2], rows[1::2], strict=True):
        matrix = np.array(factor[3:], float).reshape(int(factor[1]), int(factor[2]))
        product = product @ matrix
        np.testing.assert_array_equal(np.array(so_far[3:], float), product[0])
    assert product.item() == bench.answer.product


def test_copied_latex_multiplies_to_the_derivative_to_the_last_digit(lab):
    bench = lab("three_layers").train(2).ask("dense_1.weight", (0, 0), sample=1)
    entry = next(each for each in bench.panel._more.menu().actions() if each.text() == "Copy as LaTeX")
    entry.trigger()
    symbols, values, result = QGuiApplication.clipboard().text().split("&= ")[1:]
    assert symbols.count("\\frac") == 6
    product = 1.0
    for number in values.removesuffix(" \\\\\n").split(" \\cdot "):
        product *= latex_number(number.removeprefix("\\left(").removesuffix("\\right)"))
    assert product == latex_number(result.split("\n")[0]) == bench.answer.product


def latex_number(text: str) -> float:
    """A number that was written with its power of ten."""
    digits, _, power = text.partition(" \\times 10^{")
    return float(f"{digits}e{power.removesuffix('}')}" if power else digits)


def test_sentences_can_be_selected_with_the_mouse(lab):
    bench = lab("three_layers").ask("dense_1.weight", (0, 0), sample=1)
    label = next(each for each in bench.panel.findChildren(QLabel) if each.text().startswith("∂E/∂w = "))
    y = label.height() // 2
    QTest.mousePress(label, LEFT, NO_KEY, QPoint(1, y))
    QTest.mouseMove(label, QPoint(label.width() - 1, y))
    QTest.mouseRelease(label, LEFT, NO_KEY, QPoint(label.width() - 1, y))
    assert label.selectedText() == label.text()
    assert read(label.text().rpartition("= ")[2]) == pytest.approx(bench.answer.product, rel=0.005)
    label.setFocus()
    QTest.keyClick(label, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == label.text()


@pytest.mark.parametrize("width", [640, 820, 1300])
def test_the_product_keeps_to_one_line_and_its_tip_says_all(lab, width):
    bench = lab("deep", width=width)
    said = bench.panel._sentences
    product = said._product
    assert product.height() < 2 * product.fontMetrics().lineSpacing()
    assert product.fontMetrics().horizontalAdvance(product.text()) <= product.width() + 1
    assert product.text().startswith("sample ")
    assert product.toolTip() or product.text() == said._written[0]
    assert said._adjust.height() >= 2 * said._adjust.fontMetrics().lineSpacing()
