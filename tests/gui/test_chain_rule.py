"""What is asked by a click, and what each sample contributes: every number against backpropagation by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

import engine
from engine.project import change
from gui import numbers
from gui.chain_rule.question import Question
from gui.project_store import DATA_END, LOSS_END
from tests.gui.lab import LEFT, NO_KEY, dense, of
from tests.gui.paper import Paper

NET = [dense("dense_1", 4), of("tanh", "tanh_1"), dense("dense_2", 1)]
IMAGES = [
    of("conv2d", "conv2d_1", filters=4),
    of("relu", "relu_1"),
    of("conv2d", "conv2d_2", filters=3),
    of("flatten", "flatten_1"),
    dense("dense_1", 10),
]
CELLS = {  # of IMAGES: single channels lie in a square of tiles, others in a row for each filter; tiles are 3×3
    ("conv2d_1", 0, 0): ("weight", (0, 0, 0, 0)),
    ("conv2d_1", 2, 5): ("weight", (1, 0, 2, 1)),
    ("conv2d_1", 5, 4): ("weight", (3, 0, 1, 0)),
    ("conv2d_2", 1, 14): ("weight", (0, 3, 1, 2)),
    ("conv2d_2", 10, 6): ("weight", (2, 1, 2, 2)),
    ("conv2d_2", 6, 16): ("bias", (1,)),
}


def mean_in(head: str) -> str:
    """The derivative in the headline."""
    return head.partition(" = ")[2].partition(" over")[0].partition(" at")[0]


def picked(bench, block: str, name: str, index: tuple[int, ...]) -> float:
    """The number that the heatmap shows."""
    return float(bench.snapshot.tensors(block)[name][index])


@pytest.mark.parametrize(
    ("block", "row", "column", "name", "index"),
    [("dense_1", 2, 1, "weight", (2, 1)), ("dense_1", 3, 0, "weight", (3, 0)), ("dense_1", 1, 3, "bias", (1,)),
     ("dense_2", 0, 2, "weight", (0, 2)), ("dense_2", 0, 5, "bias", (0,))],
)  # fmt: skip
def test_a_click_on_a_cell_asks_about_that_number(lab, block, row, column, name, index):
    bench = lab(NET, training={"batch_size": 16, "seed": 5, "dtype": "float32"}).train(7)
    bench.store.select(block)
    bench.click_cell(row, column)
    assert bench.question == Question(f"{block}.{name}", index)
    bench.settle()
    gradient = picked(bench, block, name, index)
    assert bench.answer.mean == pytest.approx(gradient, rel=2e-6, abs=1e-8)
    assert bench.head.text().startswith(f"{block}.{name}[{', '.join(map(str, index))}]")
    assert mean_in(bench.head.text()).lstrip("+") == numbers.short(bench.answer.mean)
    assert f" over {len(bench.snapshot.chosen)} samples" in bench.head.text()


def test_a_click_between_or_beside_cells_asks_nothing(lab):
    bench = lab(NET).train()
    bench.store.select("dense_1")
    before = bench.question
    bench.click_cell(1, 2)  # the gap before the bias
    assert bench.question == before


@pytest.mark.parametrize(("place", "number"), CELLS.items())
def test_a_click_on_a_kernels_cell_asks_about_that_number(lab, place, number):
    (block, row, column), (name, index) = place, number
    bench = lab(IMAGES, data={"kind": "digits"}, loss={"kind": "softmax_cross_entropy"}).train(2)
    bench.store.select(block)
    bench.click_cell(row, column)
    assert bench.question == Question(f"{block}.{name}", index)
    bench.settle()
    assert bench.answer.mean == pytest.approx(picked(bench, block, name, index), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("row", "column", "expected"), [(2, 1, "dense_1.weight[2, 1]"), (0, 3, "dense_1.bias[0]")])
def test_hatched_cells_are_asked_about_before_the_first_step(lab, row, column, expected):
    bench = lab(NET)
    assert bench.layer.data() == {}
    bench.click_cell(row, column)
    assert bench.question.name == expected
    bench.settle()
    paper, train = Paper(bench.snapshot), engine.dataset(bench.store.project).train
    by_hand = paper.samples(train, bench.snapshot.chosen, bench.question.parameter, bench.question.index).mean()
    assert bench.answer.mean == pytest.approx(by_hand, rel=1e-12)
    bench.train()  # and that is the gradient that the first step then takes
    assert picked(bench, "dense_1", expected[8:].split("[")[0], bench.question.index) == pytest.approx(by_hand)


def test_a_click_on_a_block_asks_about_its_strongest_weight_and_on_the_data_about_the_input(lab):
    bench = lab(NET).train(3)
    gradient = bench.snapshot.tensors("dense_2")["weight"]
    bench.click_block("dense_2")
    assert bench.question == Question("dense_2.weight", np.unravel_index(np.abs(gradient).argmax(), gradient.shape))
    for without_weights in ("tanh_1", LOSS_END):
        before = bench.question
        bench.click_block(without_weights)
        assert bench.question == before
    bench.click_block(DATA_END)
    assert bench.question == Question("input", (0,))
    bench.settle()
    train = engine.dataset(bench.store.project).train
    by_hand = Paper(bench.snapshot).samples(train, bench.snapshot.chosen, "input", (0,)).mean()
    assert bench.answer.mean == pytest.approx(by_hand, rel=1e-12)
    assert bench.panel.number.edit.text() == numbers.short(train.inputs[bench.answer.sample][0])


def test_a_click_on_the_block_that_is_asked_about_leaves_the_number(lab):
    bench = lab(NET).train().ask("dense_1.weight", (3, 1))
    bench.click_block("dense_1")
    assert bench.question == Question("dense_1.weight", (3, 1))


def test_the_layer_panel_frames_the_number_that_is_asked_about(lab):
    bench = lab(NET).train().ask("dense_1.weight", (2, 1))
    bench.store.select("dense_1")
    x, y = bench.layer.view.picture.mark.getData()
    assert (x.min(), x.max(), y.min(), y.max()) == (1, 2, 2, 3)
    bench.ask("dense_1.bias", (3,))
    x, y = bench.layer.view.picture.mark.getData()
    assert (x.min(), x.max(), y.min(), y.max()) == (3, 4, 3, 4)
    bench.ask("dense_2.weight", (0, 0))
    assert not bench.layer.view.picture.mark.isVisible()


def bar_point(bench, place: int) -> QPoint:
    """The middle of a bar."""
    return bench.panel.bars._bar(place).center().toPoint()


def tip(bench, place: int) -> str:
    """The tooltip of a bar, by a real event."""
    bars, point = bench.panel.bars, bar_point(bench, place)
    QApplication.sendEvent(bars, QHelpEvent(QHelpEvent.Type.ToolTip, point, bars.mapToGlobal(point)))
    return QToolTip.text()


def by_hand(bench, *question):
    """Every sample's own derivative, in the order of the batch."""
    train = engine.dataset(bench.store.project).train
    return Paper(bench.snapshot).samples(train, bench.snapshot.chosen, *question)


