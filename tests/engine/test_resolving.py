"""The judge of chains: shapes and counts by hand, problems in words, and fixes that mend."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.kinds import tag_of
from engine.limits import MEMORY_BUDGET
from engine.project import LAYERS

DIGITS = {"data": {"kind": "digits"}, "loss": {"kind": "softmax_cross_entropy"}}
FLAT = [{"kind": "flatten"}, {"kind": "dense", "units": 16}, {"kind": "relu"}]


def judged(*chain, **fields):
    return engine.resolve(engine.load({"chain": list(chain), **fields}))


def test_shapes_and_counts():
    resolved = judged(*FLAT, {"kind": "dense", "units": 10, "bias": False}, **DIGITS)
    assert resolved.ok
    assert [block.input_shape for block in resolved.blocks] == [(1, 8, 8), (64,), (16,), (16,)]
    assert [block.output_shape for block in resolved.blocks] == [(64,), (16,), (16,), (10,)]
    assert [block.parameter_count for block in resolved.blocks] == [0, 64 * 16 + 16, 0, 160]
    assert resolved.parameter_count == 64 * 16 + 16 + 160
    assert resolved.data.input_shape == (1, 8, 8)
    assert resolved.data.classes == 10
    assert resolved.output_shape == (10,)


def test_an_image_before_a_dense_layer():
    project = engine.load({"chain": [{"kind": "dense", "units": 10}], **DIGITS})
    (problem,) = engine.resolve(project).problems
    assert (problem.place, problem.text) == ("dense_1", "Dense needs a flat input, gets 1x8x8")
    fix = engine.resolve(project).blocks[0].fix
    assert fix.text == "insert Flatten"
    mended = fix.apply(project)
    assert [block.kind for block in mended.chain] == ["flatten", "dense"]
    assert engine.resolve(mended).ok


def test_a_last_layer_that_is_too_wide():
    project = engine.load({"chain": FLAT, **DIGITS})
    place = engine.resolve(project).loss
    assert place.problem == "Softmax cross entropy over 10 classes needs 10 outputs, gets 16"
    assert place.fix.text == "set units of dense_1 to 10"
    assert engine.resolve(place.fix.apply(project)).ok


def test_nothing_to_set_means_a_layer_is_added():
    place = judged(**DIGITS).loss
    assert place.fix.text == "add Dense with 10 units"
    mended = place.fix.apply(engine.load(DIGITS))
    assert [block.kind for block in mended.chain] == ["flatten", "dense"]
    assert engine.resolve(mended).ok


@pytest.mark.parametrize(("last", "loss"), [("sigmoid", {"kind": "binary_cross_entropy"})])
def test_what_the_loss_applies_itself_is_warned_of(last, loss):
    project = engine.load({"chain": [{"kind": "dense", "units": 1}, {"kind": last}], "loss": loss})
    resolved = engine.resolve(project)
    assert resolved.ok
    assert resolved.blocks[1].warning == "Binary cross entropy applies Sigmoid itself: remove it"
    mended = resolved.blocks[1].fix.apply(project)
    assert not any(place.warning for place in engine.resolve(mended).places)


def test_a_loss_that_does_not_suit_the_data_is_replaced_by_one_that_does():
    project = engine.load({"chain": [{"kind": "dense", "units": 1}], "data": {"kind": "sine"}})
    resolved = engine.resolve(project)
    assert not resolved.ok
    assert resolved.loss.fix.text == "use mean squared error"
    assert engine.resolve(resolved.loss.fix.apply(project)).ok


def test_values_as_on_paper_that_do_not_fit():
    block = {"kind": "dense", "units": 1, "weight_init": {"kind": "values", "values": [[1.0, 2.0, 3.0]]}}
    project = engine.load({"chain": [block]})
    place = engine.resolve(project).blocks[0]
    assert "1x3 values are written down, 1x2 are needed" in place.problem
    assert place.fix.text == "start from Glorot uniform"
    assert engine.resolve(place.fix.apply(project)).ok


def test_a_chain_beyond_the_memory_budget_is_refused_with_the_number():
    wide = {"kind": "dense", "units": 16384}
    resolved = judged(wide, wide, {"kind": "dense", "units": 1})
    assert not resolved.ok
    assert f"{MEMORY_BUDGET / 2**30:.0f} GB" in resolved.training.problem
    with pytest.raises(engine.ProjectError, match="GB"):
        engine.Network(engine.load({"chain": [wide, wide, {"kind": "dense", "units": 1}]}))


def test_a_chain_without_weights_has_nothing_to_train():
    assert "no weights" in judged({"kind": "tanh"}).training.problem
    assert "no weights" in judged().training.problem


def test_what_follows_a_problem_is_unknown_rather_than_wrong():
    resolved = judged({"kind": "dense"}, {"kind": "tanh"}, {"kind": "dense", "units": 10}, **DIGITS)
    assert [problem.place for problem in resolved.problems] == ["dense_1"]
    assert [block.output_shape for block in resolved.blocks] == [None, None, None]


chains = st.lists(st.sampled_from([tag_of(kind) for kind in LAYERS]), max_size=6)
data = st.sampled_from(["xor", "digits", "iris", "sine", "blobs"])
losses = st.sampled_from(["mean_squared_error", "binary_cross_entropy", "softmax_cross_entropy"])


@given(chains, data, losses)
def test_fixes_taken_one_after_the_other_mend_what_they_offer_to(kinds, data, loss):
    """Any chain: the same answer twice, every problem in a known place, and each fix removes its own problem."""
    project = engine.load({"chain": [{"kind": kind} for kind in kinds], "data": {"kind": data}, "loss": {"kind": loss}})
    for _ in range(8):
        resolved = engine.resolve(project)
        assert resolved == engine.resolve(project) or resolved.problems == engine.resolve(project).problems
        names = {block.name for block in project.chain} | {"data", "loss", "training"}
        assert {problem.place for problem in resolved.problems} <= names
        offered = [place for place in resolved.places if place.fix]
        if not offered:
            break
        before = offered[0]
        project = before.fix.apply(project)
        after = {place.name: place for place in engine.resolve(project).places}.get(before.name)
        assert after is None or (after.problem, after.warning) != (before.problem, before.warning)
    else:
        pytest.fail("fixes go round in circles")
    resolved = engine.resolve(project)
    cannot_be_mended = ("no weights", "needs an image", "larger than its input", "values, gets", "source")
    assert all(any(words in problem.text for words in cannot_be_mended) for problem in resolved.problems)
