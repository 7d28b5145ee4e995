"""What stands between gradient and optimizer: schedules, clipping, l1. The gradient itself is never touched."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import engine
from engine import update
from engine.network import Network
from engine.project import OPTIMIZERS
from engine.trainer import Trainer
from engine.update import Update
from tests.engine.chains import dense, of, project, tanh_chain

SGD = of("sgd", learning_rate=0.5)


def moved(**training: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parameters before one step of plain gradient descent, the gradient, and the parameters after it."""
    trainer = Trainer(tanh_chain(4, 1, optimizer=SGD, training={"dtype": "float64", "batch_size": 400, **training}))
    before = trainer.network.parameters.copy()
    trainer.step()
    return before, trainer.network.gradients.copy(), trainer.network.parameters.copy()


def test_clipping_shortens_a_long_gradient_and_leaves_a_short_one():
    before, gradient, after = moved(clip_norm=1e-3)
    norm = float(np.linalg.norm(gradient))
    assert norm > 1e-3
    np.testing.assert_allclose(after, before - 0.5 * gradient * 1e-3 / (norm + 1e-6), rtol=1e-12)
    before, gradient, after = moved(clip_norm=1e3)
    np.testing.assert_allclose(after, before - 0.5 * gradient, rtol=1e-12)


def test_l1_pulls_every_parameter_towards_zero_by_the_same_amount():
    before, gradient, after = moved(l1=0.01)
    np.testing.assert_allclose(after, before - 0.5 * (gradient + 0.01 * np.sign(before)), rtol=1e-12)


def test_the_gradient_is_that_of_the_loss_alone():
    plain, clipped, pulled = (moved(**fields)[1] for fields in ({}, {"clip_norm": 1e-3}, {"l1": 0.1}))
    assert np.array_equal(plain, clipped)
    assert np.array_equal(plain, pulled)


def test_what_is_frozen_has_no_part_in_the_length_that_is_clipped():
    chain = [dense(4, frozen=True), of("tanh"), dense(1)]
    fields = {"dtype": "float64", "batch_size": 400, "clip_norm": 1e-3, "l1": 0.1}
    trainer = Trainer(project(*chain, optimizer=SGD, training=fields))
    before = trainer.network.state_dict()
    trainer.step()
    gradients, after = trainer.network.grad_dict(), trainer.network.state_dict()
    pulled = {key: gradients[key] + 0.1 * np.sign(before[key]) for key in ("dense_2.weight", "dense_2.bias")}
    norm = math.sqrt(sum(float((each**2).sum()) for each in pulled.values()))
    for key, each in pulled.items():
        np.testing.assert_allclose(after[key], before[key] - 0.5 * each * 1e-3 / (norm + 1e-6), rtol=1e-12)
    assert np.array_equal(after["dense_1.weight"], before["dense_1.weight"])


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        (of("constant"), [1, 1, 1, 1, 1, 1]),
        (of("constant", warmup=4), [0.25, 0.5, 0.75, 1, 1, 1]),
        (of("step", every=2, by=0.1), [1, 1, 0.1, 0.1, 0.01, 0.01]),
        (of("exponential", by=0.5), [1, 0.5, 0.25, 0.125, 0.0625, 0.03125]),
        (of("cosine", steps=4, floor=0.2), [0.2 + 0.4 * (1 + math.cos(math.pi * k / 4)) for k in (0, 1, 2, 3, 4, 4)]),
        (of("exponential", by=0.5, warmup=2), [0.5, 0.5, 0.25, 0.125, 0.0625, 0.03125]),
    ],
    ids=str,
)
def test_schedules(schedule, factors):
    made = engine.load({"training": {"schedule": schedule}}).training.schedule
    assert [made.factor(step) for step in range(1, 7)] == pytest.approx(factors)
    trainer = Trainer(
        project(
            dense(1), loss="mean_squared_error", data=of("sine"), optimizer=SGD,
            training={"schedule": schedule, "dtype": "float64"},
        )
    )  # fmt: skip
    for factor in factors:
        before = trainer.network.parameters.copy()
        trainer.step()
        np.testing.assert_allclose(
            trainer.network.parameters, before - 0.5 * factor * trainer.network.gradients, rtol=1e-9, atol=1e-15
        )


@pytest.mark.parametrize("fields", [{}, {"l1": 0.01}, {"clip_norm": 1e-3}], ids=str)
@pytest.mark.parametrize("optimizer", [kind.__struct_config__.tag for kind in OPTIMIZERS])
def test_an_update_in_pieces_is_the_update_bit_for_bit(monkeypatch, optimizer, fields):
    found = []
    for piece, threads in ((1000, 1), (7, 1), (7, 2)):
        monkeypatch.setattr(update, "PIECE", piece)
        made = tanh_chain(5, optimizer=of(optimizer), training={"threads": threads, **fields})
        network = Network(tanh_chain(5))
        moves = Update(made, network.parameters, network.gradients)
        for _ in range(10):
            network.gradients[...] = np.sin(network.parameters * 9)
            moves.step()
        found.append(network.parameters)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
