"""What is published fits together: the gradient is the one at the published origin over the published samples."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

import engine
from engine.network import Network
from engine.project import change, remove
from engine.run.session import InlineSession
from engine.trainer import Trainer
from tests.engine.chains import tanh_chain
from tests.engine.test_runs import Watched, process  # noqa: F401  the fixture is used by its name

MADE = tanh_chain(5, 2, data={"kind": "moons", "samples": 60}, training={"batch_size": 16, "seed": 4})


def gradient_there(snapshot) -> np.ndarray:
    """The gradient by another network, at the origin and over the samples that the snapshot names."""
    train = engine.dataset(snapshot.project).train
    network = Network(snapshot.project)
    network.parameters[...] = snapshot.origin
    network.loss_and_gradient(train.inputs[snapshot.chosen], train.targets[snapshot.chosen], training=True)
    return network.gradients


def check(snapshot) -> None:
    np.testing.assert_allclose(snapshot.gradients, gradient_there(snapshot), rtol=1e-6, atol=1e-9)
    assert (snapshot.origin != snapshot.parameters).any()


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 17])
def test_the_gradient_is_that_of_the_origin(steps) -> None:
    session = InlineSession()
    session.start(MADE)
    session.step(steps)
    check(session.snapshot())


def test_in_a_live_run_too(process) -> None:  # noqa: F811
    process.session.run()
    for steps in (50, 500, 2000):
        check(process.until_steps(steps))


@pytest.mark.parametrize("stop", [{"stop_at_step": 7}, {"stop_at_loss": 0.66}], ids=str)
def test_when_training_stops_by_itself(stop) -> None:
    trainer = Trainer(change(MADE, training=change(MADE.training, **stop)))
    trainer.run(10_000)
    assert trainer.finished
    network = Network(trainer.project)
    network.parameters[...] = trainer.origin
    train = engine.dataset(trainer.project).train
    network.loss_and_gradient(train.inputs[trainer.chosen], train.targets[trainer.chosen], training=True)
    np.testing.assert_allclose(network.gradients, trainer.network.gradients, rtol=1e-6, atol=1e-9)


def test_before_the_first_step_it_is_that_of_the_step_to_come() -> None:
    trainer = Trainer(MADE)
    chosen = trainer.chosen.copy()
    np.testing.assert_array_equal(trainer.origin, trainer.network.parameters)
    trainer.run(1)
    np.testing.assert_array_equal(trainer.chosen, chosen)


def test_an_edited_chain_has_no_gradient_until_it_is_trained() -> None:
    session = InlineSession()
    session.start(MADE)
    session.step(3)
    assert session.snapshot().computed
    session.edit(remove(MADE, ["tanh_2"]))
    snapshot = session.snapshot()
    assert not snapshot.computed
    np.testing.assert_array_equal(snapshot.origin, snapshot.parameters)
    session.step()
    assert session.snapshot().computed
    check(session.snapshot())


def test_looking_ahead_changes_no_run() -> None:
    plain, edited = Trainer(MADE), Trainer(MADE)
    for trainer in (plain, edited):
        trainer.run(5)
    edited.adopt(msgspec.structs.replace(MADE, notes="other words"))
    for trainer in (plain, edited):
        trainer.run(5)
    np.testing.assert_array_equal(plain.network.parameters, edited.network.parameters)
