"""A weight written by hand: the run takes it at once, the others keep theirs, and undo brings back what was trained."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import engine
from engine.project import layer_kind, remove, replace_block
from gui import numbers
from gui.chain_rule.question import Question
from tests.gui.lab import dense, of, written

NET = [dense("dense_1", 3), of("tanh", "tanh_1"), dense("dense_2", 1)]
SINGLE = {"training": {"batch_size": 16, "seed": 5, "dtype": "float32"}}


def type_in(bench, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    """Goes into the field, types and presses a key."""
    edit = bench.panel.number.edit
    bench.activateWindow()
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, key)


def weights(bench) -> dict[str, np.ndarray]:
    """All numbers of the run as they are now."""
    bench.controller._tick()
    return {
        f"{block.name}.{name}": array.copy()
        for block in bench.store.project.chain
        for name, array in bench.snapshot.tensors(block.name, "weight").items()
    }


def same(one, other, but: str = "") -> bool:
    return all(np.array_equal(array, other[name]) for name, array in one.items() if not but or not name.startswith(but))


def test_enter_writes_and_the_run_takes_the_number_at_once(lab):
    bench = lab(NET, **SINGLE).train(12).ask("dense_1.weight", (1, 0))
    trained = weights(bench)
    type_in(bench, "0.25")
    after = weights(bench)
    assert after["dense_1.weight"][1, 0] == np.float32(0.25)
    expected = trained["dense_1.weight"].copy()
    expected[1, 0] = 0.25
    np.testing.assert_array_equal(after["dense_1.weight"], expected)
    assert same(trained, after, but="dense_1.weight")
    assert bench.snapshot.steps == 12
    bench.settle()
    assert bench.answer.value == 0.25
    assert bench.panel.number.edit.text() == numbers.short(0.25)
    assert not bench.panel.number.edit.hasFocus()
    x = engine.dataset(bench.store.project).train.inputs[bench.answer.sample]
    assert bench.answer.tiles[-1].shape == (3, 1)
    slope = 1 - np.tanh(after["dense_1.weight"][1].astype(float) @ x + float(after["dense_1.bias"][1])) ** 2
    np.testing.assert_allclose(bench.answer.tiles[-1].table[:, 0], [0, slope * x[0], 0], rtol=1e-6)


def test_undo_gives_the_trained_weights_back_and_redo_the_written_ones(lab):
    bench = lab(NET, **SINGLE).train(12).ask("dense_1.bias", (2,))
    trained = weights(bench)
    type_in(bench, "-1.5")
    typed = weights(bench)
    assert typed["dense_1.bias"][2] == -1.5
    bench.store.undo_stack.undo()
    assert same(trained, weights(bench))
    bench.store.undo_stack.redo()
    assert same(typed, weights(bench))
    assert bench.settle().answer.value == -1.5


def test_training_goes_on_from_the_written_number(lab):
    bench = lab("three_layers").train(2).ask("dense_2.weight", (0, 0))
    type_in(bench, "0.75")
    before, gradient = weights(bench)["dense_2.weight"], bench.settle().answer.mean
    bench.train()
    assert weights(bench)["dense_2.weight"] == pytest.approx(before - 0.1 * gradient, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bias", [False, True])
def test_the_same_number_typed_again_after_training_is_taken_again(lab, dtype, bias):
    chain = [dense("dense_1", 1), dense("dense_2", 1, bias=bias), of("tanh", "tanh_1"), dense("dense_3", 1)]
    bench = lab(chain, training={"batch_size": 16, "seed": 5, "dtype": dtype})
    bench.train(4).ask("dense_2.weight", (0, 0))
    type_in(bench, "0.3")
    bench.settle().train(3)
    trained = weights(bench)
    assert trained["dense_2.weight"] != np.dtype(dtype).type(0.3)
    type_in(bench, "0.3")
    assert weights(bench)["dense_2.weight"] == np.dtype(dtype).type(0.3)
    assert same(trained, weights(bench), but="dense_2.weight")
    assert bench.store.project.block("dense_2").weight_init.values[0][0] == 0.3
    bench.store.undo_stack.undo()
    assert same(trained, weights(bench))


def test_the_number_before_the_update_is_shown_and_can_be_typed_again(lab):
    """What is shown is where the gradient was taken; the step has moved it since."""
    bench = lab("three_layers").train(1).ask("dense_1.weight", (0, 0))
    assert bench.answer.value == 0.5
    assert weights(bench)["dense_1.weight"] != 0.5
    type_in(bench, "0.5")
    assert weights(bench)["dense_1.weight"] == 0.5


def test_what_has_not_been_changed_is_not_written(lab):
    bench = lab(NET).train(3).ask("dense_1.weight", (1, 0))
    project = bench.store.project
    edit = bench.panel.number.edit
    bench.activateWindow()
    edit.setFocus()
    assert float(edit.text().replace("−", "-")) == bench.answer.value  # all digits while it is edited
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert bench.store.project == project
    assert edit.text() == numbers.short(bench.answer.value)


def test_escape_gives_up(lab):
    bench = lab(NET).train(3).ask("dense_1.weight", (1, 0))
    project, before = bench.store.project, weights(bench)
    type_in(bench, "7", Qt.Key.Key_Escape)
    edit = bench.panel.number.edit
    assert (edit.text(), edit.hasFocus()) == (numbers.short(bench.answer.value), False)
    assert bench.store.project == project
    assert same(before, weights(bench))


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "1,2,3", "nan", "inf", "-inf", "2e30", "0x10", "1 2"])
def test_nonsense_is_refused_in_one_sentence_and_nothing_changes(lab, text):
    bench = lab(NET).train(2).ask("dense_1.weight", (1, 0))
    project, before = bench.store.project, weights(bench)
    bench.panel.enter(bench.paths)  # whatever stands in place of the sentences
    edit = bench.panel.number.edit
    bench.activateWindow()
    edit.setFocus()
    edit.selectAll()
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    (sentence,) = bench.refusals
    assert sentence == f"{text!r} is no number: write one from −1e30 to 1e30, with a point, as 0.5"
    assert sentence in bench.said
    assert edit.text() == text  # stays, to be mended
    assert edit.styleSheet()
    assert bench.store.project == project
    assert same(before, weights(bench))
    edit.selectAll()
    QApplication.clipboard().setText("−0,5")  # with the minus of print
    edit.paste()
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert weights(bench)["dense_1.weight"][1, 0] == -0.5
    assert not edit.styleSheet()


def test_leaving_a_refused_number_shows_the_right_one_again(lab):
    bench = lab(NET).train(2).ask("dense_1.weight", (1, 0))
    type_in(bench, "abc")
    bench.canvas.setFocus()
    assert bench.panel.number.edit.text() == numbers.short(bench.answer.value)
    assert not bench.panel.number.edit.styleSheet()


def test_answers_leave_what_is_being_typed_alone(lab):
    bench = lab(NET).train(2).ask("dense_1.weight", (1, 0))
    edit = bench.panel.number.edit
    bench.activateWindow()
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "0.12")
    bench.train(3)
    assert edit.text() == "0.12"
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert weights(bench)["dense_1.weight"][1, 0] == 0.12


@pytest.mark.parametrize(
    ("parameter", "index", "reason"),
    [("batch_norm_1.weight", (1,), "The numbers of Batch norm cannot be written down."),
     ("input", (0,), "Inputs come from the data."),
     ("dense_2.weight", (0, 0), "Blocks with more than 10,000 numbers cannot be written down.")],
)  # fmt: skip
def test_numbers_that_cannot_be_written_are_read_only_with_a_reason(lab, parameter, index, reason):
    chain = [dense("dense_1", 100), of("batch_norm", "batch_norm_1"), dense("dense_2", 100), dense("dense_3", 1)]
    bench = lab(chain).ask(parameter, index)
    edit = bench.panel.number.edit
    assert edit.isReadOnly()
    assert edit.toolTip() == reason
    project = bench.store.project
    type_in(bench, "0.5")
    bench.laboratory.write(0.5)
    assert bench.store.project == project
    assert bench.refusals == []
    bench.ask("dense_1.weight", (0, 0))
    assert not edit.isReadOnly()


# What becomes of the question


def test_the_question_outlives_edits_that_leave_its_number(lab):
    bench = lab(NET).ask("dense_2.weight", (0, 2))
    bench.store.edit(replace_block(bench.store.project, "tanh_1", layer_kind("relu")(name="relu_1")), "another")
    assert bench.question == Question("dense_2.weight", (0, 2))
    assert bench.settle().answer.inquiry.snapshot.project == bench.store.project


def test_narrowed_or_removed_blocks_fall_back_to_the_first_weight(lab):
    bench = lab(NET).ask("dense_1.weight", (2, 1))
    narrow = replace_block(bench.store.project, "dense_1", layer_kind("dense")(name="dense_1", units=2))
    bench.store.edit(narrow, "narrow")
    assert bench.question == Question("dense_1.weight", (0, 0))
    bench.ask("dense_2.weight", (0, 1))
    bench.store.edit(remove(bench.store.project, ["dense_2"]), "remove")
    bench.store.edit(replace_block(bench.store.project, "dense_1", layer_kind("dense")(name="dense_1", units=1)), "one")
    assert bench.settle().question == Question("dense_1.weight", (0, 0))


def test_an_output_that_is_gone_falls_back_to_the_error(lab):
    bench = lab(NET).ask("dense_1.weight", (0, 1), of=("tanh_1", 2))
    narrow = replace_block(bench.store.project, "dense_1", layer_kind("dense")(name="dense_1", units=2))
    bench.store.edit(narrow, "narrow")
    assert bench.question == Question("dense_1.weight", (0, 1))
    bench.settle()
    assert bench.refusals == []


def test_a_refused_question_is_said(lab):
    bench = lab(NET)
    bench.laboratory.ask(Question("dense_9.weight", (0, 0)))
    bench.qtbot.waitUntil(lambda: bool(bench.refusals), timeout=5000)
    assert "dense_9.weight" in bench.refusals[0]
    assert bench.refusals[0] in bench.said
    QApplication.processEvents()
    assert bench.laboratory.answer is None


def test_numbers_as_on_paper_are_shown_as_they_were_written(lab):
    chain = [dense("dense_1", 1, weight_init=written([0.1, 0.7]), bias=False), dense("dense_2", 1, bias=False)]
    bench = lab(chain, **SINGLE).ask("dense_1.weight", (0, 0))
    assert bench.panel.number.edit.text() == "0.100"
