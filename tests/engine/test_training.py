"""Training: the same run bit for bit, weights that outlive edits, named faults, numbers against plain numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.data.parts import Dataset
from engine.faults import NumericalFault
from engine.history import History
from engine.project import change, insert, layer_kind, remove, replace_block
from tests.engine.chains import dense, of, project, tanh_chain


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


def trained(made, steps):
    trainer = engine.Trainer(made)
    trainer.run(steps)
    return trainer


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_however_it_is_cut_the_run_is_the_same_bit_for_bit(pieces):
    made = tanh_chain(4, 1, data=of("moons", samples=50), training={"batch_size": 16, "seed": 3})
    cut = engine.Trainer(made)
    for piece in pieces:
        cut.run(piece)
    whole = trained(made, sum(pieces))
    assert np.array_equal(cut.network.parameters, whole.network.parameters)
    assert np.array_equal(cut.history.loss, whole.history.loss)
    assert np.array_equal(cut.history.mean_square, whole.history.mean_square)
    assert cut.history.evaluation_steps == whole.history.evaluation_steps


def test_another_seed_is_another_run():
    one, other = (trained(tanh_chain(4, 1, training={"seed": seed}), 3).network.parameters for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_a_block_more_does_not_change_the_others_first_weights():
    before = engine.Network(tanh_chain(4, 2)).state_dict()
    more = engine.Network(insert(tanh_chain(4, 2), 2, [layer_kind("dense")(units=4)])).state_dict()
    assert all(np.array_equal(more[key], array) for key, array in before.items())


def test_steps_and_losses_against_plain_numpy():
    """Gradient descent on one dense layer, worked out by hand; the last batch of an epoch is smaller."""
    generator = np.random.default_rng(0)
    x, t = generator.normal(size=(10, 3)), generator.normal(size=(10, 1))
    made = project(
        dense(1), loss="mean_squared_error", data=of("sine"), optimizer=of("sgd", learning_rate=0.1),
        training={"batch_size": 4, "dtype": "float64"},
    )  # fmt: skip
    trainer = engine.Trainer(made, Dataset(x, t))
    w = trainer.network.state_dict()["dense_1.weight"][0].copy()
    b = trainer.network.state_dict()["dense_1.bias"].copy()
    seen: list[int] = []
    for step in range(6):
        loss = trainer.step()
        batch = trainer._plan.input[:, :3]
        rows = [int(np.flatnonzero((x == row).all(axis=1))[0]) for row in batch]
        error = x[rows] @ w + b - t[rows, 0]
        assert len(rows) == (4, 4, 2)[step % 3]
        assert loss == pytest.approx((error**2).mean(), rel=1e-12)
        gradient = 2 * error / len(rows)
        w -= 0.1 * x[rows].T @ gradient
        b -= 0.1 * gradient.sum()
        seen += rows
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10] != seen[10:], "every epoch has an order of its own"
    assert np.allclose(trainer.network.state_dict()["dense_1.weight"][0], w, rtol=1e-12)


def test_evaluation_against_plain_numpy():
    trainer = trained(tanh_chain(4, 1, data=of("moons", samples=100)), 30)
    found = trainer.evaluate()
    for part, prefix in ((trainer.train, ""), (trainer.validation, "validation_")):
        y, t = trainer.network.predict(part.inputs).astype(float), part.targets
        assert found[f"{prefix}accuracy"] == pytest.approx(((y > 0) == (t > 0.5)).mean())
        cross_entropy = (np.maximum(y, 0) - y * t + np.log1p(np.exp(-np.abs(y)))).mean()
        assert found[f"{prefix}loss"] == pytest.approx(cross_entropy, rel=1e-5)


def test_r2_against_plain_numpy():
    made = project(dense(8), of("tanh"), dense(1), loss="mean_squared_error", data=of("sine"))
    trainer = trained(made, 50)
    y, t = trainer.network.predict(trainer.train.inputs).astype(float), trainer.train.targets
    assert trainer.evaluate()["r2"] == pytest.approx(1 - ((y - t) ** 2).sum() / ((t - t.mean()) ** 2).sum(), rel=1e-4)


def test_the_history_holds_the_size_of_every_layers_gradient():
    made = tanh_chain(4, 1, data=of("moons", samples=40), training={"batch_size": 8})
    trainer = engine.Trainer(made)
    for step in range(5):
        trainer.step()
        gradients = trainer.network.grad_dict()
        for column, layer in enumerate(trainer.history.layers):
            values = np.concatenate([array.reshape(-1) for key, array in gradients.items() if key.startswith(layer)])
            wanted = (values.astype(float) ** 2).mean()
            assert trainer.history.mean_square[step, column] == pytest.approx(wanted, rel=1e-5)


class TestEdits:
    """Weights outlive edits of the chain."""

    def test_blocks_that_fit_keep_weights_and_a_removed_one_gets_its_own_back(self):
        made = tanh_chain(6, 2, data=of("moons"), training={"seed": 2})
        trainer = trained(made, 40)
        before = trainer.network.state_dict()
        taken = trainer.adopt(remove(made, ["dense_2", "tanh_2"]))
        assert (taken.kept, taken.restored, taken.initialised) == (("dense_1", "dense_3"), (), ())
        assert same(trainer.network.state_dict(), {key: before[key] for key in before if "dense_2" not in key})
        back = trainer.adopt(made)
        assert (back.kept, back.restored, back.initialised) == (("dense_1", "dense_3"), ("dense_2",), ())
        assert same(trainer.network.state_dict(), before)

    def test_after_an_edit_and_its_undo_the_run_goes_on_as_if_nothing_had_happened(self):
        """Optimizer state comes back too: the next steps are the same bit for bit."""
        made = tanh_chain(6, 2, data=of("moons"))
        left_alone, edited = trained(made, 30), trained(made, 30)
        edited.adopt(remove(made, ["dense_2", "tanh_2"]))
        edited.adopt(made)
        for trainer in (left_alone, edited):
            trainer.run(20)
        assert np.array_equal(left_alone.network.parameters, edited.network.parameters)

    def test_another_width_begins_anew_and_its_undo_restores(self):
        made = tanh_chain(6, 1, data=of("moons"))
        trainer = trained(made, 20)
        before = trainer.network.state_dict()
        wider = replace_block(made, "dense_1", change(made.block("dense_1"), units=9))
        taken = trainer.adopt(wider)
        assert taken.initialised == ("dense_1", "dense_2")
        assert same(trainer.network.state_dict(), engine.Network(wider).state_dict())
        assert trainer.adopt(made).kept == ("dense_1", "dense_2")
        assert same(trainer.network.state_dict(), before)

    @pytest.mark.parametrize(
        "edit",
        [
            lambda made: change(made, optimizer=change(made.optimizer, learning_rate=0.5)),
            lambda made: change(made, optimizer=of_optimizer("sgd", learning_rate=0.5)),
            lambda made: change(made, training=change(made.training, batch_size=7)),
        ],
        ids=["learning rate", "optimizer", "batch size"],
    )
    def test_settings_act_at_once_and_keep_the_weights(self, edit):
        made = tanh_chain(6, 1, data=of("moons"))
        trainer, same_run = trained(made, 20), trained(made, 20)
        before = trainer.network.parameters.copy()
        trainer.adopt(edit(made))
        assert trainer.steps == 20
        assert np.array_equal(trainer.network.parameters, before)
        for each in (trainer, same_run):
            each.run(3)
        assert not np.array_equal(trainer.network.parameters, same_run.network.parameters)

    def test_a_chain_that_cannot_work_changes_nothing(self):
        made = tanh_chain(6, 1)
        trainer = trained(made, 10)
        before = trainer.network.parameters.copy()
        with pytest.raises(engine.ProjectError):
            trainer.adopt(remove(made, ["dense_2"]))
        assert trainer.project is made
        trainer.run(1)
        assert not np.array_equal(trainer.network.parameters, before)

    def test_the_history_keeps_the_rows_of_layers_that_stay(self):
        made = tanh_chain(4, 2, data=of("moons"))
        trainer = trained(made, 10)
        rows = trainer.history.mean_square.copy()
        trainer.adopt(remove(made, ["dense_2", "tanh_2"]))
        trainer.run(5)
        assert trainer.history.layers == ("dense_1", "dense_3")
        assert np.array_equal(trainer.history.mean_square[:10], rows[:, [0, 2]])
        assert len(trainer.history.loss) == 15


def of_optimizer(kind, **fields):
    return engine.load({"optimizer": of(kind, **fields)}).optimizer


class TestFaults:
    """A number that is not finite stops the run before it spoils the weights."""

    MADE = project(
        dense(8), dense(1), loss="mean_squared_error", data=of("sine"), optimizer=of("sgd", learning_rate=100.0)
    )

    def test_block_and_step_are_named_and_the_last_finite_weights_stand(self):
        trainer = engine.Trainer(self.MADE)
        with pytest.raises(NumericalFault) as caught:
            trainer.run(500)
        fault = caught.value
        assert fault.block in {"dense_1", "dense_2", "loss"}
        assert f"Step {fault.step}" in str(fault)
        assert fault.block in str(fault)
        assert np.isfinite(trainer.network.parameters).all()
        assert trainer.steps == fault.step - 1

    def test_it_is_the_first_step_at_which_a_plain_run_breaks(self):
        """Found by single steps that look at every number."""
        trainer = engine.Trainer(self.MADE)
        with pytest.raises(NumericalFault) as caught:
            trainer.run(500)
        plain = engine.Trainer(self.MADE)
        for _ in range(caught.value.step - 1):
            assert math.isfinite(plain.step())
        assert np.array_equal(plain.network.parameters, trainer.network.parameters)

    def test_going_on_meets_the_same_fault_and_spoils_nothing(self):
        trainer = engine.Trainer(self.MADE)
        said = []
        for _ in range(2):
            with pytest.raises(NumericalFault) as caught:
                trainer.run(500)
            said.append(str(caught.value))
        assert said[0] == said[1]
        assert np.isfinite(trainer.network.parameters).all()


def test_it_stops_by_itself():
    made = tanh_chain(4, 1, training={"stop_at_step": 12})
    trainer = trained(made, 100)
    assert trainer.steps == 12
    assert trainer.finished == "Stopped at step 12, as set."
    easy = tanh_chain(8, 1, data=of("blobs", classes=2, noise=0.1), training={"stop_at_loss": 0.3})
    trainer = trained(easy, 5000)
    assert trainer.steps < 5000
    assert "at most 0.3" in trainer.finished


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=90))
def test_history_merges_neighbours_when_it_is_full(losses):
    """Against a plain list, with room for eight columns."""
    history = History(["a"], capacity=8)
    for step, loss in enumerate(losses, 1):
        history.sizes[:] = loss * loss
        history.record(step, loss)
    stride = history.stride
    groups = [losses[start : start + stride] for start in range(0, len(losses), stride)]
    groups = [group for group in groups if len(group) == stride]
    assert stride & (stride - 1) == 0
    assert history.columns == len(groups) < 8
    assert history.steps.tolist() == [stride * (column + 1) for column in range(len(groups))]
    assert np.allclose(history.loss, [np.mean(group) for group in groups])
    assert history.loss_min.tolist() == [min(group) for group in groups]
    assert history.loss_max.tolist() == [max(group) for group in groups]
    assert np.allclose(history.mean_square[:, 0], [np.mean(np.square(group)) for group in groups])