def test_bars_are_each_samples_own_derivative_sorted_and_their_mean_is_the_mean_shown(lab):
    bench = lab(NET).train(5).ask("dense_1.weight", (1, 0))
    expected = by_hand(bench, "dense_1.weight", (1, 0))
    np.testing.assert_allclose(bench.panel.bars._values, np.sort(expected), rtol=1e-11, atol=1e-15)
    assert bench.answer.mean == pytest.approx(expected.mean(), rel=1e-12)
    assert mean_in(bench.head.text()).lstrip("+") == numbers.short(expected.mean())
    order = bench.snapshot.chosen[np.argsort(expected)]
    for place in (0, 7, 15):
        said = tip(bench, place).splitlines()[0]
        assert said == f"sample {order[place]}: {numbers.full(np.sort(expected)[place])}"
    QToolTip.hideText()


def test_without_a_choice_the_sample_that_answers_most_strongly_is_shown(lab):
    bench = lab(NET).train(5).ask("dense_1.weight", (1, 0))
    strongest = bench.snapshot.chosen[np.abs(by_hand(bench, "dense_1.weight", (1, 0))).argmax()]
    assert bench.answer.sample == strongest


def test_a_click_on_a_bar_chooses_that_training_sample_and_the_row_shows_its_product(lab):
    bench = lab(NET).train(5).ask("dense_1.weight", (1, 0))
    expected = by_hand(bench, "dense_1.weight", (1, 0))
    order = bench.snapshot.chosen[np.argsort(expected)]
    for place in (3, 12):
        QTest.mouseClick(bench.panel.bars, LEFT, NO_KEY, bar_point(bench, place))
        assert bench.question.sample == order[place]
        bench.settle()
        product = np.sort(expected)[place]
        assert bench.answer.product == pytest.approx(product, rel=1e-11)
        assert bench.panel.row.tiles()[-1].so_far == pytest.approx(product, rel=1e-11)
        assert f"sample {order[place]}: " in bench.said
        assert f"∂E/∂w = {numbers.short(product)}" in bench.said.replace("= +", "= ")


