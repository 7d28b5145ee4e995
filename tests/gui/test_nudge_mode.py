"""The nudge: real and predicted changes on the links against forward passes by hand, and what the mode leaves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionSlider

import engine
from engine.project import insert, layer_kind, remove
from gui import numbers, theme
from gui.canvas.tag_item import PAD
from gui.chain_rule import words
from gui.chain_rule.question import Question
from gui.project_store import LOSS_END
from tests.gui.lab import LEFT, NO_KEY, dense, of, read, written
from tests.gui.paper import Paper

NET = [dense("dense_1", 3), of("tanh", "tanh_1"), dense("dense_2", 2), of("tanh", "tanh_2"), dense("dense_3", 1)]
KINK = {
    "data": {"kind": "table", "inputs": [[1.0]], "targets": [2.0], "task": "regression"},
    "loss": {"kind": "mean_squared_error", "half": True},
    "training": {"batch_size": 1, "dtype": "float64"},
}
NEAR = [
    dense("dense_1", 1, bias=False, weight_init=written([0.05])),
    of("relu", "relu_1"),
    dense("dense_2", 1, bias=False, weight_init=written([2.0])),
]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """All dominoes fall at once, but where a test watches them."""
    monkeypatch.setattr(theme, "motion", lambda: 0)


def entered(bench):
    """The nudge, by a real click on its button."""
    bench.click("Nudge")
    assert bench.nudge.isVisible()
    return bench


def tags(bench) -> dict[str, dict[str, str]]:
    """What hangs on the links, line by line."""
    return {name: dict(item.tag.lines) for name, item in bench.canvas.chain.tags.items()}


def set_epsilon(bench, power: float, down: bool = False) -> float:
    """Moves the slider to a power of ten."""
    bench.nudge.slider.setValue(round((power + 6) * 20))
    if bench.nudge._sign.isChecked() != down:
        QTest.mouseClick(bench.nudge._sign, LEFT, NO_KEY, bench.nudge._sign.rect().center())
    return bench.nudge.epsilon


def changes(bench, block: str, name: str, index: tuple[int, ...], epsilon: float) -> tuple[list, float]:
    """Every block's real change and the error's, by two forward passes."""
    train, sample = engine.dataset(bench.store.project).train, bench.answer.sample
    x, t, paper = train.inputs[sample], train.targets[sample], Paper(bench.snapshot)
    before, error = paper.outputs(x), paper.error(x, t)
    paper.weights[block][name][index] += epsilon
    after = [new - old for new, old in zip(paper.outputs(x), before, strict=True)]
    return after[1:], paper.error(x, t) - error


def predictions(bench, index: tuple[int, int], epsilon: float) -> tuple[list, float]:
    """Every block's change by the chain rule, from dense_1's weight forwards."""
    train, sample = engine.dataset(bench.store.project).train, bench.answer.sample
    x, t, paper = train.inputs[sample], train.targets[sample], Paper(bench.snapshot)
    moved = np.zeros(len(paper.outputs(x)[1]))
    moved[index[0]] = epsilon * x[index[1]]
    found = [moved]
    for block in paper.chain[1:]:
        found.append(paper.jacobian(block.name, x) @ found[-1])
    return found, float(paper.first(x, t) @ found[-1])


def written_size(change) -> str:
    flat = np.atleast_1d(change)
    return words.signed(float(flat[0])) if flat.size == 1 else numbers.short(float(np.linalg.norm(flat)))


@pytest.mark.parametrize(("power", "down"), [(-2, False), (-0.5, True), (1, False)])
def test_tags_say_the_real_the_predicted_change_and_their_ratio(lab, power, down):
    bench = entered(lab(NET).train(3).ask("dense_1.weight", (1, 0), sample=4))
    epsilon = set_epsilon(bench, power, down)
    assert epsilon == pytest.approx((-1) ** down * 10**power)
    real, of_error = changes(bench, "dense_1", "weight", (1, 0), epsilon)
    predicted, by_rule = predictions(bench, (1, 0), epsilon)
    names = [block.name for block in bench.store.project.chain]
    shown = tags(bench)
    assert list(shown) == [*names, LOSS_END]
    for name, one, other in zip([*names, LOSS_END], [*real, of_error], [*predicted, by_rule], strict=True):
        ratio = float(np.sum(one * other) / np.sum(np.square(other)))
        expected = {"real": written_size(one), "predicted": written_size(other), "ratio": numbers.short(ratio)}
        assert shown[name] == expected, name
    said = f"really changes this sample’s error by {words.signed(of_error)}; the chain rule predicts"
    assert f"Moving this weight by {words.signed(epsilon)} {said} {words.signed(by_rule)}." in bench.said


def test_the_ratio_tends_to_one_and_a_large_nudge_is_too_far(lab):
    bench = entered(lab(NET).train(3).ask("dense_1.weight", (1, 0), sample=4))
    off = []
    for power in (1, 0, -1, -2, -3):
        epsilon = set_epsilon(bench, power)
        real, by_rule = changes(bench, "dense_1", "weight", (1, 0), epsilon)[1], predictions(bench, (1, 0), epsilon)[1]
        off.append(abs(real / by_rule - 1))
        good = off[-1] <= 0.05
        assert ("The straight line is a good guess here: ratio " in bench.said) == good
        assert ("Too far for a straight line: ratio " in bench.said) == (not good)
    assert off[0] > 0.05
    assert off == sorted(off, reverse=True)
    assert tags(bench)[LOSS_END]["ratio"] == "1.00"


def test_keys_and_mouse_move_the_slider_and_the_tags_follow(lab):
    bench = entered(lab(NET).ask("dense_1.weight", (1, 0), sample=4))
    slider, before = bench.nudge.slider, tags(bench)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert bench.nudge.epsilon == pytest.approx(10 ** (-2 + 1 / 20))
    assert f"ε = {numbers.short(bench.nudge.epsilon)}" in bench.said
    by_key = tags(bench)
    assert by_key != before
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = (
        slider.style()
        .subControlRect(QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider)
        .center()
    )
    QTest.mousePress(slider, LEFT, NO_KEY, handle)
    QTest.mouseMove(slider, handle + QPoint(slider.width() // 8, 0))
    QTest.mouseRelease(slider, LEFT, NO_KEY, handle + QPoint(slider.width() // 8, 0))
    assert bench.nudge.epsilon > 0.02
    assert tags(bench) != by_key
    real = changes(bench, "dense_1", "weight", (1, 0), bench.nudge.epsilon)[1]
    assert read(tags(bench)[LOSS_END]["real"]) == pytest.approx(real, rel=0.005)


def test_a_crossed_kink_is_named_where_it_is_crossed(lab):
    """w = 0.05 on x = 1: a nudge of −0.1 leads over the corner of relu to −0.05."""
    bench = entered(lab(NEAR, **KINK).ask("dense_1.weight", (0, 0)))
    assert "kink" not in bench.said
    assert set_epsilon(bench, -1, down=True) == pytest.approx(-0.1)
    assert bench.canvas.chain.tags["relu_1"].tag.warning == "unit 0 switches"
    assert "On the way a kink is crossed (relu_1: unit 0 switches)." in bench.said
    # really E goes from (0.1 − 2)²/2 to (0 − 2)²/2; by the straight line it changes by (0.1 − 2) × 2 × −0.1
    assert tags(bench)[LOSS_END] == {"real": "+0.195", "predicted": "+0.380", "ratio": "0.513"}
    bench.zoom_so_that_words_are_read()
    bench.canvas.viewport().grab()
    set_epsilon(bench, -1)
    assert "kink" not in bench.said


def test_tags_are_painted_below_the_links(lab):
    bench = lab(NET).ask("dense_1.weight", (1, 0), sample=4)
    before = bench.canvas.viewport().grab().toImage()
    entered(bench)
    assert bench.canvas.viewport().grab().toImage() != before


def test_tags_say_of_how_many_changes_they_give_the_length_and_do_not_touch(lab):
    bench = entered(lab(NET).ask("dense_1.weight", (1, 0), sample=4))
    hung = bench.canvas.chain.tags
    for item in hung.values():
        count = item.tag.note.removeprefix("length of ").removesuffix(" changes")
        for name, value in item.tag.lines:  # the length of several has no sign, and all of it fits into its line
            assert not count or name == "ratio" or read(value) >= 0
            wide = QFontMetricsF(theme.unscaled_font(11)).horizontalAdvance(name)
            wide += QFontMetricsF(theme.unscaled_font(11.5, semibold=True)).horizontalAdvance(value)
            assert wide + 4 <= item.frame.width() - 2 * PAD
        assert item.tag.note in item.toolTip()
        assert QFontMetricsF(theme.unscaled_font(11)).horizontalAdvance(item.tag.note) <= item.frame.width() - 2 * PAD
    assert hung["dense_1"].tag.note == "length of 3 changes"
    assert hung[LOSS_END].tag.note == ""
    frames = [item.mapRectToScene(item.frame) for item in hung.values()]
    assert all(left.right() + 4 <= right.left() for left, right in pairwise(frames))


def test_leaving_takes_the_tags_away(lab):
    bench = entered(lab(NET))
    for leave in ("Nudge", "Paths"):
        assert bench.canvas.chain.tags
        bench.click(leave)
        assert bench.canvas.chain.tags == {}
        bench.click("Nudge")
    bench.panel.hide()
    assert bench.canvas.chain.tags == {}
    bench.panel.show()
    assert bench.canvas.chain.tags


def test_another_question_is_nudged_in_its_place(lab):
    bench = entered(lab(NET).train(2).ask("dense_1.weight", (1, 0), sample=4))
    bench.laboratory.ask(Question("dense_2.bias", (1,), sample=4))
    assert bench.canvas.chain.tags == {}  # until it is answered
    assert "Moving" not in bench.said
    bench.settle()
    assert list(tags(bench)) == ["dense_2", "tanh_2", "dense_3", LOSS_END]
    assert "Moving this bias by +0.0100 really changes" in bench.said
    real, of_error = changes(bench, "dense_2", "bias", (1,), 0.01)
    assert read(tags(bench)[LOSS_END]["real"]) == pytest.approx(of_error, rel=0.005)
    assert tags(bench)["dense_2"]["real"] == "0.0100"
    assert real[2] == pytest.approx([0, 0.01])


def test_an_input_is_nudged_from_the_first_block_on(lab):
    bench = entered(lab(NET).ask("input", (1,), sample=4))
    assert list(tags(bench)) == [*(block.name for block in bench.store.project.chain), LOSS_END]
    weight = bench.snapshot.tensors("dense_1", "origin")["weight"]
    assert tags(bench)["dense_1"]["real"] == written_size(0.01 * weight[:, 1])
    assert "Moving this input by +0.0100 really changes" in bench.said


def test_of_a_blocks_output_it_runs_to_that_block(lab):
    bench = entered(lab(NET).ask("dense_1.weight", (1, 0), of=("tanh_1", 1)))
    assert list(bench.canvas.chain.tags) == ["dense_1", "tanh_1"]
    assert "really changes tanh_1[1] by" in bench.said


def test_edits_of_the_chain_while_it_is_on(lab):
    bench = entered(lab(NET).train(2).ask("dense_1.weight", (1, 0), sample=4))
    bench.store.edit(insert(bench.store.project, 2, [layer_kind("relu")()]), "insert")
    bench.settle()
    assert list(tags(bench)) == ["dense_1", "tanh_1", "relu_1", "dense_2", "tanh_2", "dense_3", LOSS_END]
    bench.store.edit(remove(bench.store.project, ["tanh_2"]), "remove")
    assert "tanh_2" not in tags(bench)
    bench.nudge.slider.setValue(30)  # with the answer for a chain that is no more
    bench.settle()
    _, of_error = changes(bench, "dense_1", "weight", (1, 0), bench.nudge.epsilon)
    assert tags(bench)[LOSS_END]["real"] == words.signed(of_error)
    bench.store.edit(remove(bench.store.project, ["dense_3"]), "broken")
    bench.nudge.slider.setValue(40)
    bench.store.undo_stack.undo()
    assert LOSS_END in tags(bench.settle())


def test_tags_follow_the_run(lab):
    bench = entered(lab(NET).train(2).ask("dense_1.weight", (1, 0), sample=4))
    bench.train(30)
    _, of_error = changes(bench, "dense_1", "weight", (1, 0), 0.01)
    assert tags(bench)[LOSS_END]["real"] == words.signed(of_error)


def test_the_dominoes_fall_one_after_the_other_and_light_up(lab, monkeypatch, qtbot):
    monkeypatch.setattr(theme, "motion", lambda: 150)
    bench = lab(NET)
    bench.nudge._falling.setInterval(1)
    seen: list[tuple[int, set[str]]] = []
    original = bench.stage.light

    def light(blocks) -> None:
        original(blocks)
        lit = {name for name, item in bench.canvas.chain._blocks.items() if item.lit}
        seen.append((len(bench.canvas.chain.tags), lit))

    monkeypatch.setattr(bench.stage, "light", light)
    entered(bench)
    qtbot.waitUntil(lambda: not bench.nudge._falling.isActive())
    order = ["dense_1", "tanh_1", "dense_2", "tanh_2", "dense_3", LOSS_END]
    fallen = [(count, lit) for count, lit in seen if lit]
    assert fallen == [(place + 1, {name}) for place, name in enumerate(order)]
    assert seen[-1] == (6, set())
    monkeypatch.setattr(theme, "motion", lambda: 0)


def test_the_row_of_factors_comes_back(lab):
    bench = lab(NET)
    entered(bench)
    assert not bench.panel.row.isVisible()
    bench.click("Nudge")
    QApplication.processEvents()
    assert bench.panel.row.isVisible()
