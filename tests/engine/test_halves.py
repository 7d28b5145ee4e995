"""A step shared by two threads: the numbers of one thread but for rounding, bit for bit the same at every repeat."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import engine
from engine.data.parts import Dataset
from engine.faults import NumericalFault
from engine.network import Network
from engine.plan import Halves
from engine.project import LOSSES, Project, change
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project
from tests.engine.test_every_kind import LOSS_DATA

IMAGES = (of("conv2d", filters=4), of("relu"), of("max_pool2d"), of("layer_norm"), of("flatten"), dense(12, name="a"),
          of("tanh"), of("add", source="a"), dense(12), of("tanh"), dense(12), of("tanh"), dense(10))  # fmt: skip


def images(threads: int, *chain: dict[str, Any], **training: Any) -> Project:
    training = {"threads": threads, **training}
    return project(*(chain or IMAGES), loss="softmax_cross_entropy", data=of("digits"), training=training)


def noisy(threads: int, **training: Any) -> Project:
    return images(threads, of("flatten"), of("dropout"), dense(20), of("relu"), of("dropout", rate=0.2), dense(10),
                  **training)  # fmt: skip


def close(ours: Any, expected: Any, dtype: str) -> None:
    """Equal but for rounding, relative to the largest value."""
    bound = {"float32": 1e-5, "float64": 1e-12}[dtype]
    assert np.abs(np.asarray(ours) - expected).max() <= bound * np.abs(expected).max()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch", [1, 2, 7, 32])
def test_loss_gradient_and_slopes_agree_with_one_thread(batch: int, dtype: str) -> None:
    one, two = Network(images(1, dtype=dtype)), Network(images(2, dtype=dtype))
    generator = np.random.default_rng(batch)
    x, target = generator.standard_normal((batch, 1, 8, 8)), generator.integers(0, 10, batch)
    expected = one.loss_and_gradient(x, target, training=True)
    two.gradients.fill(np.nan)
    close(two.loss_and_gradient(x, target, training=True), expected, dtype)
    close(two.gradients, one.gradients, dtype)
    for block in one.project.chain:
        if block.has_slope:
            found = two.training_plan(batch).slope(block.name)
            np.testing.assert_allclose(found, one.training_plan(batch).slope(block.name), atol=1e-5)


@pytest.mark.parametrize("loss", [loss.__struct_config__.tag for loss in LOSSES])
def test_every_loss_is_shared_by_the_number_of_samples(loss: str) -> None:
    data = LOSS_DATA.get(loss, of("sine"))
    width = engine.resolve(project(loss=loss, data=data)).data.target_shape[0] if loss == "softmax_cross_entropy" else 1
    made = project(dense(5), of("tanh"), dense(width), loss=loss, data=data, training={"dtype": "float64"})
    part = engine.dataset(made).train
    x, target = part.inputs[:3], part.targets[:3]
    one, two = Network(made), Network(change(made, training=change(made.training, threads=2)))
    close(two.loss_and_gradient(x, target, training=True), one.loss_and_gradient(x, target, training=True), "float64")
    close(two.gradients, one.gradients, "float64")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_agrees_with_one_thread_also_where_batches_are_odd_and_end_in_one_sample(dtype: str) -> None:
    x, t = np.random.default_rng(0).standard_normal((22, 2)), np.random.default_rng(1).standard_normal((22, 1))
    runs = []
    for threads in (1, 2):
        chain = (dense(8), of("tanh"), dense(1))
        training = {"batch_size": 7, "threads": threads, "dtype": dtype}
        optimizer = of("sgd", momentum=0.9)
        made = project(*chain, loss="mean_squared_error", data=of("sine"), optimizer=optimizer, training=training)
        trainer = Trainer(made, Dataset(x, t))
        losses = [trainer.step() for _ in range(20)]
        runs.append((losses, trainer.network.parameters.copy()))
    (expected_losses, expected), (losses, parameters) = runs
    close(losses, expected_losses, dtype)
    close(parameters, expected, dtype)


def test_the_same_run_gives_the_same_bits() -> None:
    first, second = Trainer(noisy(2)), Trainer(noisy(2))
    for trainer in (first, second):
        trainer.run(60)
    assert np.array_equal(first.network.parameters, second.network.parameters)
    assert first.loss == second.loss


def test_returning_to_a_captured_state_repeats_the_noise_of_both_halves() -> None:
    trainer = Trainer(noisy(2))
    trainer.run(5)
    checkpoint = trainer.capture()
    ahead = [trainer.step() for _ in range(5)]
    trainer.restore(checkpoint)
    assert [trainer.step() for _ in range(5)] == ahead


def test_the_halves_drop_different_values_and_the_first_drops_what_one_thread_would() -> None:
    made = noisy(2)
    plan = Network(made).training_plan(8)
    assert isinstance(plan, Halves)
    plan.input.fill(1.0)
    plan.run()
    first, second = (part.values.of(part.slots[1]).copy() for part in plan.parts)
    assert (first != second).any()
    alone = Network(noisy(1)).training_plan(4)
    alone.input.fill(1.0)
    alone.run()
    assert np.array_equal(first, alone.values.of(alone.slots[1]))


def test_no_thread_outlives_a_step() -> None:
    before = threading.enumerate()
    trainer = Trainer(images(2))
    trainer.run(3)
    assert threading.enumerate() == before


def test_changing_the_number_of_threads_keeps_the_weights_and_goes_on() -> None:
    trainer = Trainer(noisy(1))
    trainer.run(5)
    before = trainer.network.parameters.copy()
    for threads in (2, 1, 2):
        trainer.adopt(noisy(threads))
        assert np.array_equal(trainer.network.parameters, before)
    trainer.run(5)
    assert np.isfinite(trainer.loss)
    assert trainer.steps == 10


@pytest.mark.parametrize(("position", "half"), [(0, 0), (4, 0), (5, 1), (9, 1)])
def test_a_number_that_is_not_finite_is_found_in_either_half(position: int, half: int) -> None:
    x = np.ones((10, 2))
    x[:, 0] = np.arange(10)
    made = project(dense(4), of("relu"), dense(1), loss="mean_squared_error", data=of("sine"),
                   training={"threads": 2, "batch_size": 10, "dtype": "float32"})  # fmt: skip
    trainer = Trainer(made, Dataset(x, np.ones((10, 1))))
    trainer._rows[trainer._batches._order[position], 0] = np.inf
    with pytest.raises(NumericalFault, match="the output of dense_1"):
        trainer.run(1)
    assert not np.isfinite(trainer._plan.parts[half].input).all()


def test_batch_norm_is_refused_in_words_with_a_fix() -> None:
    made = images(2, of("flatten"), dense(8), of("batch_norm"), dense(10))
    place = engine.resolve(made).training
    assert place.problem == "Batch norm (batch_norm_1) needs the whole batch at once, which two threads would share"
    assert place.fix is not None and place.fix.text == "use one thread"
    mended = place.fix.apply(made)
    assert engine.resolve(mended).ok
    assert mended.training.threads == 1
    with pytest.raises(engine.ProjectError, match="needs the whole batch"):
        Trainer(made)


@pytest.mark.parametrize("threads", [0, 3, "2", 1.5])
def test_other_numbers_of_threads_are_refused_by_name(threads: Any) -> None:
    with pytest.raises(engine.ProjectError, match="threads"):
        images(threads)
