"""Slow motion: every moment agrees with numpy by hand, terms add up, and the last moment is the trainer's own step."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

import engine
from engine.explain.transcript import OptimizerState, Transcript
from engine.network import Network
from engine.project import LAYERS, LOSSES, OPTIMIZERS
from engine.storage import EXAMPLES
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project
from tests.engine.gradient_check import relative_error
from tests.engine.test_every_kind import chain_with

MIXED = project(
    of("conv2d", filters=3, padding="same"), of("batch_norm"), of("relu"), of("max_pool2d"),
    of("conv2d", filters=2, kernel_size=2, stride=2), of("average_pool2d"), of("flatten"), dense(6), of("tanh"),
    of("layer_norm"), dense(6), of("dropout"), of("add", source="tanh_1"), of("gelu"), dense(10, bias=False),
    loss="softmax_cross_entropy", data=of("digits"),
)  # fmt: skip
POINTS = project(dense(8), of("batch_norm"), of("relu"), of("dropout", rate=0.3), dense(1), data=of("moons"))


def next_batch(trainer):
    """The samples that the trainer's next step will use."""
    state = trainer._batches.capture()
    chosen = trainer._batches.next()
    trainer._batches.restore(state)
    return trainer.train.inputs[chosen], trainer.train.targets[chosen]


def told(trainer):
    """The transcript of the trainer's next step."""
    update = trainer._update
    return Transcript(
        trainer.project, trainer.network.parameters, trainer.network.statistics,
        OptimizerState(update.count, update.vectors), *next_batch(trainer), trainer.network.generators,
    )  # fmt: skip


