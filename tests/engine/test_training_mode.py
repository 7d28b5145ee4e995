"""Layers that know training from evaluation: dropout and batch norm, their noise and their running statistics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.network import Network
from engine.project import remove
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project

BOTH = project(dense(8), of("batch_norm"), of("relu"), of("dropout", rate=0.3), dense(1), data=of("moons", samples=64))


def trained(made, steps):
    trainer = Trainer(made)
    trainer.run(steps)
    return trainer


def test_dropout_drops_its_share_scales_the_rest_and_is_gone_in_evaluation():
    made = project(of("dropout", rate=0.25), dense(1), loss="mean_squared_error", data=of("sine"))
    network = Network(made, (2000,))
    x = np.ones((5, 2000))
    network.parameters[:-1] = 1.0
    network.loss_and_gradient(x, np.zeros((5, 1)), training=True)
    values = network.plan(5, training=True).values.of(network.plan(5, training=True).slots[0])
    assert np.unique(values) == pytest.approx([0, 1 / 0.75])
    assert values.mean() == pytest.approx(1, abs=0.02)
    assert (network.predict(x) == network.predict(x)).all()
    assert network.predict(x)[0, 0] == pytest.approx(2000, abs=1.1)


def test_every_step_drops_others():
    network = Network(project(of("dropout"), dense(1), loss="mean_squared_error", data=of("sine")), (50,))
    x, t = np.ones((3, 50)), np.zeros((3, 1))
    losses = {network.loss_and_gradient(x, t, training=True) for _ in range(5)}
    assert len(losses) == 5
    assert len({network.loss_and_gradient(x, t) for _ in range(5)}) == 1


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_the_run_is_the_same_however_it_is_cut(pieces):
    cut = Trainer(BOTH)
    for piece in pieces:
        cut.run(piece)
    whole = trained(BOTH, sum(pieces))
    assert np.array_equal(cut.network.parameters, whole.network.parameters)
    assert np.array_equal(cut.network.statistics, whole.network.statistics)


def test_returning_to_a_captured_state_repeats_the_noise_too():
    trainer = trained(BOTH, 5)
    checkpoint = trainer.capture()
    first = [trainer.step() for _ in range(5)]
    trainer.restore(checkpoint)
    assert [trainer.step() for _ in range(5)] == first


def test_saved_weights_hold_the_running_statistics():
    trainer = trained(BOTH, 30)
    state = trainer.network.state_dict()
    assert {"batch_norm_1.running_mean", "batch_norm_1.running_var"} < set(state)
    assert not any("running" in key for key in trainer.network.grad_dict())
    other = Network(BOTH)
    other.load_state_dict(state)
    x = trainer.train.inputs
    assert np.array_equal(other.predict(x), trainer.network.predict(x))


def test_undoing_a_removal_brings_the_running_statistics_back():
    trainer = trained(BOTH, 30)
    before = trainer.network.state_dict()
    trainer.adopt(remove(BOTH, ["batch_norm_1"]))
    trainer.adopt(BOTH)
    after = trainer.network.state_dict()
    assert all(np.array_equal(after[key], before[key]) for key in before)


def test_other_edits_keep_the_running_statistics():
    trainer = trained(BOTH, 30)
    before = trainer.network.statistics.copy()
    trainer.adopt(remove(BOTH, ["dropout_1"]))
    assert np.array_equal(trainer.network.statistics, before)


def test_a_training_batch_of_one_sample_is_refused_in_words():
    network = Network(BOTH)
    with pytest.raises(engine.ProjectError, match="batch_norm_1: Batch norm needs at least 2 samples"):
        network.loss_and_gradient(np.zeros((1, 2)), np.zeros((1, 1)), training=True)
    network.loss_and_gradient(np.zeros((1, 2)), np.zeros((1, 1)))


@pytest.mark.parametrize(("samples", "size", "better"), [(65, 13, 14), (65, 1, 3), (51, 10, 11)])
def test_an_epoch_that_would_end_in_one_sample_is_a_problem_with_a_fix(samples, size, better):
    data = of("moons", samples=samples, validation=0)
    made = project(dense(4), of("batch_norm"), dense(1), data=data, training={"batch_size": size})
    place = engine.resolve(made).blocks[1]
    ends_alone = samples % size == 1 or size == 1
    assert bool(place.problem) == ends_alone
    if ends_alone:
        mended = place.fix.apply(made)
        assert mended.training.batch_size == better
        assert engine.resolve(mended).ok
        trained(mended, 12)


def test_images_need_no_second_sample():
    made = project(
        of("conv2d", filters=2), of("batch_norm"), of("flatten"), dense(10),
        loss="softmax_cross_entropy", data=of("digits"), training={"batch_size": 1},
    )  # fmt: skip
    assert engine.resolve(made).ok
    trained(made, 3)
