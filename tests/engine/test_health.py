"""Sick units: exactly those that every training sample shows, said once, in words, and forgotten when they are well."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine.data.parts import Dataset
from engine.health import FIRST_LOOK, sick_units
from engine.network import Network
from engine.project import LAYERS, Project, change, remove, replace_block
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project

SICK = {
    "relu": lambda y: y == 0,
    "tanh": lambda y: 1 - y**2 < 0.05,
    "sigmoid": lambda y: y * (1 - y) < 0.05,
}
"""Written out once more, from the public outputs."""


def outputs(network: Network, x: np.ndarray) -> dict[str, np.ndarray]:
    """Every block's output (N, ...), by predicting with chains that end there."""
    found, state = {}, network.state_dict()
    chain = network.project.chain
    for end, block in enumerate(chain, 1):
        part = Network(change(network.project, chain=chain[:end]), network.shapes[0], network.shapes[end])
        part.load_state_dict({key: array for key, array in state.items() if key.partition(".")[0] in
            {each.name for each in chain[:end]}})  # fmt: skip
        found[block.name] = part.predict(x)
    return found


def expected(network: Network, x: np.ndarray) -> dict[str, list[int]]:
    """Which units are sick for every sample (and pixel), by block; blocks without any are left out."""
    found = {}
    for block in network.project.chain:
        if block.kind in SICK:
            y = outputs(network, x)[block.name]
            sick = SICK[block.kind](y).all(axis=(0, *range(2, y.ndim)))
            if sick.any():
                found[block.name] = np.flatnonzero(sick).tolist()
    return found


def named(found: dict[str, np.ndarray]) -> dict[str, list[int]]:
    return {name: np.flatnonzero(sick).tolist() for name, sick in found.items() if sick.any()}


ACTIVATIONS = ["relu", "tanh", "sigmoid", "gelu", "leaky_relu", "batch_norm", "dropout"]
plain = st.sampled_from([of(kind) for kind in ACTIVATIONS])
on_points = st.lists(st.one_of(st.builds(dense, st.integers(1, 6)), plain), min_size=1, max_size=6)
image = st.sampled_from([of("conv2d", filters=3), of("max_pool2d")])
on_images = st.lists(st.one_of(image, plain), min_size=1, max_size=4)


def rows_of(x: np.ndarray) -> np.ndarray:
    return np.concatenate([x.reshape(len(x), -1), np.ones((len(x), 1))], axis=1)


@settings(max_examples=60)
@given(st.one_of(on_points, on_images), st.integers(1, 300), st.floats(0.1, 30), st.integers(0, 2**16))
def test_they_are_those_that_every_output_shows(chain: Any, samples: int, size: float, seed: int) -> None:
    image = any(block["kind"] in ("conv2d", "max_pool2d") for block in chain)
    end = [of("flatten"), dense(1)] if image else [dense(1)]
    made = project(*chain, *end, data=of("xor"), training={"dtype": "float64"})
    shape = (2, 8, 8) if image else (3,)
    resolved = engine.resolve(made, shape)
    if any(place.problem for place in resolved.blocks):
        return  # pooled away
    network = Network(made, shape)
    generator = np.random.default_rng(seed)
    network.parameters += size * generator.standard_normal(network.parameters.size)
    x = generator.standard_normal((samples, *shape))
    assert named(sick_units(network, rows_of(x))) == expected(network, x)


@pytest.mark.parametrize("place", [0, FIRST_LOOK - 1, FIRST_LOOK, 650, 699])
def test_a_single_sample_shows_that_a_unit_lives(place: int) -> None:
    network = Network(project(dense(2), of("relu"), dense(1)), (1,))
    state = network.state_dict()
    network.load_state_dict(
        state | {"dense_1.weight": np.array([[1.0], [2.0]]), "dense_1.bias": np.array([0.0, -10.0])}
    )
    x = np.full((700, 1), -1.0)
    assert named(sick_units(network, rows_of(x))) == {"relu_1": [0, 1]}
    x[place] = 3  # 2 x 3 - 10 is still below zero
    assert named(sick_units(network, rows_of(x))) == {"relu_1": [1]}
    x[place] = 6
    assert named(sick_units(network, rows_of(x))) == {}


def test_shortcuts_are_followed() -> None:
    made = project(dense(3, name="first"), of("tanh"), dense(3), of("add", source="first"), of("relu"), dense(1))
    network = Network(made, (2,))
    bias = {"dense_1.bias": np.array([-9.0, 0, -9]), "first.bias": np.array([0.0, 0, 30])}
    network.load_state_dict(network.state_dict() | bias)
    x = np.random.default_rng(0).standard_normal((50, 2))
    assert expected(network, x) == {"tanh_1": [2], "relu_1": [0]}, "the shortcut keeps unit 2 alive"
    assert named(sick_units(network, rows_of(x))) == expected(network, x)


