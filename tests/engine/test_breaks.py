"""Broken on purpose: a break does what it says and nothing else, the check finds it, and it never leaves the run."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest

import engine
from engine.breaks import BREAKS, fitting, offered
from engine.cancelled import Cancelled
from engine.explain.check import check
from engine.network import Network
from engine.plan.plan import ALL_PASSES, Plan
from engine.project import LAYERS, ProjectError, change, remove, replace_block
from engine.resolve import resolve
from engine.run.session import InlineSession, ProcessSession, Session
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project

NAMES = {each.name for each in BREAKS}
HAND = [dense(3), of("tanh"), dense(3), of("sigmoid"), dense(2)]


def double(*chain: dict[str, Any], **fields: Any) -> engine.Project:
    return project(*chain, loss="mean_squared_error", training={"dtype": "float64"}, **fields)


def gradients(network: Network, batch: int = 5) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((batch, *network.shapes[0]))
    network.loss_and_gradient(x, rng.standard_normal((batch, *network.shapes[-1])))
    return network.grad_dict()


def by_hand(network: Network, breaks: dict[str, str], batch: int = 5) -> dict[str, np.ndarray]:
    """Backpropagation of ``HAND`` with a mean squared error as it is written on paper, a row for each sample, with the
    mistakes in it.
    """
    rng = np.random.default_rng(3)
    x, t = rng.standard_normal((batch, 2)), rng.standard_normal((batch, 2))
    w = network.state_dict()
    a1 = np.tanh(x @ w["dense_1.weight"].T + w["dense_1.bias"])
    a2 = 1 / (1 + np.exp(-(a1 @ w["dense_2.weight"].T + w["dense_2.bias"])))
    y = a2 @ w["dense_3.weight"].T + w["dense_3.bias"]
    found = {}

    def learn(name: str, inputs: np.ndarray, delta: np.ndarray) -> None:
        rows = slice(1) if breaks.get(name) == "batch" else slice(None)
        found[f"{name}.weight"] = delta[rows].T @ inputs[rows]
        found[f"{name}.bias"] = delta[rows].sum(0)

    delta = 2 * (y - t) / y.size
    learn("dense_3", a2, delta)
    delta = delta @ w["dense_3.weight"]
    delta = delta if breaks.get("sigmoid_1") == "slope" else delta * a2 * (1 - a2)
    learn("dense_2", a1, delta)
    weight = w["dense_2.weight"]
    delta = delta @ (weight.T if breaks.get("dense_2") == "transpose" else weight)
    delta = delta if breaks.get("tanh_1") == "slope" else delta * (1 - a1 * a1)
    learn("dense_1", x, delta)
    return found


CASES: list[dict[str, str]] = [
    {},
    {"tanh_1": "slope"},
    {"sigmoid_1": "slope"},
    {"dense_2": "transpose"},
    {"dense_1": "batch"},
    {"dense_2": "batch"},
    {"dense_3": "batch"},
    {"tanh_1": "slope", "sigmoid_1": "slope", "dense_2": "transpose", "dense_3": "batch"},
]


@pytest.mark.parametrize("breaks", CASES, ids=str)
def test_a_broken_gradient_is_the_wrong_formula_to_the_last_digits(breaks):
    network = Network(double(*HAND), (2,), (2,), breaks)
    found, expected = gradients(network), by_hand(network, breaks)
    assert found.keys() == expected.keys()
    for key, array in found.items():
        np.testing.assert_allclose(array, expected[key], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("breaks", CASES[1:], ids=str)
def test_what_lies_nearer_to_the_error_is_bit_for_bit_what_it_was(breaks):
    """And forward nothing changes, nor does mending leave anything behind."""
    whole, broken = (Network(double(*HAND), (2,), (2,), each) for each in ({}, breaks))
    right, wrong = gradients(whole), gradients(broken)
    names = [block.name for block in whole.project.chain]
    last = max(names.index(name) for name in breaks)
    for key in right:
        same = np.array_equal(right[key], wrong[key])
        place = names.index(key.partition(".")[0])
        if place > last:
            assert same
    assert any(not np.array_equal(right[key], wrong[key]) for key in right)
    x = np.ones((4, 2))
    assert np.array_equal(whole.predict(x), broken.predict(x))
    broken.break_blocks({})
    assert all(np.array_equal(array, right[key]) for key, array in gradients(broken).items())


@pytest.mark.parametrize(
    "chain",
    [
        [each for _ in range(5) for each in (dense(4), of("tanh"))] + [dense(1)],
        [of("conv2d", filters=3, kernel_size=2), of("relu"), of("max_pool2d"), of("flatten"), dense(2), dense(1)],
        [dense(3), of("relu"), of("dropout"), of("batch_norm"), of("add", source="dense_1"), of("gelu"), dense(1)],
    ],
    ids=["equal neighbours", "pool behind an activation", "shortcut"],
)
def test_no_pass_of_the_plan_mixes_broken_and_whole_blocks(chain):
    shape = (1, 6, 6) if chain[0]["kind"] == "conv2d" else (3,)
    made = double(*chain)
    places = zip(made.chain, resolve(made, shape).blocks, strict=True)
    for block, place in places:
        for each in offered(block, place.input_shape):
            network = Network(made, shape, (1,), {block.name: each.name})
            plain = [_planned(network, passes) for passes in (frozenset(), *map(frozenset, _singles()), ALL_PASSES)]
            for other in plain[1:]:
                np.testing.assert_allclose(other, plain[0], rtol=1e-12, atol=1e-14)


def _singles() -> list[set[str]]:
    return [{each} for each in sorted(ALL_PASSES)]


def _planned(network: Network, passes: frozenset[str]) -> np.ndarray:
    rng = np.random.default_rng(0)
    plan = Plan(network, 4, passes=passes)
    plan.input[:, :-1] = rng.standard_normal((4, network.input_size))
    plan.targets[...] = rng.standard_normal((4, network.output_size))
    plan.run()
    return network.gradients.copy()


@pytest.mark.parametrize(
    "chain",
    [
        [of("conv2d", filters=2, kernel_size=2), of("flatten"), dense(1)],
        [of("layer_norm"), of("flatten"), dense(1)],
        [of("batch_norm"), of("flatten"), dense(1)],
    ],
    ids=lambda chain: chain[0]["kind"],
)
def test_every_block_with_weights_can_forget_all_samples_but_the_first(chain):
    network = Network(double(*chain), (2, 4, 4), (1,))
    name = network.layout.blocks[0].name
    rng = np.random.default_rng(1)
    x, t = rng.standard_normal((6, 2, 4, 4)), rng.standard_normal((6, 1))
    network.loss_and_gradient(x[:1], t[:1])
    alone = network.grad_dict()
    network.break_blocks({name: "batch"})
    network.loss_and_gradient(x, t)
    for key, array in network.grad_dict().items():
        if key.startswith(name):
            np.testing.assert_allclose(array, alone[key] / 6, rtol=1e-10, atol=1e-14)


class TestOffers:
    @pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)
    def test_follow_from_what_a_kind_is(self, kind):
        block = kind()
        for shape in ((3,), (2, 5, 5)):
            names = {each.name for each in offered(block, shape)}
            assert ("slope" in names) == block.has_slope
            assert ("batch" in names) == bool(block.initializers())
        assert not offered(block, None)

    def test_a_transpose_can_be_mistaken_in_square_matrices_only(self):
        made = project(dense(2), dense(3), dense(3), dense(1), dense(1))
        offers = [
            "transpose" in {each.name for each in offered(block, place.input_shape)}
            for block, place in zip(made.chain, resolve(made).blocks, strict=True)
        ]
        assert offers == [True, False, True, False, False]

    def test_every_break_says_what_it_is(self):
        for each in BREAKS:
            assert each.title
            assert each.text.endswith(".")

    def test_what_is_not_offered_is_refused_in_a_sentence(self):
        made = project(dense(3), of("tanh"), dense(1))
        with pytest.raises(ProjectError, match=r"dense_9: there is no such block"):
            Network(made, breaks={"dense_9": "batch"})
        with pytest.raises(ProjectError, match=r"tanh_1 can be broken by: slope; given 'batch'\."):
            Trainer(made, breaks={"tanh_1": "batch"})
        assert fitting({"dense_9": "batch", "tanh_1": "batch", "dense_1": "batch"}, made) == {"dense_1": "batch"}


class TestCheck:
    @pytest.mark.parametrize(
        ("breaks", "wrong", "first"),
        [
            ({}, [], None),
            ({"tanh_1": "slope"}, ["dense_1"], "dense_1"),
            ({"sigmoid_1": "slope"}, ["dense_1", "dense_2"], "dense_2"),
            ({"dense_2": "transpose"}, ["dense_1"], "dense_1"),
            ({"dense_2": "batch"}, ["dense_2"], "dense_2"),
            ({"dense_1": "batch", "dense_3": "batch"}, ["dense_1", "dense_3"], "dense_3"),
        ],
        ids=str,
    )
    def test_finds_the_block_and_those_whose_gradient_it_spoils(self, breaks, wrong, first):
        network = Network(double(*HAND), (2,), (2,), breaks)
        rng = np.random.default_rng(7)
        found = check(network, rng.standard_normal((6, 2)), rng.standard_normal((6, 2)))
        assert sorted({tensor.block for tensor in found.tensors if not tensor.agrees}) == wrong
        assert found.first_wrong == first
        assert (found.wrong > 0) == bool(wrong)
        assert found.size == found.checked == network.parameters.size
        for tensor in found.tensors:  # what is measured is the right derivative, whatever the backward pass says
            right = by_true_pass(network, tensor.key, rng=np.random.default_rng(7))
            np.testing.assert_allclose(tensor.difference, right, rtol=1e-5, atol=1e-8)

    def test_says_how_far_it_is_and_can_be_stopped(self):
        network = Network(double(*HAND), (2,), (2,))
        counted: list[tuple[int, int]] = []

        def told(done: int, total: int) -> bool:
            counted.append((done, total))
            return done < 7

        with pytest.raises(Cancelled):
            check(network, np.ones((2, 2)), np.ones((2, 2)), entries=5, told=told)
        assert counted == [(done, 5 + 3 + 5 + 3 + 5 + 2) for done in range(1, 8)]


def by_true_pass(network: Network, key: str, rng: np.random.Generator) -> np.ndarray:
    whole = Network(network.project, (2,), (2,))
    whole.load_state_dict(network.state_dict())
    whole.loss_and_gradient(rng.standard_normal((6, 2)), rng.standard_normal((6, 2)))
    return whole.grad_dict()[key]


def test_on_two_threads_the_first_sample_is_that_of_the_whole_batch():
    chain = [dense(8), of("tanh"), dense(1)]
    one, two = (
        Trainer(project(*chain, training={"threads": threads, "dtype": "float64"}), breaks={"dense_1": "batch"})
        for threads in (1, 2)
    )
    for trainer in (one, two):
        trainer.run(5)
    np.testing.assert_allclose(one.network.parameters, two.network.parameters, rtol=1e-12)


class TestTraining:
    @pytest.mark.parametrize(
        ("example", "kind"), [("spirals", "slope"), ("xor", "slope"), ("domino", "batch")], ids=str
    )
    def test_suffers(self, example, kind):
        made = engine.load(f"example:{example}")
        places = zip(made.chain, resolve(made).blocks, strict=True)
        breaks = {b.name: kind for b, place in places if kind in {each.name for each in offered(b, place.input_shape)}}
        losses = []
        for each in ({}, breaks):
            trainer = Trainer(made, breaks=each)
            trainer.run(300)
            losses.append(trainer.evaluate()["loss"])
        assert losses[1] > 5 * losses[0]

    def test_a_break_stays_across_edits_while_its_block_is_there_and_offers_it(self):
        made = project(dense(4), of("tanh"), dense(4), dense(1))
        trainer = Trainer(made, breaks={"tanh_1": "slope", "dense_2": "transpose"})
        trainer.run(2)
        trainer.adopt(change(made, training=change(made.training, batch_size=7)))
        assert trainer.network.breaks == {"tanh_1": "slope", "dense_2": "transpose"}
        wider = replace_block(made, "dense_1", change(made.block("dense_1"), units=5))
        trainer.adopt(wider)  # no longer square
        assert trainer.network.breaks == {"tanh_1": "slope"}
        trainer.adopt(remove(wider, {"tanh_1"}))
        assert trainer.network.breaks == {}
        trainer.adopt(wider)
        assert trainer.network.breaks == {}, "what was gone comes back whole"

    def test_mending_goes_on_as_if_it_had_been_whole(self):
        made = project(dense(4), of("tanh"), dense(4), dense(1))
        one, other = Trainer(made), Trainer(made, breaks={"dense_2": "transpose"})
        other.break_blocks({})
        for trainer in (one, other):
            trainer.run(20)
        assert np.array_equal(one.network.parameters, other.network.parameters)

    def test_a_broken_run_that_blows_up_stops_with_the_last_finite_weights(self):
        made = project(dense(4), of("tanh"), dense(4), dense(1), loss="mean_squared_error",
                       data={"kind": "sine"}, optimizer={"kind": "sgd", "learning_rate": 50.0})  # fmt: skip
        trainer = Trainer(made)
        trainer.run(1)
        trainer.break_blocks({"tanh_1": "slope"})
        with pytest.raises(ArithmeticError):
            trainer.run(5000)
        assert np.isfinite(trainer.network.parameters).all()

    def test_is_written_nowhere(self):
        made = project(dense(4), of("tanh"), dense(1))
        trainer = Trainer(made, breaks={"tanh_1": "slope"})
        trainer.run(3)
        assert trainer.project.to_json() == trainer.network.project.to_json() == made.to_json()
        assert engine.load(json.loads(trainer.project.to_json())) == made
        assert set(trainer.network.state_dict()) == set(Network(made).state_dict())
        assert trainer.capture().parameters.shape == Network(made).parameters.shape


@pytest.fixture(params=[InlineSession, ProcessSession], ids=lambda kind: kind.__name__)
def session(request):
    session: Session = request.param()
    yield session
    session.close()


def _after(session: Session, steps: int) -> Any:
    """The snapshot once so many steps are done."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        session.poll()
        snapshot = session.snapshot()
        if snapshot is not None and snapshot.steps == steps:
            return snapshot
        time.sleep(0.005)
    raise AssertionError("the run did not get there")


