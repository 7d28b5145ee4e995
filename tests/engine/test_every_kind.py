"""One battery that every registered kind runs through, so that none can be forgotten."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

import engine
from engine.kinds import Field, Kind, fields, help_of
from engine.network import Network
from engine.plan import ALL_PASSES, Plan
from engine.project import (
    DATA,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    ProjectError,
    Training,
    change,
    decode,
)
from engine.resolve import resolve
from tests.engine.chains import dense, of, project
from tests.engine.gradient_check import relative_error

KINDS = (*LAYERS, *LOSSES, *OPTIMIZERS, *SCHEDULES, *DATA, *INITIALIZERS)
NUMERIC = [(kind, field) for kind in (*KINDS, Training) for field in fields(kind) if field.type in ("int", "float")]
LOSS_DATA = {"binary_cross_entropy": of("xor"), "hinge": of("xor"), "softmax_cross_entropy": of("blobs")}


ON_IMAGES = {"flatten", "conv2d", "batch_norm", "max_pool2d", "average_pool2d", "global_average_pool2d"}


def chain_with(kind: str) -> list[dict[str, Any]]:
    """A chain on 8x8 images in which the kind stands in the middle, between layers with weights where they fit."""
    plain = of(kind)
    if kind in ON_IMAGES:
        before = [of("conv2d", filters=3), plain, of("flatten")]
    elif kind == "add":
        before = [of("flatten"), dense(6, name="first"), of("tanh"), dense(6), {**plain, "source": "first"}]
    elif kind == "reshape":
        before = [of("flatten"), dense(12), {**plain, "shape": [3, 2, 2]}, of("flatten")]
    else:
        before = [of("flatten"), dense(6), plain]
    return [*before, dense(5), of("tanh"), dense(10)]


def network_with(kind: str, dtype: str, batch: int) -> tuple[Network, np.ndarray, np.ndarray]:
    made = project(*chain_with(kind), loss="softmax_cross_entropy", data=of("digits"), training={"dtype": dtype})
    generator = np.random.default_rng(3)
    return Network(made), generator.standard_normal((batch, 1, 8, 8)), generator.integers(0, 10, batch)


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("kind", [layer.__struct_config__.tag for layer in LAYERS])
class TestEveryLayer:
    def test_gradient_agrees_with_central_difference(self, kind: str, batch: int) -> None:
        network, x, target = network_with(kind, "float64", batch)
        network.loss_and_gradient(x, target)
        assert relative_error(network, x, target, network.gradients.copy()) < 1e-6

    def test_check_notices_a_gradient_wrong_by_a_thousandth(self, kind: str, batch: int) -> None:
        network, x, target = network_with(kind, "float64", batch)
        network.loss_and_gradient(x, target)
        errors = [relative_error(network, x, target, network.gradients * 1.001, seed) for seed in range(5)]
        assert max(errors) > 1e-5

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_backward_fills_the_whole_gradient(self, kind: str, batch: int, dtype: str) -> None:
        network, x, target = network_with(kind, dtype, batch)
        network.gradients.fill(np.nan)
        network.loss_and_gradient(x, target)
        assert np.isfinite(network.gradients).all()
        assert network.gradients.dtype == dtype

    def test_float32_agrees_with_float64(self, kind: str, batch: int) -> None:
        gradients = []
        for dtype in ("float32", "float64"):
            network, x, target = network_with(kind, dtype, batch)
            network.loss_and_gradient(x, target)
            gradients.append(network.gradients.astype(float))
        assert np.abs(gradients[0] - gradients[1]).max() < 1e-5

    @pytest.mark.parametrize("left_out", [None, *sorted(ALL_PASSES)])
    def test_every_pass_of_the_plan_can_be_left_out(self, kind: str, batch: int, left_out: str | None) -> None:
        network, x, target = network_with(kind, "float64", batch)
        expected = network.loss_and_gradient(x, target), network.gradients.copy()
        plan = Plan(network, batch, passes=ALL_PASSES - {left_out} if left_out else frozenset())
        plan.input[:, :-1] = network.input_rows(x)
        plan.targets[...] = network.target_rows(target)
        network.gradients.fill(np.nan)
        plan.run()
        assert float(plan.loss) == pytest.approx(expected[0], abs=1e-14)
        np.testing.assert_allclose(network.gradients, expected[1], atol=1e-14)

    def test_replay_repeats_exactly(self, kind: str, batch: int) -> None:
        network, x, target = network_with(kind, "float32", batch)
        first = network.loss_and_gradient(x, target), network.gradients.copy()
        assert network.loss_and_gradient(x, target) == first[0]
        assert (network.gradients == first[1]).all()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("batch", [1, 7])
def test_every_loss_agrees_with_central_difference(loss: type[Kind], batch: int) -> None:
    tag = loss.__struct_config__.tag
    data = LOSS_DATA.get(tag, of("sine"))
    probe = project(dense(4), of("tanh"), loss=tag, data=data, training={"dtype": "float64"})
    (width,) = probe.loss.output_shape(probe.data.classes, probe.data.values)
    network = Network(engine.load({**msgspec.to_builtins(probe), "chain": [dense(4), of("tanh"), dense(width)]}))
    samples = probe.data.generate(np.random.default_rng(0))
    x, target = samples.inputs[:batch], probe.loss.encode(samples)[:batch]
    network.loss_and_gradient(x, target)
    assert relative_error(network, x, target, network.gradients.copy()) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    def test_has_words(self, kind: type[Kind]) -> None:
        assert kind.title and kind.group
        assert len(help_of(kind)) > 10
        assert all(field.title and field.help for field in fields(kind))

    def test_survives_json(self, kind: type[Kind]) -> None:
        plain = msgspec.json.decode(msgspec.json.encode(kind()))
        assert msgspec.convert(plain, kind) == kind()
        assert plain["kind"] == kind().kind

    def test_refuses_an_unknown_field_by_name(self, kind: type[Kind]) -> None:
        with pytest.raises(ProjectError, match="surprise"):
            change(kind(), surprise=1)


def just_outside(field: Field) -> list[float]:
    """Values just beyond each limit of a numeric field."""
    outside: list[float] = []
    tiny = 1 if field.type == "int" else 1e-9
    for limit, exclusive, sign in (
        (field.minimum, field.exclusive_minimum, -1),
        (field.maximum, field.exclusive_maximum, 1),
    ):
        if limit is not None:
            beyond = limit if exclusive else limit + sign * tiny * max(1, abs(limit))
            outside.append(int(beyond) if field.type == "int" else float(beyond))
    return outside


@pytest.mark.parametrize(("kind", "field"), NUMERIC, ids=[f"{kind.__name__}.{field.name}" for kind, field in NUMERIC])
def test_a_value_just_outside_a_limit_is_refused_by_name(kind: Any, field: Field) -> None:
    values = just_outside(field)
    assert values, "every number has limits"
    for value in values:
        with pytest.raises(ProjectError, match=field.name):
            change(kind(), **{field.name: value})


@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_every_initialiser_repeats_and_has_its_spread(initializer: type[Any]) -> None:
    start = initializer()
    shape = (1, 1) if initializer.__struct_config__.tag == "values" else (60, 40)
    one, two = (start.fill(shape, np.random.default_rng(5)) for _ in range(2))
    assert one.shape == shape
    assert (one == two).all()
    into, out = shape[1], shape[0]
    spread = {
        "glorot_uniform": np.sqrt(2 / (into + out)),
        "glorot_normal": np.sqrt(2 / (into + out)),
        "he_uniform": np.sqrt(2 / into),
        "he_normal": np.sqrt(2 / into),
        "lecun_normal": np.sqrt(1 / into),
        "normal": 0.1,
        "uniform": 0.1 / np.sqrt(3),
    }.get(start.kind)
    if spread is not None:
        assert one.std() == pytest.approx(spread, rel=0.05)
    if start.kind == "orthogonal":
        np.testing.assert_allclose(one.T @ one, np.eye(40), atol=1e-12)


@pytest.mark.parametrize("data", [kind for kind in DATA if not kind().problem])  # a file has to be chosen first
def test_every_data_set_has_the_shapes_that_it_declares(data: type[Any]) -> None:
    kind = data()
    samples = kind.generate(np.random.default_rng(0))
    assert samples.inputs.shape == (kind.count, *kind.input_shape)
    if kind.classes:
        assert set(np.unique(samples.labels)) == set(range(kind.classes))
        assert len(samples.classes) == kind.classes
    else:
        assert samples.values.shape == (kind.count, kind.values)


def test_an_empty_object_is_a_project() -> None:
    made = decode("{}")
    assert decode(made.to_json()) == made
    assert decode(made.to_json()).to_json() == made.to_json()
    assert not resolve(made).ok
