"""What a run is said to allocate is what it allocates."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine import storage
from engine.limits import CHUNK_VALUES, LARGEST_CHUNK, MEMORY_BUDGET, memory_needed, trainer_memory
from engine.project import OPTIMIZERS, Project
from engine.run.board import Board
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project, tanh_chain

LOW, HIGH = 0.8, 1.5


def held(made: Project) -> int:
    """Bytes of all arrays that a trainer holds after an epoch and the step that follows."""
    gc.collect()
    tracemalloc.start()
    try:
        trainer = Trainer(made)
        trainer.run(trainer.steps_per_epoch + 1)
        assert trainer._checkpoint
        gc.collect()
        arrays = tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)
        found = tracemalloc.take_snapshot().filter_traces([arrays]).statistics("filename")
    finally:
        tracemalloc.stop()
    return sum(each.size for each in found)


def ratio(made: Project) -> float:
    return trainer_memory(made, engine.resolve(made).blocks) / held(made)


def on_digits(*chain: dict[str, Any], optimizer: dict[str, Any] | None = None, **training: Any) -> Project:
    return project(*chain, dense(10), loss="softmax_cross_entropy", data=of("digits"), training=training,
        optimizer=optimizer or of("adam"))  # fmt: skip


def wide(units: int = 600) -> list[dict[str, Any]]:
    return [of("flatten"), dense(units), of("relu"), dense(units), of("relu")]


def conv(filters: int, *between: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    return [of("conv2d", filters=filters, **fields), *between, of("relu")]


CHAINS = {
    "wide": on_digits(*wide(800), batch_size=128),
    "double precision": on_digits(*wide(), dtype="float64"),
    "clipped": on_digits(*wide(), clip_norm=1.0, l1=0.01),
    "small convolution": on_digits(*conv(8), of("max_pool2d"), of("flatten")),
    "large convolution": on_digits(*conv(32, padding="same"), *conv(48, padding="same"), of("max_pool2d"),
        *conv(48, padding="same"), of("flatten"), batch_size=200),
    "large kernels": on_digits(*conv(16, kernel_size=5), *conv(16, kernel_size=3), of("flatten"), batch_size=128),
    "batch norm": on_digits(*conv(24, of("batch_norm"), padding="same"), *conv(24, of("batch_norm")), of("flatten"),
        batch_size=128),
    "layer norm": on_digits(of("flatten"), dense(300), of("layer_norm"), of("gelu"), dense(300), of("layer_norm"),
        of("silu"), batch_size=256),
    "dropout": on_digits(of("flatten"), dense(500), of("tanh"), of("dropout"), dense(500), of("sigmoid"), of("dropout"),
        batch_size=256),
    "deep": tanh_chain(16, 100, data=of("spirals")),
    "deep, large batch": tanh_chain(16, 60, data=of("spirals", samples=5000), training={"batch_size": 1024}),
    "nothing held out": tanh_chain(8, 2, data=of("moons", samples=4000, validation=0.0)),
    **{f"{name} example": engine.load(f"example:{name}") for name in (each.name for each in storage.examples())},
}  # fmt: skip


@pytest.mark.parametrize("made", CHAINS.values(), ids=CHAINS.keys())
def test_the_estimate_is_near_what_a_trainer_holds(made: Project) -> None:
    assert LOW < ratio(made) < HIGH


@pytest.mark.parametrize("kind", [kind.__struct_config__.tag for kind in OPTIMIZERS])
def test_every_optimizer_is_counted_with_its_vectors(kind: str) -> None:
    assert 0.9 < ratio(on_digits(*wide(900), optimizer=of(kind), batch_size=8)) < 1.25


def test_momentum_is_a_vector_more() -> None:
    sizes = [trainer_memory(made, engine.resolve(made).blocks) for made in
        (on_digits(*wide(), optimizer=of("sgd", momentum=momentum)) for momentum in (0.0, 0.9))]  # fmt: skip
    parameters = engine.resolve(on_digits(*wide())).parameter_count
    assert sizes[1] - sizes[0] == 2 * 4 * parameters, "the velocity, and its copy to return to"


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(st.sampled_from([dense(150), dense(400), *(of(kind) for kind in ("relu", "tanh", "sigmoid", "elu",
        "leaky_relu", "softplus", "silu", "batch_norm", "layer_norm", "dropout"))]), min_size=2, max_size=8),
       st.sampled_from([16, 100, 500]))  # fmt: skip
def test_random_chains_are_not_far_off(chain: list[dict[str, Any]], batch: int) -> None:
    assert 0.7 < ratio(on_digits(of("flatten"), dense(300), *chain, batch_size=batch)) < 1.7


@pytest.mark.parametrize("made", [CHAINS["wide"], CHAINS["deep"]], ids=["wide", "deep"])
def test_what_is_published_is_counted(made: Project) -> None:
    """Two slots in shared memory are half of it; the window's two snapshots are the other half."""
    blocks = engine.resolve(made).blocks
    published = memory_needed(made, blocks) - trainer_memory(made, blocks)
    board = Board(made)
    try:
        assert 2 * board.memory.size == pytest.approx(published, rel=0.1)
    finally:
        board.close()


def test_a_chain_beyond_the_budget_is_refused_before_anything_is_allocated() -> None:
    made = on_digits(of("flatten"), *(each for _ in range(4) for each in (dense(8192), of("relu"))))
    resolved = engine.resolve(made)
    assert memory_needed(made, resolved.blocks) > MEMORY_BUDGET
    tracemalloc.start()
    try:
        with pytest.raises(engine.ProjectError, match="more than the budget of 2 GB"):
            Trainer(made)
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


def test_fewer_samples_are_predicted_at_once_where_each_needs_much() -> None:
    little, much = Trainer(tanh_chain(4, 1)), Trainer(CHAINS["large convolution"])
    assert little.network.chunk == LARGEST_CHUNK
    assert much.network.chunk * sum(int(np.prod(shape)) for shape in much.network.shapes) < CHUNK_VALUES
    x = much.train.inputs[:300]
    whole = much.network.predict(x)
    much.network.chunk = 7
    assert np.allclose(much.network.predict(x), whole, atol=1e-5)
