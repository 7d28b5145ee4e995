"""Numbers that stop being finite, found exactly; gradients that explode, noticed before."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import engine
from engine import storage
from engine.data.parts import Dataset
from engine.faults import NumericalFault
from engine.growth import TIMES_LONGER
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project, tanh_chain
from tests.engine.test_health import outputs


def fault_of(trainer: Trainer, steps: int = 5000) -> NumericalFault:
    with pytest.raises(NumericalFault) as caught:
        trainer.run(steps)
    return caught.value


def line(*chain: dict[str, Any], x: float, t: float, rate: float = 0.1) -> Trainer:
    """A chain of one unit in each layer, on one sample."""
    made = project(*chain, loss="mean_squared_error", data=of("sine"), optimizer=of("sgd", learning_rate=rate))
    return Trainer(made, Dataset(np.array([[x]]), np.array([[t]])))


def one(weight: float) -> dict[str, Any]:
    return dense(1, weight_init=of("values", values=[[weight]]))


class TestWhereItBegins:
    """Worked out by hand in single precision, whose largest number is 3.4e38."""

    def test_an_output_although_the_next_block_hides_it(self):
        fault = fault_of(line(one(1e20), of("tanh"), one(3e38), dense(1), one(2.0), x=1e20, t=0))
        assert (fault.kind, fault.block, fault.step) == ("activation", "dense_1", 1)
        assert fault.text == "Step 1: the output of dense_1 is no longer finite."
        assert fault.suggestion == "Start from smaller weights, or scale the data."

    def test_an_output_that_is_hidden_for_good(self):
        """Loss, gradients and weights stay finite: tanh makes 1 of infinity."""
        trainer = line(one(1e20), of("tanh"), dense(1), x=1e20, t=0)
        fault = fault_of(trainer)
        assert (fault.kind, fault.block, fault.step) == ("activation", "dense_1", 1)
        assert trainer.steps == 0

    def test_an_output_that_begins_to_be_hidden_is_found_at_its_step(self):
        """Decay beyond all measure multiplies a weight by -10 a step: its product with 1e10 is too large at w = 1e29,
        the loss is no number only when w itself is too large.
        """
        made = project(one(1.0), of("tanh"), one(1e-36), loss="mean_squared_error", data=of("sine"),
            optimizer=of("sgd", learning_rate=1.0, weight_decay=11.0))  # fmt: skip
        fault = fault_of(Trainer(made, Dataset(np.array([[1e10]]), np.array([[0.0]]))))
        assert (fault.kind, fault.block, fault.step) == ("activation", "dense_1", 30)

    def test_the_loss(self):
        fault = fault_of(line(one(1e20), x=1, t=0))
        assert (fault.kind, fault.block, fault.step) == ("loss", "loss", 1)

    def test_a_gradient(self):
        """y = 1e15, E = 1e30 and dE/dw2 = 2e15 are finite, dE/dw1 = 2e15 x 1e15 x 1e25 is not."""
        fault = fault_of(line(one(1e-25), one(1e15), x=1e25, t=0))
        assert (fault.kind, fault.block, fault.step) == ("gradient", "dense_1", 1)

    def test_a_weight(self):
        fault = fault_of(line(one(1.0), x=1, t=1e10, rate=1e30))
        assert (fault.kind, fault.block, fault.step) == ("weight", "dense_1", 1)
        assert "smaller learning rate" in fault.suggestion

    def test_a_weight_in_the_last_step_of_a_run(self):
        trainer = line(one(1.0), x=1, t=1e10, rate=1e30)
        assert fault_of(trainer, 1).step == 1
        assert np.isfinite(trainer.network.parameters).all()

    def test_a_running_statistic(self):
        """The variance of 1e20 and -1e20 is too large, the normalised values are not."""
        made = project(of("batch_norm"), dense(1), data=of("xor"))
        x = np.array([[1e20, 0], [-1e20, 1]])
        fault = fault_of(Trainer(made, Dataset(x, np.array([[0.0], [1.0]]), ("0", "1"))), 300)
        assert fault.block == "batch_norm_1"

    def test_after_weights_were_put_in_it_returns_to_those(self):
        """As after a lost process: not to the first weights, with which nothing breaks."""
        trainer = line(one(1.0), x=1, t=0)
        trainer.network.parameters[...] = 1e17
        trainer.step()
        given = trainer.network.parameters.copy()
        trainer.network.parameters[...] = 1e30
        fault = fault_of(trainer)
        assert (fault.kind, fault.block, fault.step) == ("loss", "loss", 2)
        assert np.array_equal(trainer.network.parameters, given)
        again = line(one(1.0), x=1, t=0)
        again.network.parameters[...] = 1e25
        assert fault_of(again).step == 1
        assert (again.network.parameters == np.float32(1e25)).all()

    def test_who_clips_is_not_told_to_clip(self):
        made = project(dense(1), loss="mean_squared_error", data=of("sine"), training={"clip_norm": 1e30},
            optimizer=of("sgd", learning_rate=1e5))  # fmt: skip
        assert fault_of(Trainer(made)).suggestion == "Reset with a smaller learning rate."


@settings(max_examples=40)
@example(["tanh", "batch_norm", "tanh"], "adam", 12.0, 0)  # infinite with the running statistics alone
@given(st.lists(st.sampled_from(["relu", "tanh", "sigmoid", "leaky_relu", "batch_norm"]), max_size=3),
       st.sampled_from(["sgd", "adam", "rmsprop"]), st.floats(2, 37), st.integers(0, 99))  # fmt: skip
def test_block_and_step_are_those_that_plain_outputs_show(kinds: Any, optimizer: str, power: float, seed: int) -> None:
    chain = [each for kind in kinds for each in (dense(3), of(kind))]
    made = project(*chain, dense(1), loss="mean_squared_error", data=of("sine"), training={"seed": seed},
        optimizer=of(optimizer, learning_rate=min(10**power, 1e30)))  # fmt: skip
    trainer = Trainer(made)
    try:
        trainer.run(300)
    except NumericalFault as fault:
        assert trainer.steps == fault.step - 1
        plain = Trainer(made)
        plain._examine = lambda: None  # type: ignore[method-assign]  # else it meets the same, of all samples
        for _ in range(fault.step - 1):
            plain.step()
        assert np.array_equal(plain.network.parameters, trainer.network.parameters)
        if "batch_norm" in kinds:
            return  # computes otherwise in training
        batch = plain.train.inputs[plain._batches.next()]
        broken = [name for name, y in outputs(plain.network, batch).items() if not np.isfinite(y).all()]
        assert (broken[:1] == [fault.block]) == (fault.kind == "activation")


class TestExplosion:
    def chain(self, rate: float) -> Trainer:
        hidden = [dense(8), of("leaky_relu"), dense(8), of("leaky_relu")]
        rule = of("sgd", learning_rate=rate)
        return Trainer(project(*hidden, dense(1), loss="mean_squared_error", data=of("sine"), optimizer=rule))

    @pytest.mark.parametrize("rate", [0.6, 1.0, 3.0, 30.0, 1e4])
    def test_it_is_said_before_a_number_is_infinite(self, rate):
        trainer = self.chain(rate)
        try:
            trainer.run(20_000)
        except NumericalFault as fault:
            exploding = [each for each in trainer.take_news() if each.kind == "exploding"]
            assert exploding
            assert exploding[0].step < fault.step
            assert "clip" in exploding[0].suggestion
        else:
            assert rate < 1, "this rate was meant to be too high"

    def test_what_is_said_is_what_the_gradients_show(self):
        """By single steps that look at every gradient."""
        trainer, lengths, losses = self.chain(3.0), [0.0], [0.0]
        first = trainer.metrics["validation_loss"]
        while not (news := [each for each in trainer.take_news() if each.kind == "exploding"]):
            losses.append(trainer.step())
            lengths.append(float(np.sqrt((trainer.network.gradients.astype(float) ** 2).sum())))
        (finding,) = news
        assert finding.step == trainer.steps
        mark = 2 ** int(np.log2(finding.step - 1))
        ratio = lengths[-1] / max(lengths[: mark + 1])
        assert ratio > TIMES_LONGER
        assert losses[-1] > 10 * max(first, *losses[: mark + 1])
        gradients = trainer.network.grad_dict()
        shares = {name: sum((gradients[f"{name}.{part}"].astype(float) ** 2).sum() for part in ("weight", "bias"))
            for name in ("dense_1", "dense_2", "dense_3")}  # fmt: skip
        assert finding.block == max(shares, key=shares.__getitem__)
        assert f"at step {finding.step:,} it is {ratio:,.0f} times as long as ever up to step {mark:,}" in finding.text
        assert trainer.findings == (finding,)

    def test_a_slow_growth_is_seen_too(self):
        """w grows by 1 % a step: y = w, E = y^2, w -= 1.005 x 2 w."""
        trainer = line(dense(1, bias=False, weight_init=of("values", values=[[1.0]])), x=1, t=0, rate=1.005)
        trainer.run(1024)
        (finding,) = trainer.findings
        assert 512 < finding.step < 1024

    def test_it_is_said_once_and_ends(self):
        trainer = line(dense(1, bias=False, weight_init=of("values", values=[[1.0]])), x=1, t=0, rate=1.1)
        trainer.run(100)
        assert [each.over for each in trainer.take_news()] == [False]
        trainer.network.parameters[...] = 1e-3
        trainer.adopt(engine.load({**_plain(trainer), "optimizer": of("sgd", learning_rate=0.1)}))
        assert trainer.findings == ()

    def test_it_passes_by_itself(self):
        trainer = line(dense(1, bias=False, weight_init=of("values", values=[[1.0]])), x=1, t=0, rate=1.1)
        trainer.run(70)
        assert trainer.findings
        trainer.network.parameters[...] = 1e-9
        trainer.run(100)
        assert [each.over for each in trainer.take_news()] == [False, True]

    @pytest.mark.parametrize("name", [example.name for example in storage.examples()])
    def test_no_example_explodes(self, name):
        trainer = Trainer(engine.load(f"example:{name}"))
        trainer.run(600)
        assert not [each for each in trainer.take_news() if each.kind == "exploding"]


def _plain(trainer: Trainer) -> dict[str, Any]:
    return json.loads(trainer.project.to_json())


HEALTHY = {
    "mean_squared_error": ["sine"],
    "huber": ["sine"],
    "mean_absolute_error": ["sine"],
    "binary_cross_entropy": ["xor", "circles", "moons", "spirals"],
    "hinge": ["moons"],
    "softmax_cross_entropy": ["blobs"],
}


@pytest.mark.slow
@settings(max_examples=40)
@given(st.sampled_from([(loss, data) for loss, names in HEALTHY.items() for data in names]),
       st.sampled_from(["tanh", "relu", "sigmoid", "gelu"]), st.integers(1, 4), st.sampled_from([1, 2, 8, 64]),
       st.sampled_from([of("adam"), of("adam", learning_rate=0.02), of("sgd", learning_rate=0.02), of("adagrad")]),
       st.integers(0, 2**16))  # fmt: skip
def test_healthy_runs_raise_no_alarm(which: Any, kind: str, depth: int, batch: int, optimizer: Any, seed: int) -> None:
    loss, data = which
    width = 3 if data == "blobs" else 1
    hidden = [each for _ in range(depth) for each in (dense(8), of(kind))]
    made = project(*hidden, dense(width), loss=loss, data=of(data), optimizer=optimizer,
        training={"batch_size": batch, "seed": seed})  # fmt: skip
    trainer = Trainer(made)
    trainer.run(1500)
    assert not [each.text for each in trainer.take_news() if each.kind == "exploding"]


def test_the_history_of_a_watched_run_is_that_of_any_other() -> None:
    made = tanh_chain(4, 1)
    one, other = Trainer(made), Trainer(made)
    one._growth.watch = lambda step, loss: []  # type: ignore[method-assign]
    for trainer in (one, other):
        trainer.run(300)
    assert np.array_equal(one.network.parameters, other.network.parameters)
