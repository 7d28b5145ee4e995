"""Outputs, losses, gradients and updates against PyTorch in double precision: 500 random chains, every optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine.data.parts import Dataset
from engine.network import Network
from engine.plan import ALL_PASSES, Plan
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project
from tests.engine.random_chains import Case, cases, chains, image_chains, picks, with_shortcuts
from tests.engine.twins import ACTIVATIONS, LOSSES, Twin, torch, twin

passes = st.frozensets(st.sampled_from(sorted(ALL_PASSES)))


def with_passes(network: Network, taken: frozenset[str], batch: int) -> Network:
    """The network with plans for that batch size that take those of the plan's short cuts and no others."""
    for backward, training in ((True, True), (True, False), (False, False)):
        network._plans[batch, backward, training] = Plan(network, batch, backward, training, taken)
    return network


@settings(max_examples=175)
@given(chains(), passes, st.integers(1, 7), st.integers(0, 2**16))
def test_random_chains_agree_in_output_loss_and_every_gradient(
    drawn: tuple[list[dict[str, Any]], str], taken: frozenset[str], batch: int, seed: int
) -> None:
    chain, loss = drawn
    data = of("xor") if loss == "binary_cross_entropy" else of("digits")
    before = [of("flatten")] if data["kind"] == "digits" else []
    network = Network(project(*before, *chain, loss=loss, data=data, training={"dtype": "float64"}))
    generator = np.random.default_rng(seed)
    network.parameters += 0.3 * generator.standard_normal(network.parameters.size)
    x = generator.standard_normal((batch, *network.shapes[0]))
    target = {
        "binary_cross_entropy": generator.integers(0, 2, (batch, 1)).astype(float),
        "softmax_cross_entropy": generator.integers(0, 10, batch),
    }.get(loss, generator.standard_normal((batch, 10)))
    agree(with_passes(network, taken, batch), x, target, loss)


def agree(network: Network, x: np.ndarray, target: np.ndarray, loss: str, training: bool = False) -> None:
    """Loss, output, every gradient and every running statistic are those of PyTorch."""
    other = twin(network).train(training)
    output = other(torch.tensor(x))
    value = LOSSES[loss]()(output, torch.tensor(target))
    value.backward()

    assert network.loss_and_gradient(x, target, training) == pytest.approx(value.item(), abs=1e-10, rel=1e-10)
    for key, array in zip([key for key in network.state_dict() if "running" in key],
        [each for name, each in other.named_buffers() if "running" in name], strict=True):  # fmt: skip
        np.testing.assert_allclose(network.state_dict()[key], array.numpy(), atol=1e-10, rtol=1e-10)
    output = other.eval()(torch.tensor(x))
    np.testing.assert_allclose(network.predict(x), output.detach().numpy(), atol=1e-10, rtol=1e-10)
    expected = torch.cat([parameter.grad.flatten() for parameter in other.parameters()]).numpy()
    ours = np.concatenate([each.ravel() for each in network.grad_dict().values()])
    scale = max(np.abs(expected).max(initial=0), 1e-3)
    assert np.abs(ours - expected).max(initial=0) <= 1e-10 * scale


@settings(max_examples=150)
@given(st.lists(st.sampled_from([dense(5), *(of(name) for name in ACTIVATIONS)]), max_size=8), picks,
       passes, st.integers(1, 5), st.integers(0, 2**16))  # fmt: skip
def test_random_chains_with_shortcuts_agree(
    middle: list[dict[str, Any]], shortcuts: list[tuple[int, int]], taken: frozenset[str], batch: int, seed: int
) -> None:
    made = project(dense(5), *middle, loss="mean_squared_error", data=of("xor"), training={"dtype": "float64"})
    network = with_passes(Network(with_shortcuts(made, shortcuts), (3,), (5,)), taken, batch)
    generator = np.random.default_rng(seed)
    agree(network, generator.standard_normal((batch, 3)), generator.standard_normal((batch, 5)), "mean_squared_error")