def test_arrow_keys_go_from_bar_to_bar_and_stop_at_the_ends(lab):
    bench = lab(NET).train(5).ask("dense_1.weight", (1, 0))
    order = bench.panel.bars._numbers
    QTest.mouseClick(bench.panel.bars, LEFT, NO_KEY, bar_point(bench, 13))
    for place in (14, 15, 15):  # before the first of them is answered
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
        assert bench.question.sample == order[place]
    bench.settle()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Left)
    assert bench.question.sample == order[14]


def test_while_another_sample_is_computed_nothing_blinks(lab):
    bench = lab(NET).train(5).ask("dense_1.weight", (1, 0))
    QTest.mouseClick(bench.panel.bars, LEFT, NO_KEY, bar_point(bench, 2))
    assert bench.laboratory.answer is None
    assert bench.panel.bars.isVisible()
    assert bench.panel.number.isVisible()
    assert bench.panel.row.tiles()


def test_a_sample_outside_the_batch_stays_chosen_while_batches_pass(lab):
    bench = lab(NET).train().ask("dense_1.weight", (1, 0))
    sample = int(bench.snapshot.chosen[0])
    bench.ask("dense_1.weight", (1, 0), sample=sample).train()
    assert sample not in bench.snapshot.chosen
    assert bench.answer.sample == sample
    train = engine.dataset(bench.store.project).train
    own = Paper(bench.snapshot).derivative(train.inputs[sample], train.targets[sample], "dense_1.weight", (1, 0))
    assert bench.answer.product == pytest.approx(own, rel=1e-11)
    bench.panel.bars.grab()


def test_a_single_sample_has_no_bars(lab):
    bench = lab("three_dominoes").ask("b.weight", (0, 0))
    assert not bench.panel.bars.isVisible()
    assert bench.head.text().startswith("b.weight[0, 0]:  ∂E/∂w = ")
    assert mean_in(bench.head.text()) == "+3.00"  # (6 − 5) × 3 × 1


def test_bars_of_more_samples_than_pixels_can_all_be_chosen(lab):
    bench = lab(NET, data={"kind": "moons", "samples": 900}, training={"batch_size": 500, "seed": 5})
    bars = bench.panel.bars
    bars.grab()
    assert bars.place_at(0.0) == 0
    assert bars.place_at(bars.width() - 0.001) == len(bars._values) - 1
    assert bars.place_at(-1) is None
    assert bars.place_at(bars.width()) is None


def test_while_there_is_no_answer_the_panel_says_so_and_no_mode_can_be_entered(lab):
    bench = lab(NET)
    entrances = [bench.button(text) for text in ("Nudge", "Paths")]
    assert all(each.isEnabled() for each in entrances)
    bench.laboratory.ask(Question("dense_2.weight", (0, 1)))
    assert "Computing the factors…" in bench.said
    assert not any(each.isEnabled() for each in entrances)
    bench.settle()
    assert "Computing" not in bench.said
    assert all(each.isEnabled() for each in entrances)
    bench.click("Nudge")
    bench.store.edit(change(bench.store.project, chain=()), "empty")
    assert [each.isEnabled() for each in entrances] == [True, False]  # what is on can be left
    bench.click("Nudge")
    assert not any(each.isEnabled() for each in entrances)


def test_at_a_kink_the_nudge_is_not_called_wrong(lab):
    chain = [{"kind": "dense", "name": "dense_1", "units": 1, "weight_init": {"kind": "zeros"}}, {"kind": "relu"}]
    bench = lab([*chain, {"kind": "dense", "name": "dense_2", "units": 1}])
    bench.ask("dense_1.weight", (0, 0))
    assert bench.answer.kink
    assert "does not equal the nudge" not in bench.panel._checks.text()
    assert "The nudge is at a kink: " in bench.panel._checks.text()
