"""The lecture's examples: what their notes say, recomputed with plain numpy that is written out here."""

from __future__ import annotations

import re

import numpy as np
import pytest

import engine
from engine.data.parts import dataset
from engine.explain.diagnosis import diagnose
from engine.explain.sweep import sweep
from engine.explain.transcript import Transcript
from engine.network import Network
from engine.project import change, replace_block
from engine.storage import LECTURE, TROUBLED
from engine.trainer import Trainer

MINUS = "\N{MINUS SIGN}"


def rms(array):
    return float(np.sqrt((np.asarray(array, dtype=float) ** 2).mean()))


def notes(name):
    return engine.load(f"example:{name}").notes.replace(MINUS, "-")


def found_in(project, network, size=None):
    part = dataset(project).train
    size = size or project.training.batch_size
    return diagnose(project, network.parameters, network.statistics, part.inputs[:size], part.targets[:size])


def with_rate(name, rate):
    made = engine.load(f"example:{name}")
    return change(made, optimizer=change(made.optimizer, learning_rate=rate))


@pytest.mark.parametrize("name", [*LECTURE, *TROUBLED])
def test_notes_are_one_line_that_describes_and_a_short_guide(name):
    lines = engine.load(f"example:{name}").notes.split("\n")
    assert 3 <= len(lines) <= 7
    assert all(20 < len(line) <= 130 for line in lines)
    assert lines[0].endswith(".")


def test_three_dominoes_two_rates_and_their_product():
    made = engine.load("example:three_dominoes")
    network = Network(change(made, training=change(made.training, dtype="float64")))
    (b_per_a,), (c_per_b,) = (network.state_dict()[f"{name}.weight"][0] for name in "bc")
    assert (b_per_a, c_per_b) == (2, 3)
    c = network.predict(np.array([[1.0], [1.1]]))[:, 0]
    assert c[1] - c[0] == pytest.approx(0.1 * 6)
    assert c[0] == 6
    swept = sweep(made, network.parameters, None, [[1.0]], [[5.0]])
    assert swept.passages[-1].dy.item() == 1  # half of (C - 5)^2: the error's own factor is 1
    assert swept.passages[0].dx.item() == 6
    text = notes("three_dominoes")
    for said in ("B = 2 A", "C = 3 B", "3 x 2 = 6", "move A by 0.01, B moves by 0.02 and C by 0.06"):
        assert said in text


def test_three_layers_four_factors_and_their_product():
    made = engine.load("example:three_layers")
    w1, w2, w3, x, t = 0.5, 1.0, 2.0, 1.0, 1.0
    layer_1 = np.tanh(w1 * x)
    layer_2 = np.tanh(w2 * layer_1)
    output = w3 * layer_2
    factors = [output - t, w3, (1 - layer_2**2) * w2, (1 - layer_1**2) * x]
    network = Network(made)
    sample = sweep(made, network.parameters, None, [[x]], [[t]])
    assert float(sample.gradient[0]) == pytest.approx(np.prod(factors), rel=1e-12)
    said = [float(each) for each in re.findall(r"= (-?[\d.]*\d)[,.]?\s", notes("three_layers") + " ")]
    assert said[:4] == [-0.136, 2, 0.814, 0.786]
    assert [round(float(each), 3) for each in factors] == said[:4]
    assert f"{np.prod(factors):.3f}" == "-0.175"
    assert "the last one, -0.175," in notes("three_layers")
    assert round(float(np.tanh(0.5)), 3) == 0.462
    difference = np.array([0.5 * (w3 * np.tanh(w2 * np.tanh((w1 + step) * x)) - t) ** 2 for step in (1e-6, -1e-6)])
    assert (difference[0] - difference[1]) / 2e-6 == pytest.approx(np.prod(factors), rel=1e-8)


def test_every_parameter_has_twenty_and_one_pass_gives_them_all():
    made = engine.load("example:every_parameter")
    network = Network(made)
    assert network.parameters.size == 20 == 3 * 2 + 3 + 2 * 3 + 2 + 1 * 2 + 1
    data = dataset(made).train
    transcript = Transcript(made, network.parameters, None, None, data.inputs, data.targets)
    assert transcript.counts == "One backward pass gave all 20 derivatives; nudging needs 21 forward passes."
    nudged = []
    for place in range(20):
        losses = []
        for step in (1e-5, -1e-5):
            parameters = network.parameters.astype(float)
            parameters[place] += step
            losses.append(sweep(made, parameters, None, data.inputs, data.targets).loss)
        nudged.append((losses[0] - losses[1]) / 2e-5)
    np.testing.assert_allclose(transcript.gradients, nudged, atol=1e-8)
    trainer = Trainer(made)
    trainer.run(600)
    assert trainer.evaluate()["accuracy"] == 1


def course(rate, steps=4):
    """w, and the losses, by the rule written out: E = (w - 2)^2."""
    w, values, losses = 5.0, [5.0], []
    for _ in range(steps):
        losses.append((w - 2) ** 2)
        w -= rate * 2 * (w - 2)
        values.append(w)
    return values, losses


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0, 1.1])
def test_which_way_follows_its_rule(rate):
    trainer = Trainer(with_rate("which_way", rate))
    values, losses = [float(trainer.network.parameters[0])], []
    for _ in range(4):
        losses.append(trainer.step())
        values.append(float(trainer.network.parameters[0]))
    expected = course(rate)
    np.testing.assert_allclose(values, expected[0], rtol=1e-5)
    np.testing.assert_allclose(losses, expected[1], rtol=1e-5, atol=1e-9)


