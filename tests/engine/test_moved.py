"""The update of the last step, its size beside the weights, and what it is told to be made of: all by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.explain.moved import moved
from engine.run.session import InlineSession
from engine.run.snapshot import Snapshot, take
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project

STEPS = 4


def made(optimizer: dict[str, Any], **training: Any) -> Any:
    chain = [dense(3), of("tanh"), dense(2, frozen=True), dense(1)]
    data, own = of("moons", samples=40), {"batch_size": 8, "seed": 3, "dtype": "float64", **training}
    return project(*chain, data=data, optimizer=optimizer, training=own)


def run(project: Any, steps: int = STEPS) -> tuple[Snapshot, list[np.ndarray], list[np.ndarray]]:
    """The snapshot after the last step, and the gradient and the parameters of every step before its update."""
    trainer, gradients, parameters = Trainer(project), [], []
    for _ in range(steps):
        parameters.append(trainer.network.parameters.copy())
        trainer.run(1)
        gradients.append(trainer.network.gradients.copy())
    return take(trainer, 0, 0.0), gradients, parameters


def entry(snapshot: Snapshot, vector: np.ndarray, block: str, name: str, index: tuple[int, ...]) -> float:
    return float(snapshot.layout.by_name[block].public(vector)[name][index])


def test_the_update_of_plain_descent_is_the_rate_times_the_gradient() -> None:
    snapshot, gradients, parameters = run(made(of("sgd", learning_rate=0.1)))
    for block in ("dense_1", "dense_3"):
        for name, update in snapshot.tensors(block, "update").items():
            gradient = snapshot.layout.by_name[block].public(gradients[-1])[name]
            np.testing.assert_allclose(update, -0.1 * gradient, rtol=1e-9, atol=1e-15)
            before = snapshot.layout.by_name[block].public(parameters[-1])[name]
            np.testing.assert_allclose(
                snapshot.tensors(block, "ratio")[name], np.abs(0.1 * gradient) / np.abs(before), rtol=1e-9
            )
    assert not snapshot.tensors("dense_2", "update")["weight"].any(), "frozen"


def test_beside_a_weight_of_zero_there_is_no_ratio() -> None:
    snapshot, _, _ = run(made(of("sgd")), 1)
    assert np.isnan(snapshot.tensors("dense_1", "ratio")["bias"]).all()
    assert np.isfinite(snapshot.tensors("dense_1", "ratio")["weight"]).all()


def test_the_update_of_adam_by_hand() -> None:
    snapshot, gradients, _ = run(made(of("adam", learning_rate=0.01)))
    m = v = np.zeros_like(gradients[0])
    for gradient in gradients:
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
    step = m / (1 - 0.9**STEPS) / (np.sqrt(v / (1 - 0.999**STEPS)) + 1e-8)
    for block, index in (("dense_1", (2, 1)), ("dense_3", (0, 1))):
        wanted = entry(snapshot, step, block, "weight", index)
        assert float(snapshot.tensors(block, "update")["weight"][index]) == pytest.approx(-0.01 * wanted, rel=1e-9)
        told = moved(snapshot, block, "weight", index)
        assert (told.rate, told.decay) == (0.01, 0.0)
        assert told.direction == pytest.approx(wanted, rel=1e-9)
        assert told.what == "mean of recent gradients / their size"
        assert told.gradient == entry(snapshot, gradients[-1], block, "weight", index)


def by_hand(optimizer: dict[str, Any], training: dict[str, Any], g: list[np.ndarray], w: list[np.ndarray]) -> Any:
    """What the rate is multiplied with in the last step, and the decay beside it."""
    decay = optimizer.get("weight_decay", 0.0)
    if optimizer["kind"] == "sgd" and "momentum" in optimizer:
        velocity = np.zeros_like(g[0])
        for gradient, weight in zip(g, w, strict=True):
            velocity = optimizer["momentum"] * velocity + gradient + decay * weight
        return velocity, 0.0
    if optimizer["kind"] == "rmsprop":
        v = np.zeros_like(g[0])
        for gradient in g:
            v = 0.99 * v + 0.01 * gradient**2
        return g[-1] / (np.sqrt(v) + 1e-8), 0.0
    if optimizer["kind"] == "adagrad":
        return g[-1] / (np.sqrt(sum(each**2 for each in g)) + 1e-10), 0.0
    if optimizer["kind"] == "adamw":
        m = v = np.zeros_like(g[0])
        for gradient in g:
            m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        return m / (1 - 0.9**STEPS) / (np.sqrt(v / (1 - 0.999**STEPS)) + 1e-8), decay
    direction = g[-1] + training.get("l1", 0.0) * np.sign(w[-1])
    return direction, decay


@pytest.mark.parametrize(
    ("optimizer", "training", "what"),
    [
        (of("sgd", learning_rate=0.1), {}, "gradient"),
        (of("sgd", learning_rate=0.1, weight_decay=0.2), {}, "gradient"),
        (
            of("sgd", learning_rate=0.1, momentum=0.9, weight_decay=0.2),
            {},
            "velocity (0.9 of the one before + gradient)",
        ),
        (of("sgd", learning_rate=0.1), {"l1": 0.01}, "gradient with l1"),
        (of("rmsprop", learning_rate=0.1), {}, "gradient / its recent size"),
        (of("adagrad", learning_rate=0.1), {}, "gradient / the size of all so far"),
        (of("adamw", learning_rate=0.1, weight_decay=0.3), {}, "mean of recent gradients / their size"),
    ],
    ids=str,
)
def test_every_optimizers_direction_is_the_one_by_hand(optimizer, training, what) -> None:
    snapshot, gradients, parameters = run(made(optimizer, **training))
    frozen = snapshot.layout.by_name["dense_2"]
    for each in gradients:
        frozen.piece(each)[...] = 0
    direction, decay = by_hand(optimizer, training, gradients, parameters)
    for block, name, index in (("dense_1", "weight", (0, 1)), ("dense_1", "bias", (2,)), ("dense_3", "weight", (0, 0))):
        told = moved(snapshot, block, name, index)
        assert (told.what, told.rate, told.decay) == (what, 0.1, decay)
        assert told.weight == entry(snapshot, parameters[-1], block, name, index)
        assert told.direction == pytest.approx(entry(snapshot, direction, block, name, index), rel=1e-7)
        assert told.update == pytest.approx(-0.1 * (told.direction + told.decay * told.weight), rel=1e-9)


def test_in_single_precision_the_rate_times_the_gradient_is_the_update_up_to_its_rounding() -> None:
    snapshot, _, _ = run(made(of("sgd", learning_rate=1e-4), dtype="float32"))
    told = moved(snapshot, "dense_1", "weight", (0, 0))
    assert told.rate == 1e-4
    assert told.direction == told.gradient


@pytest.mark.parametrize("schedule", [of("exponential", by=0.5), of("constant", warmup=10)], ids=str)
def test_under_a_schedule_no_rate_is_claimed(schedule) -> None:
    told = moved(run(made(of("sgd"), schedule=schedule))[0], "dense_1", "weight", (0, 0))
    assert told.rate is None
    assert told.update != 0


def test_a_rate_that_is_not_that_of_the_step_is_not_claimed() -> None:
    session = InlineSession()
    session.start(made(of("sgd", learning_rate=0.1)))
    session.step(2)
    before = session.snapshot()
    changed = Snapshot(**{**vars(before), "project": made(of("sgd", learning_rate=0.2))})
    assert moved(before, "dense_1", "weight", (0, 0)).rate == 0.1
    assert moved(changed, "dense_1", "weight", (0, 0)).rate is None


def test_what_is_frozen_is_not_moved() -> None:
    told = moved(run(made(of("adam")))[0], "dense_2", "weight", (0, 0))
    assert told.frozen
    assert told.update == 0
