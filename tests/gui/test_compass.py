"""Which way to adjust: what the derivative says at one sample and over the batch, and what training did."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.project import change, replace_block
from gui import numbers
from gui.chain_rule import words
from tests.gui.lab import dense, of, written
from tests.gui.paper import Paper

NET = [dense("dense_1", 3), of("tanh", "tanh_1"), dense("dense_2", 1)]
PAIR = {
    "data": {"kind": "table", "inputs": [[1.0], [2.0]], "targets": [0.0, 3.0], "task": "regression"},
    "loss": {"kind": "mean_squared_error", "half": True},
    "optimizer": {"kind": "sgd", "learning_rate": 0.1},
    "training": {"batch_size": 2, "seed": 0, "dtype": "float64"},
}
ONE = [dense("dense_1", 1, bias=False, weight_init=written([1.0]))]


def test_one_sample_and_the_batch_may_point_in_opposite_directions(lab):
    """y = w x at w = 1: the first sample has (1 − 0) 1 = 1, the second (2 − 3) 2 = −2, their mean is −0.5."""
    bench = lab(ONE, **PAIR).ask("dense_1.weight", (0, 0), sample=0)
    own = "Raising this weight by 0.01 changes this sample’s error by about +0.0100: to lower it, lower the weight."
    assert own in bench.said
    assert "The whole batch says: raise it (−0.00500 per 0.01)." in bench.said
    bench.ask("dense_1.weight", (0, 0), sample=1)
    assert "this sample’s error by about −0.0200: to lower it, raise the weight." in bench.said
    assert "The whole batch says: raise it (−0.00500 per 0.01)." in bench.said


def test_before_the_first_step_it_says_to_press_step_and_then_what_moved(lab):
    bench = lab(ONE, **PAIR)
    assert "Press Step to see where Gradient descent (SGD) moves it." in bench.said
    bench.train()
    assert "Gradient descent (SGD) moved it by +0.0500: against the batch’s gradient." in bench.said  # −0.1 × −0.5


def test_a_written_number_waits_for_the_next_step_again(lab):
    bench = lab(ONE, **PAIR).train()
    bench.laboratory.write(0.25)
    bench.settle()
    assert "Press Step to see where Gradient descent (SGD) moves it." in bench.said


def test_a_frozen_block_is_not_moved(lab):
    chain = [dense("dense_1", 3, frozen=True), *NET[1:]]
    bench = lab(chain).train(3).ask("dense_1.weight", (1, 0))
    assert bench.answer.mean != 0
    assert "Its block is frozen: training does not move it." in bench.said
    assert "moved it" not in bench.said


def test_adam_may_go_with_the_batchs_gradient_and_says_so(lab):
    """After steps with one sign, momentum carries Adam on through the first gradient of the other sign."""
    training = {"batch_size": 1, "seed": 0, "dtype": "float64"}
    more = {**PAIR, "optimizer": {"kind": "adam", "learning_rate": 0.01}, "training": training}
    bench = lab(ONE, **more)
    seen = set()
    for _ in range(12):
        before = float(bench.snapshot.parameters[0])
        bench.train()
        moved = float(bench.snapshot.parameters[0]) - before
        against = moved * bench.answer.mean < 0
        why = "against the batch’s gradient" if against else "earlier steps weigh more here"
        assert f"Adam moved it by {words.signed(moved)}: {why}." in bench.said
        seen.add(against)
    assert seen == {True, False}, "the test needs both"


def test_of_a_blocks_output_the_sentence_speaks_of_that_output(lab):
    bench = lab(NET).train(3).ask("dense_1.weight", (1, 0), of=("tanh_1", 1), sample=4)
    train = engine.dataset(bench.store.project).train
    own = Paper(bench.snapshot).derivative(train.inputs[4], None, "dense_1.weight", (1, 0), ("tanh_1", 1))
    assert f"Raising this weight by 0.01 changes tanh_1[1] by about {words.signed(0.01 * own)}" in bench.said
    assert "moved it" not in bench.said
    assert "Press Step" not in bench.said


@pytest.mark.parametrize(("parameter", "index", "thing"), [("input", (1,), "input"), ("dense_1.bias", (2,), "bias")])
def test_inputs_and_biases_are_called_by_their_name(lab, parameter, index, thing):
    bench = lab(NET).train(3).ask(parameter, index, sample=4)
    train = engine.dataset(bench.store.project).train
    own = Paper(bench.snapshot).derivative(train.inputs[4], train.targets[4], parameter, index)
    mean = Paper(bench.snapshot).samples(train, bench.snapshot.chosen, parameter, index).mean()
    way = "lower" if own > 0 else "raise"
    assert (
        f"Raising this {thing} by 0.01 changes this sample’s error by about {words.signed(0.01 * own)}: "
        f"to lower it, {way} the {thing}."
    ) in bench.said
    batch = "lower" if mean > 0 else "raise"
    assert f"The whole batch says: {batch} it ({words.signed(0.01 * mean)} per 0.01)." in bench.said
    assert ("moved it" in bench.said) == (thing == "bias")


def test_a_dead_unit_does_not_matter(lab):
    chain = [dense("dense_1", 2, bias_init=written(-9.0, 1.0)), of("relu", "relu_1"), dense("dense_2", 1)]
    bench = lab(chain).ask("dense_1.weight", (0, 1))
    assert "changes this sample’s error by about 0: it does not matter here." in bench.said
    assert "The whole batch says: it does not matter (0 per 0.01)." in bench.said
    assert "∂E/∂w = 0" in bench.said
    assert bench.head.text().partition(" = ")[2].startswith("0 over")


def test_the_proofs_hold_and_say_how_far_they_are_off(lab):
    bench = lab(NET).train(3).ask("dense_1.weight", (1, 0))
    scale = max(np.abs(bench.snapshot.gradients).max(), 1e-3)
    answer = bench.answer
    for text, other in (("backpropagation", answer.gradient), ("the nudge", answer.central_difference)):
        off = abs(answer.mean - other) / scale
        assert f"✓ equals {text} ({numbers.short(off)})" in bench.said
        assert off < 1e-8


# Cut on purpose


def cut(bench, *names: str):
    """Cuts the gradient before blocks."""
    project = bench.store.project
    for name in names:
        project = replace_block(project, name, change(project.block(name), cut=True))
    bench.store.edit(project, "cut")
    return bench.settle()


def colour_below(bench) -> str:
    """Of all that stands there."""
    checks = bench.panel._checks
    return " ".join(label.styleSheet() for label in (*checks.proofs, checks.sentence) if label.isVisible())


def test_where_the_gradient_is_cut_the_panel_says_why_nudge_and_product_differ(lab):
    from gui import theme

    bench = lab(NET).train(3).ask("dense_1.weight", (1, 0))
    assert theme.current().good.name() in colour_below(bench)
    cut(bench, "dense_2")
    assert bench.answer.mean == 0
    assert bench.answer.central_difference != 0
    assert "The gradient is cut before dense_2: the nudge passes there, the product does not" in bench.said
    assert "✓ equals backpropagation (0)" in bench.said
    assert "✗" not in bench.said
    assert theme.current().warning.name() in colour_below(bench)
    bench.ask("dense_2.weight", (0, 1))  # behind the cut all is as ever
    assert "is cut before" not in bench.said
    assert "✓ equals the nudge" in bench.said
    bench.ask("dense_1.weight", (1, 0), of=("tanh_1", 1))  # and so is what ends before it
    assert "is cut before" not in bench.said
    assert theme.current().good.name() in colour_below(bench)


def test_several_cuts_are_all_named_and_of_a_shortcut_only_its_own_way_is_cut(lab):
    chain = [dense("dense_1", 3), of("tanh", "tanh_1"), dense("dense_2", 3), of("add", "add_1", source="tanh_1"),
             dense("dense_3", 1)]  # fmt: skip
    bench = cut(lab(chain).ask("dense_1.weight", (1, 0)), "tanh_1", "dense_3")
    assert "cut before tanh_1, dense_3: " in bench.said
    bench.store.undo_stack.undo()
    cut(bench, "dense_2")
    assert bench.answer.mean != 0
    assert "The gradient is cut before dense_2: the nudge passes there, the product does not" in bench.said


def test_each_proof_has_its_own_colour_and_a_failing_one_says_what_it_is_off_by(lab):
    from dataclasses import replace

    from gui import theme

    bench = lab(NET).train(3).ask("dense_1.weight", (1, 0))
    wrong = replace(bench.answer, gradient=bench.answer.mean + bench.answer.scale)
    (failing, text), (holding, _) = words.checks(wrong)
    assert (failing, holding) == (False, True)
    assert text == "✗ does not equal backpropagation: off by 1.00 of the largest gradient"
    bench.panel._checks.show_proofs(words.checks(wrong))
    first, second = (label.styleSheet() for label in bench.panel._checks.proofs)
    assert theme.current().error.name() in first
    assert theme.current().good.name() in second