@settings(max_examples=175)
@given(image_chains(), picks, passes, st.integers(2, 5), st.integers(0, 2**16), st.booleans())
def test_random_chains_on_images_agree(
    chain: list[dict[str, Any]],
    shortcuts: list[tuple[int, int]],
    taken: frozenset[str],
    batch: int,
    seed: int,
    training: bool,
) -> None:
    loss = "softmax_cross_entropy"
    made = project(*chain, loss=loss, data=of("digits"), training={"dtype": "float64"})
    network = with_passes(Network(with_shortcuts(made, shortcuts)), taken, batch)
    generator = np.random.default_rng(seed)
    network.parameters += 0.3 * generator.standard_normal(network.parameters.size)
    agree(network, generator.standard_normal((batch, 1, 8, 8)), generator.integers(0, 10, batch), loss, training)


@pytest.mark.parametrize("taken", [ALL_PASSES, frozenset()], ids=["all passes", "no pass"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
@pytest.mark.parametrize("size", [2, 3])
def test_of_equal_pixels_the_first_gets_the_gradient(size: int, activation: str, taken: frozenset[str]) -> None:
    """Weights and pixels are small multiples of a power of two, so that sums are exact and many pixels are equal."""
    chain = [of("conv2d", filters=3, kernel_size=2), of(activation), of("max_pool2d", size=size), of("conv2d",
        filters=2, kernel_size=2), of(activation), of("flatten"), dense(10)]  # fmt: skip
    network = Network(project(*chain, loss="softmax_cross_entropy", data=of("digits"), training={"dtype": "float64"}))
    generator = np.random.default_rng(size)
    network.parameters[...] = generator.integers(-2, 3, network.parameters.size) / 4
    x = generator.integers(0, 2, (4, 1, 8, 8)).astype(float)
    agree(with_passes(network, taken, 4), x, generator.integers(0, 10, 4), "softmax_cross_entropy")


OPTIMIZERS = [
    (of("sgd", learning_rate=0.1), lambda p: torch.optim.SGD(p, 0.1)),
    (of("sgd", learning_rate=0.1, momentum=0.9), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
    (
        of("sgd", learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    ),
    (of("adam", learning_rate=0.01), lambda p: torch.optim.Adam(p, 0.01)),
    (of("rmsprop", learning_rate=0.01), lambda p: torch.optim.RMSprop(p, 0.01)),
    (
        of("rmsprop", learning_rate=0.02, decay=0.9, epsilon=1e-3, weight_decay=0.1),
        lambda p: torch.optim.RMSprop(p, 0.02, alpha=0.9, eps=1e-3, weight_decay=0.1),
    ),
    (of("adagrad", learning_rate=0.1), lambda p: torch.optim.Adagrad(p, 0.1)),
    (
        of("adagrad", learning_rate=0.1, epsilon=1e-3, weight_decay=0.1),
        lambda p: torch.optim.Adagrad(p, 0.1, eps=1e-3, weight_decay=0.1),
    ),
    (of("adamw", learning_rate=0.01), lambda p: torch.optim.AdamW(p, 0.01)),
    (
        of("adamw", learning_rate=0.02, beta1=0.8, weight_decay=0.3),
        lambda p: torch.optim.AdamW(p, 0.02, betas=(0.8, 0.999), weight_decay=0.3),
    ),
    (
        of("adam", learning_rate=0.01, beta1=0.8, beta2=0.99, epsilon=1e-3, weight_decay=0.1),
        lambda p: torch.optim.Adam(p, 0.01, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1),
    ),
]


@pytest.mark.parametrize(("ours", "theirs"), OPTIMIZERS, ids=[str(ours) for ours, _ in OPTIMIZERS])
def test_twenty_steps_of_every_optimizer_agree(ours: dict[str, Any], theirs: Any) -> None:
    generator = np.random.default_rng(1)
    x = generator.standard_normal((30, 2))
    target = (x[:, :1] * x[:, 1:] > 0).astype(float)
    made = project(dense(6), of("tanh"), dense(1), optimizer=ours, training={"dtype": "float64", "batch_size": 30})
    trainer = Trainer(made, Dataset(x, target, ("0", "1")))
    other = twin(trainer.network)
    optimizer = theirs(other.parameters())
    for _ in range(20):
        trainer.step()
        optimizer.zero_grad()
        torch.nn.BCEWithLogitsLoss()(other(torch.tensor(x)), torch.tensor(target)).backward()
        optimizer.step()
    expected = torch.cat([parameter.data.flatten() for parameter in other.parameters()]).numpy()
    found = np.concatenate([each.ravel() for each in trainer.network.state_dict().values()])
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_hinge_is_the_mean_of_what_is_missing_to_the_margin(seed: int) -> None:
    """PyTorch's own loss of that name has another meaning; the formula is written out."""
    network = Network(project(dense(4), of("tanh"), dense(1), loss="hinge", training={"dtype": "float64"}))
    generator = np.random.default_rng(seed)
    x, target = generator.standard_normal((9, 2)), generator.choice([-1.0, 1.0], (9, 1))
    other = twin(network)
    value = torch.clamp(1 - torch.tensor(target) * other(torch.tensor(x)), min=0).mean()
    value.backward()
    assert network.loss_and_gradient(x, target) == pytest.approx(value.item(), rel=1e-12)
    expected = torch.cat([parameter.grad.flatten() for parameter in other.parameters()]).numpy()
    ours = np.concatenate([each.ravel() for each in network.grad_dict().values()])
    np.testing.assert_allclose(ours, expected, atol=1e-12)


def jacobian(function: Any, at: np.ndarray) -> np.ndarray:
    """PyTorch's Jacobian of a function of one sample's values, (out, in), both in public order."""
    found = torch.autograd.functional.jacobian(function, torch.tensor(at)[None])
    return found.reshape(-1, at.size).numpy()


def between(other: Twin, outputs: dict[str, Any], start: str, end: str) -> Any:
    """What the end block gives out as a function of what the start block gives out; what comes before stays."""
    names = ["input", *(block.name for block in other.chain)]
    first, last = names.index(start), names.index(end)

    def function(value: Any) -> Any:
        known = {name: outputs[name] for name in names[:first]} | {start: value}
        x = value
        for block, part in zip(other.chain[first:last], other.parts[first:last], strict=True):
            x = known[block.name] = x + known[block.source] if block.sources else part(x)
        return x

    return function


@settings(max_examples=60)
@given(st.data(), cases(largest_batch=2))
def test_every_factor_is_the_jacobian_of_autograd(data: st.DataObject, case: Case) -> None:
    network, x, target = case
    loss = network.project.loss.kind
    if loss not in LOSSES:
        return
    other, state = twin(network).eval(), network.state_dict()
    for name, buffer in other.named_buffers():
        if "running" in name:
            part, which = name.split(".")[1], name.rpartition(".")[2]
            buffer[...] = torch.tensor(state[f"{network.project.chain[int(part)].name}.{which}"])
    keys = {key: array.shape for key, array in state.items() if "running" not in key}
    key = data.draw(st.sampled_from(sorted(keys)))
    index = tuple(data.draw(st.integers(0, size - 1)) for size in keys[key])
    found = engine.explain(network, x, target, key, index, sample=0)

    outputs, value = {"input": torch.tensor(x[:1])}, torch.tensor(x[:1])
    for block, part in zip(other.chain, other.parts, strict=True):
        value = outputs[block.name] = value + outputs[block.source] if block.sources else part(value)
    last = network.project.chain[-1].name
    expected = jacobian(lambda y: LOSSES[loss]()(y, torch.tensor(target[:1])), value[0].detach().numpy())
    np.testing.assert_allclose(found.factors[0].matrix, expected, rtol=1e-9, atol=1e-12)
    assert found.factors[0].label == f"d loss / d {last}"
    for factor in found.factors[1:-1]:
        function = between(other, outputs, factor.below, factor.above)
        expected = jacobian(function, outputs[factor.below][0].detach().numpy())
        np.testing.assert_allclose(factor.matrix, expected, rtol=1e-9, atol=1e-10)

    place = [block.name for block in network.project.chain].index(key.partition(".")[0])
    part, before = other.parts[place], found.explainer.chain.name(place - 1)
    parameter = dict(part.named_parameters())[key.partition(".")[2]]

    def moved(value: Any) -> Any:
        changed = parameter.detach().clone()
        changed[index] = value
        return torch.func.functional_call(part, {key.partition(".")[2]: changed}, (outputs[before],))

    column = torch.autograd.functional.jacobian(moved, parameter.detach()[index])
    np.testing.assert_allclose(found.factors[-1].matrix, column.reshape(-1, 1).numpy(), rtol=1e-9, atol=1e-10)