def test_only_these_kinds_can_be_sick() -> None:
    can = {layer.__struct_config__.tag for layer in LAYERS if layer().sickness}
    assert can == {"relu", "tanh", "sigmoid"}
    slopes = (project(of("leaky_relu", slope=slope)).chain[0].sickness for slope in (0.0, 0.01))
    assert [sickness and sickness.name for sickness in slopes] == ["dead", None]


def dying(kind: str = "relu", bias: float = -50.0, **training: Any) -> Trainer:
    """A trainer of 40 samples in 3 steps an epoch, two of whose four units are sick from the start."""
    made = project(dense(4), of(kind), dense(1), optimizer=of("sgd", learning_rate=1e-3),
        training={"batch_size": 16, **training})  # fmt: skip
    generator = np.random.default_rng(0)
    x = generator.standard_normal((40, 2))
    trainer = Trainer(made, Dataset(x, (x[:, :1] > 0).astype(float), ("0", "1")))
    set_bias(trainer, [0, bias, 0, bias])
    return trainer


def set_bias(trainer: Trainer, bias: list[float]) -> None:
    trainer.network.load_state_dict(trainer.network.state_dict() | {"dense_1.bias": np.array(bias)})


def test_they_are_named_at_the_end_of_the_first_epoch() -> None:
    trainer = dying()
    trainer.run(2)
    assert trainer.findings == ()
    trainer.step()
    (finding,) = trainer.findings
    assert trainer.take_news() == [finding]
    assert trainer.take_news() == []
    assert finding.text == "relu_1: 2 of 4 units are dead: they output 0 for every training sample (step 3)."
    assert finding.suggestion == "Try a smaller learning rate or Leaky ReLU."
    assert finding.short == "2 of 4 dead"
    assert (finding.kind, finding.block, finding.units) == ("dead", "relu_1", (1, 3))


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
def test_one_saturated_unit_is_spoken_of_as_one(kind: str) -> None:
    trainer = dying(kind)
    set_bias(trainer, [0, 0, 0, 50])
    trainer.run(3)
    (finding,) = trainer.findings
    text = f"{kind}_1: 1 of 4 units is saturated: its slope is below 0.05 for every training sample (step 3)."
    assert (finding.text, finding.units) == (text, (3,))


def test_channels_are_units_of_an_image() -> None:
    made = project(of("conv2d", filters=3), of("relu"), of("flatten"), dense(10), loss="softmax_cross_entropy",
        data=of("digits"), training={"batch_size": 512})  # fmt: skip
    trainer = Trainer(made)
    state = trainer.network.state_dict()
    trainer.network.load_state_dict(state | {"conv2d_1.bias": np.array([0.0, -90.0, 0.0])})
    trainer.run(trainer.steps_per_epoch)
    (finding,) = trainer.findings
    assert finding.text.startswith("relu_1: 1 of 3 channels is dead")
    assert finding.units == (1,)


def test_only_changes_are_news() -> None:
    trainer = dying()
    trainer.run(3)
    (first,) = trainer.take_news()
    trainer.run(1200)
    assert trainer.take_news() == []
    assert trainer.findings == (first,)
    set_bias(trainer, [0, -50, 0, 0])
    trainer.run(1200)
    (second,) = trainer.take_news()
    assert second.text.startswith("relu_1: 1 of 4 units is dead")
    set_bias(trainer, [0, 0, 0, 0])
    trainer.run(1200)
    (last,) = trainer.take_news()
    assert last.over
    assert last.text == f"relu_1: no unit is dead any more (step {last.step:,})."
    assert trainer.findings == ()


@settings(max_examples=20)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_however_a_run_is_cut_the_same_is_found_at_the_same_steps(pieces: list[int]) -> None:
    whole, cut = dying("tanh", bias=2.6), dying("tanh", bias=2.6)
    whole.run(sum(pieces))
    found = []
    for piece in pieces:
        cut.run(piece)
        found += cut.take_news()
    assert found == whole.take_news()
    assert cut.findings == whole.findings


def test_looking_changes_nothing() -> None:
    """Two chains that differ in what can be sick only: a leaky ReLU of slope 0 and a ReLU."""
    runs = []
    for block in (of("relu"), of("leaky_relu", slope=1e-12)):
        made = project(dense(6), block, of("batch_norm"), of("dropout"), dense(1), training={"dtype": "float64"})
        trainer = Trainer(made)
        trainer.run(700)
        runs.append(trainer.network)
    assert np.allclose(runs[0].parameters, runs[1].parameters, atol=1e-8)
    assert np.allclose(runs[0].statistics, runs[1].statistics, atol=1e-8)


def healed(made: Project, how: str) -> Project:
    if how == "removed":
        return remove(made, ["relu_1"])
    return replace_block(made, "relu_1", project(of("leaky_relu", name="relu_1")).chain[0])


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_an_edit_that_removes_the_cause_clears_it(how: str) -> None:
    trainer = dying()
    trainer.run(3)
    assert trainer.findings
    trainer.adopt(change(trainer.project, training=change(trainer.project.training, batch_size=8)))
    assert trainer.findings, "this edit changes nothing about it"
    trainer.adopt(healed(trainer.project, how))
    assert trainer.findings == ()