def test_which_way_falls_with_its_own_rate_and_rises_with_one_too_large():
    made = engine.load("example:which_way")
    assert made.optimizer.learning_rate == 0.1
    assert course(0.1)[0][1] == pytest.approx(4.4)
    assert np.all(np.diff(course(0.1)[1]) < 0)
    assert course(0.5)[0][1] == 2
    assert np.all(np.diff(course(1.1)[1]) > 0)
    assert np.ptp(course(1.0)[1]) == 0
    assert "5 - 0.1 x 6 = 4.4" in notes("which_way")


def test_what_is_asked_of_a_block_is_named_by_blocks():
    made = engine.load("example:three_dominoes")
    found = engine.explain(Network(made), [[1.0]], [[5.0]], "input", (0,), of=("c", 0))
    assert [(group.label, float(group.matrix[0, 0])) for group in found.layers] == [("d c / d b", 3), ("d b / d x", 2)]
    assert found.product == 6
    wide = engine.load("example:every_parameter")
    part = dataset(wide).train
    found = engine.explain(Network(wide), part.inputs[:1], part.targets[:1], "dense_1.weight", (0, 0), of=("tanh_2", 1))
    assert [group.label for group in found.layers] == ["d tanh_2[1] / d tanh_1", "d tanh_1 / d w"]


def layer_sizes(network):
    return [rms(entry.piece(network.gradients)) for entry in network.layout.blocks]


def test_layer_by_layer_all_layers_learn():
    trainer = Trainer(engine.load("example:layer_by_layer"))
    before = trainer.network.parameters.copy()
    trainer.step()
    sizes = layer_sizes(trainer.network)
    assert len(sizes) == 9
    assert max(sizes[:-1]) < 10 * min(sizes[:-1])
    trainer.run(600)
    assert trainer.evaluate()["accuracy"] > 0.95
    for entry in trainer.network.layout.blocks:
        assert rms(entry.piece(trainer.network.parameters) - entry.piece(before)) > 0.005
    assert found_in(trainer.project, trainer.network) == ()


def test_exploding_grows_ten_thousand_times_from_right_to_left():
    made = engine.load("example:exploding")
    network = Network(made)
    (found,) = found_in(made, network)
    assert found.blocks == ("dense_1", "dense_16")
    assert 5e3 < found.ratio < 5e4
    weights = [network.state_dict()[f"dense_{n}.weight"].astype(float) for n in range(2, 17)]
    (factor,) = [each for each in found.factors if each.name == "weights"]
    assert factor.value ** (1 / len(weights)) == pytest.approx(6, rel=0.1)
    assert rms(weights[0] @ np.random.default_rng(0).standard_normal((16, 999))) == pytest.approx(6, rel=0.2)
    trainer = Trainer(made)
    trainer.step()
    sizes = layer_sizes(trainer.network)
    assert sizes[0] > 1e3 * sizes[-2]
    calm = Trainer(found.fix.apply(made))
    calm.step()
    sizes = layer_sizes(calm.network)
    assert max(sizes) < 30 * min(sizes)


def dead_units(trainer):
    """Units of both hidden layers that are off for every sample, by hand."""
    state = {key: value.astype(float) for key, value in trainer.network.state_dict().items()}
    found, x = [], trainer.train.inputs
    for layer in ("dense_1", "dense_2"):
        x = np.maximum(x @ state[f"{layer}.weight"].T + state[f"{layer}.bias"], 0)
        found.append(int((x == 0).all(axis=0).sum()))
    return found


def test_dead_relu_dies_and_the_way_back_is_closed():
    made = engine.load("example:dead_relu")
    trainer = Trainer(made)
    assert max(dead_units(trainer)) <= 1
    trainer.run(60)
    assert dead_units(trainer)[1] == 8
    sizes = layer_sizes(trainer.network)
    trainer.run(200)
    sizes = layer_sizes(trainer.network)
    assert sizes[0] == sizes[1] == 0 < sizes[2]
    assert dead_units(trainer)[1] == 8
    (found,) = found_in(made, trainer.network)
    assert found.text.startswith("The gradient of dense_2 and of all before it is exactly zero: relu_2 is off for all")


def test_dead_relu_lives_with_a_smaller_rate_or_a_leak():
    slow = Trainer(with_rate("dead_relu", 0.5))
    slow.run(300)
    assert dead_units(slow)[1] <= 1
    assert slow.evaluate()["accuracy"] > 0.95
    leaky = engine.load("example:dead_relu")
    for name in ("relu_1", "relu_2"):
        leaky = replace_block(leaky, name, engine.project.layer_kind("leaky_relu")(name=name))
    trainer = Trainer(leaky)
    trainer.run(260)
    assert min(layer_sizes(trainer.network)) > 0


@pytest.mark.parametrize(("name", "sick"), [("vanishing", True), ("exploding", True), ("dead_relu", False),
                                            ("deep", False), ("shortcut", False)])  # fmt: skip
def test_what_is_sick_from_the_start(name, sick):
    assert name in TROUBLED
    made = engine.load(f"example:{name}")
    assert bool(found_in(made, Network(made))) == sick