def same_step(made, steps, tolerance):
    trainer = Trainer(made)
    trainer.run(steps)
    before = trainer.capture()
    transcript = told(trainer)
    assert np.array_equal(trainer.network.parameters, before.parameters)
    assert trainer.capture().generators == before.generators
    loss = trainer.step()
    assert transcript.loss == pytest.approx(loss, rel=tolerance)
    for own, real in ((transcript.parameters, trainer.network.parameters),
                      (transcript.statistics, trainer.network.statistics)):  # fmt: skip
        assert np.linalg.norm(own - real) <= tolerance * np.linalg.norm(real.astype(float))
    assert not np.array_equal(trainer.network.parameters, before.parameters)


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_last_moment_is_the_trainers_step_on_every_example(name, steps):
    same_step(engine.load(f"example:{name}"), steps, 1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("made", [MIXED, POINTS], ids=["images", "points"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_last_moment_is_the_trainers_step_with_every_optimizer(optimizer, made, dtype):
    """With batch norm and dropout at work, clipped, with l1 and a schedule. Where a gradient is next to nothing, Adam
    makes a step of full length of it: an epsilon keeps rounding errors of float32 from deciding.
    """
    kind = optimizer()
    fields = {"epsilon": 1e-3} if "epsilon" in kind.__struct_fields__ else {"momentum": 0.9, "weight_decay": 0.01}
    plain = {"clip_norm": 0.5, "l1": 0.001, "schedule": of("exponential", by=0.9), "dtype": dtype}
    changed = {"optimizer": {**msgspec.to_builtins(kind), **fields}, "training": plain}
    same_step(engine.load({**msgspec.to_builtins(made), **changed}), 4, 1e-6 if dtype == "float32" else 1e-11)


@pytest.mark.parametrize("kind", [layer.__struct_config__.tag for layer in LAYERS])
def test_the_last_moment_is_the_trainers_step_with_every_layer(kind):
    optimizer = of("sgd", learning_rate=0.1)
    same_step(project(*chain_with(kind), loss="softmax_cross_entropy", data=of("digits"), optimizer=optimizer), 2, 1e-6)


def transcript_of(made, size=5, steps=0, seed=0):
    trainer = Trainer(made)
    trainer.run(steps)
    inputs, targets = trainer.train.inputs[:size], trainer.train.targets[:size]
    return Transcript(made, trainer.network.parameters, trainer.network.statistics, None, inputs, targets)


def some(shape, generator, count=6):
    return [tuple(int(generator.integers(size)) for size in shape) for _ in range(count)]


def total(terms):
    return pytest.approx(sum(term.value for term in terms), abs=1e-12)


def values_add_up(moment, values, generator):
    for sample, *unit in some(values.shape, generator):
        assert values[(sample, *unit)] == total(moment.terms(tuple(unit), sample))


def gradients_add_up(moment, generator):
    for name, gradient in moment.weight_gradient.items():
        for index in some(gradient.shape, generator, 3):
            shares = moment.weight_terms(name, index)
            assert len(shares) == len(moment.input)
            assert gradient[index] == total(shares)
            assert shares[2].value == total(moment.weight_terms(name, index, sample=2))


def updates_add_up(moment, generator):
    for name, after in moment.weights_after.items():
        for index in some(after.shape, generator, 2):
            assert after[index] == total(moment.weight_terms(name, index))


@pytest.mark.parametrize("kind", [*(layer.__struct_config__.tag for layer in LAYERS), "mixed", "points"])
def test_terms_add_up_to_every_value_shown(kind):
    special = {"mixed": MIXED, "points": POINTS}
    made = special.get(kind) or project(*chain_with(kind), loss="softmax_cross_entropy", data=of("digits"))
    transcript, generator = transcript_of(made, steps=2), np.random.default_rng(0)
    for moment in transcript.moments:
        if moment.phase == "forward":
            values_add_up(moment, moment.output, generator)
        elif moment.phase == "backward":
            values_add_up(moment, moment.delta_in, generator)
            gradients_add_up(moment, generator)
        elif moment.phase == "loss":
            assert transcript.loss == total(moment.terms())
        else:
            updates_add_up(moment, generator)


def test_a_dense_chain_by_hand():
    """Forward, backward, gradient and update of 1-2-1, written out."""
    made = project(
        dense(2, weight_init=of("values", values=[[0.5], [-1.0]]), bias_init=of("values", values=[0.1, 0.2])),
        of("tanh"),
        dense(1, weight_init=of("values", values=[[2.0, 3.0]])),
        loss="mean_squared_error", data=of("sine"), optimizer=of("sgd", learning_rate=0.1),
    )  # fmt: skip
    x, t = np.array([[1.0], [-2.0]]), np.array([[1.0], [0.5]])
    transcript = Transcript(made, Network(made).parameters, None, None, x, t)
    w1, b1, w2 = np.array([[0.5], [-1.0]]), np.array([0.1, 0.2]), np.array([[2.0, 3.0]])
    w1, b1, w2 = (each.astype(np.float32).astype(float) for each in (w1, b1, w2))  # as the network holds them
    z = x @ w1.T + b1
    h = np.tanh(z)
    y = h @ w2.T
    dy = y - t  # 2 (y - t) / 2 samples
    dh = dy @ w2
    dz = dh * (1 - h**2)
    first, second, third, loss, back3, back2, back1, update1, update3 = transcript.moments
    phases = ["forward"] * 3 + ["loss"] + ["backward"] * 3 + ["update"] * 2
    assert [each.phase for each in transcript.moments] == phases
    for got, want in (
        (first.output, z), (second.output, h), (second.slope, 1 - h**2), (third.output, y), (loss.delta_out, dy),
        (back3.delta_out, dy), (back3.delta_in, dh), (back3.weight_gradient["weight"], dy.T @ h),
        (back3.weight_gradient["bias"], dy.sum(0)), (back2.delta_in, dz), (back1.weight_gradient["weight"], dz.T @ x),
        (update1.weights["weight"], w1), (update1.weights_after["weight"], w1 - 0.1 * dz.T @ x),
        (update1.change["bias"], -0.1 * dz.sum(0)), (update3.weights_after["weight"], w2 - 0.1 * dy.T @ h),
    ):  # fmt: skip
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-15)
    assert transcript.loss == pytest.approx(((y - t) ** 2).mean(), rel=1e-12)
    terms = third.terms(0, sample=1)
    assert [term.label for term in terms] == ["w[0, 0] × x[0]", "w[0, 1] × x[1]", "b[0]"]
    assert terms[1].factors == pytest.approx((3.0, h[1, 1]))
    (back,) = back3.terms(1, sample=0)
    assert back.label == "w[0, 1] × δ[0]"
    assert back.value == pytest.approx(3 * dy[0, 0])
    (own,) = back3.weight_terms("weight", (0, 1), sample=0)
    assert own.label == "δ[0] × x[1]"
    assert own.value == pytest.approx(dy[0, 0] * h[0, 1])


def test_a_convolutions_terms_are_its_window():
    """A kernel of 2x2 over one channel of 3x3, against sums written out here."""
    made = project(of("conv2d", filters=1, kernel_size=2), of("flatten"), dense(10),
                   loss="softmax_cross_entropy", data=of("digits"))  # fmt: skip
    network = Network(made, (1, 3, 3))
    generator = np.random.default_rng(1)
    x, t = generator.standard_normal((2, 1, 3, 3)), np.array([1, 7])
    transcript = Transcript(made, network.parameters, None, None, x, t)
    kernel = network.state_dict()["conv2d_1.weight"][0, 0].astype(float)
    forward, backward = transcript.moments[0], transcript.moments[-3]
    assert backward.phase == "backward"
    assert backward.block == "conv2d_1"
    terms = forward.terms((0, 1, 0), sample=1)
    window = [(i, j, kernel[i, j] * x[1, 0, 1 + i, j]) for i in (0, 1) for j in (0, 1)]
    assert [term.value for term in terms[:-1]] == pytest.approx([value for *_, value in window])
    assert [term.label for term in terms[:2]] == ["w[0, 0, 0, 0] × x[0, 1, 0]", "w[0, 0, 0, 1] × x[0, 1, 1]"]
    delta = backward.delta_out[1, 0]
    assert backward.terms((0, 1, 1), sample=1)[0].value == pytest.approx(kernel[0, 0] * delta[1, 1])
    assert len(backward.terms((0, 1, 1), sample=1)) == 4
    assert len(backward.terms((0, 0, 0), sample=1)) == 1
    places = backward.weight_terms("weight", (0, 0, 1, 0), sample=1)
    expected = [delta[r, c] * x[1, 0, r + 1, c] for r in (0, 1) for c in (0, 1)]
    assert [term.value for term in places] == pytest.approx(expected)


def test_the_gradients_are_those_of_finite_differences():
    made = project(dense(5), of("silu"), of("layer_norm"), dense(1), training={"dtype": "float64"})
    network = Network(made)
    x, t = np.random.default_rng(0).standard_normal((7, 2)), np.ones((7, 1))
    transcript = Transcript(made, network.parameters, None, None, x, t)
    assert relative_error(network, x, t, transcript.gradients) < 1e-7
    assert relative_error(network, x, t, transcript.gradients * 1.001) > 1e-6


def test_every_moment_is_told_in_a_sentence_with_a_formula():
    for made in (MIXED, POINTS):
        for moment in transcript_of(made).moments:
            assert moment.formula
            assert moment.sentence.endswith(".")
            assert "nan" not in moment.sentence
            assert len(moment.sentence) < 320
    for kind in (*LAYERS, *LOSSES):
        assert kind.formula
        assert "{" not in kind.formula
    assert all(kind().formula for kind in OPTIMIZERS)


def test_what_is_said():
    values = of("values", values=[[0.5], [0.25]])
    made = project(dense(2, weight_init=values), of("sigmoid"), dense(1, weight_init=of("constant", value=1)),
                   loss="mean_squared_error", data=of("sine"), optimizer=of("sgd", learning_rate=0.5))  # fmt: skip
    moments = Transcript(made, Network(made).parameters, None, None, [[0.0]], [[2.0]]).moments
    assert [each.sentence for each in moments] == [
        "dense_1: 2 values, each a weighted sum of 1 input, plus a bias: from 0 to 0.",
        "sigmoid_1: 2 values pass the Sigmoid; the slope, y (1 − y), is kept for the way back: mean 0.250.",
        "dense_2: 1 value, a weighted sum of 2 inputs, plus a bias: from 1.00 to 1.00.",
        "loss: Mean squared error of 1 sample: 1.00; its derivative by the output starts the way back, the largest "
        "−2.00 at unit 0 of sample 0.",
        "backward through dense_2: its error times its input gives 3 derivatives, the largest −2.00 at bias[0]; its "
        "weights times its error give the error of sigmoid_1, from 2.00 to 2.00 (root mean square).",
        "backward through sigmoid_1: error times slope, −2.00 times 0.250 = −0.500 at unit 0 of sample 0.",
        "backward through dense_1: its error times its input gives 4 derivatives, the largest −0.500 at bias[0].",
        "update of dense_1: bias[0] was 0, its gradient is −0.500, Gradient descent (SGD) adds 0.250: now 0.250.",
        "update of dense_2: bias[0] was 0, its gradient is −2.00, Gradient descent (SGD) adds 1.00: now 1.00.",
    ]


def test_a_shortcuts_two_ways_are_told_and_added():
    transcript = transcript_of(engine.load("example:shortcut"))
    (moment,) = [each for each in transcript.moments if each.block == "tanh_0" and each.phase == "backward"]
    assert "The error came along 2 ways and was added up." in moment.sentence
    after = {each.block: each for each in transcript.moments if each.phase == "backward"}
    parts = after["dense_1"].delta_in + after["add_1"].delta_out
    np.testing.assert_allclose(moment.delta_out, parts, atol=1e-15)


def test_counts_and_what_is_reused():
    made = project(dense(20), of("tanh"), dense(2), of("relu"), dense(1, bias=False))
    transcript = transcript_of(made)
    assert transcript.counts == "One backward pass gave all 104 derivatives; nudging needs 105 forward passes."
    assert transcript.reuses("dense_3") == ("dense_1", "dense_2", "dense_3")
    assert transcript.reuses("relu_1") == ("dense_1", "dense_2")
    assert transcript.reuses("tanh_1") == ("dense_1",)
    with pytest.raises(KeyError):
        transcript.reuses("nothing")
    one = project(dense(1, bias=False), loss="mean_squared_error", data=of("sine"))
    assert "the one derivative; nudging needs 2 forward passes" in transcript_of(one).counts


def test_blocks_below_the_first_weights_are_not_walked_back_through():
    made = project(of("tanh"), dense(1), data=of("xor"))
    phases = [(each.phase, each.block) for each in transcript_of(made).moments]
    assert phases == [("forward", "tanh_1"), ("forward", "dense_1"), ("loss", "loss"), ("backward", "dense_1"),
                      ("update", "dense_1")]  # fmt: skip


def test_an_index_outside_is_refused_in_a_sentence():
    transcript = transcript_of(POINTS)
    forward, back, update = (transcript.moments[place] for place in (0, -4, -1))
    for ask in (
        lambda: forward.terms(8), lambda: forward.terms((0, 0)), lambda: forward.terms(-1), lambda: forward.terms(0, 5),
        lambda: back.terms(0, -1), lambda: back.weight_terms("weight", (0, 2)),
        lambda: back.weight_terms("kernel", (0,)), lambda: update.weight_terms("weight", (1, 0)),
        lambda: back.weight_terms("bias", (0,), sample=9),
    ):  # fmt: skip
        with pytest.raises(engine.ProjectError, match=r"^[^\n]{20,300}$"):
            ask()
    with pytest.raises(engine.ProjectError, match="at least 2 samples"):
        transcript_of(POINTS, size=1)


def scissors(**given):
    """4-4-4-1 with tanh between; each name is given the field ``cut`` or ``frozen``."""
    chain = [dense(4, name="dense_1"), of("tanh", name="tanh_1"), dense(4, name="dense_2"), of("tanh", name="tanh_2"),
             of("add", name="add_1", source="tanh_1"), dense(1, name="dense_3")]  # fmt: skip
    chain = [{**each, given[each["name"]]: True} if each["name"] in given else each for each in chain]
    return project(*chain, data=of("moons"), optimizer=of("adam", learning_rate=0.05, weight_decay=0.01))


CUTS = [
    {"tanh_2": "cut"}, {"dense_3": "cut"}, {"add_1": "cut"}, {"dense_1": "frozen"},
    {"dense_2": "frozen", "tanh_2": "cut"}, {"dense_1": "frozen", "dense_2": "frozen", "dense_3": "frozen"},
]  # fmt: skip


@pytest.mark.parametrize("given", CUTS, ids=str)
def test_the_last_moment_is_the_trainers_step_with_cuts_and_frozen_blocks(given):
    made = scissors(**given)
    trainer = Trainer(made)
    trainer.run(3)
    transcript, before = told(trainer), trainer.network.parameters.copy()
    trainer.step()
    for own, real in ((transcript.gradients, trainer.network.gradients),
                      (transcript.parameters, trainer.network.parameters)):  # fmt: skip
        np.testing.assert_allclose(own, real, rtol=2e-4, atol=1e-6)
    for place in trainer.network.layout.frozen:
        assert np.array_equal(transcript.parameters[place], before[place])
    for moment in transcript.moments:
        if moment.phase == "backward":
            values_add_up(moment, moment.delta_in, np.random.default_rng(0))
            gradients_add_up(moment, np.random.default_rng(0))


def test_a_frozen_block_is_told_to_stay():
    transcript = transcript_of(scissors(dense_1="frozen"))
    updates = {each.block: each for each in transcript.moments if each.phase == "update"}
    assert updates["dense_1"].sentence == "dense_1 is frozen: it does not move."
    assert not any(each.any() for each in updates["dense_1"].change.values())
    assert updates["dense_2"].change["weight"].any()
    assert updates["dense_1"].weight_gradient["weight"].any()


def test_nothing_goes_on_at_a_cut_but_along_a_shortcut():
    transcript = transcript_of(scissors(tanh_2="cut"))
    back = {each.block: each for each in transcript.moments if each.phase == "backward"}
    assert list(back) == ["dense_3", "add_1", "tanh_2", "tanh_1", "dense_1"]
    assert back["tanh_2"].sentence.endswith("The link before it is cut: nothing goes on there.")
    assert back["tanh_2"].delta_out.any()
    assert not back["tanh_2"].delta_in.any()
    assert back["tanh_2"].terms(1) == ()
    np.testing.assert_array_equal(back["tanh_1"].delta_out, back["add_1"].delta_out)
    assert transcript.reuses("dense_3") == ("dense_1", "dense_3")
    assert transcript.reuses("tanh_2") == ()
    assert transcript.reuses("dense_2") == ("dense_1", "dense_2")
    behind = transcript_of(scissors(dense_3="cut"))
    assert [each.block for each in behind.moments if each.phase == "backward"] == ["dense_3"]
    assert behind.reuses("dense_3") == ("dense_3",)


@pytest.mark.parametrize("kind", ["dense", "conv2d", "layer_norm"])
def test_the_shares_of_the_samples_are_those_of_each_sample_alone(kind):
    """One sample's derivative is the network's own for that sample, over their number."""
    made = project(*chain_with(kind), loss="softmax_cross_entropy", data=of("digits"), training={"dtype": "float64"})
    transcript, network = transcript_of(made), Network(made)
    part = Trainer(made).train
    moment = next(each for each in transcript.moments if each.phase == "backward" and each.block == f"{kind}_1")
    for name, gradient in moment.weight_gradient.items():
        index = tuple(size - 1 for size in gradient.shape)
        for sample, term in enumerate(moment.weight_terms(name, index)):
            network.loss_and_gradient(part.inputs[sample : sample + 1], part.targets[sample : sample + 1])
            alone = network.grad_dict()[f"{kind}_1.{name}"][index]
            assert term.factors[0] == pytest.approx(alone, rel=1e-9, abs=1e-14)