def test_a_session_breaks_mends_and_keeps_it_over_edit_and_reset(session):
    made = project(dense(4), of("tanh"), dense(1), training={"batch_size": 20})
    whole, broken = Trainer(made), Trainer(made, breaks={"tanh_1": "slope"})
    whole.run(5)
    broken.run(5)
    assert not np.array_equal(whole.network.parameters, broken.network.parameters)
    session.start(made)
    session.break_blocks({"tanh_1": "slope", "nobody_1": "batch"})
    session.step(5)
    assert np.array_equal(_after(session, 5).parameters, broken.network.parameters)
    session.edit(change(made, name="Another name"))
    session.step(1)
    broken.run(1)
    assert np.array_equal(_after(session, 6).parameters, broken.network.parameters)
    session.reset(made)
    session.step(5)
    again = Trainer(made, breaks={"tanh_1": "slope"})
    again.run(5)
    assert np.array_equal(_after(session, 5).parameters, again.network.parameters)
    session.reset(made)
    session.break_blocks({})
    session.step(7)
    whole.run(2)
    assert np.array_equal(_after(session, 7).parameters, whole.network.parameters)


def test_a_block_that_is_broken_in_the_middle_of_a_run_is_broken_from_the_next_step_on() -> None:
    """And mended again: the plan that was recorded before must not go on."""
    whole, broken = (Trainer(engine.load("example:three_layers")) for _ in range(2))
    for trainer in (whole, broken):
        trainer.step()
    broken.break_blocks({"tanh_1": "slope"})
    losses = [trainer.step() for trainer in (whole, broken)]
    assert losses[0] == losses[1]
    assert whole.network.grad_dict()["dense_1.weight"] != broken.network.grad_dict()["dense_1.weight"]
    broken.restore(whole.capture())
    broken.break_blocks({})
    for trainer in (whole, broken):
        trainer.step()
    assert whole.network.grad_dict()["dense_1.weight"] == broken.network.grad_dict()["dense_1.weight"]
