"""Frozen blocks do not move, cut links pass no gradient: alone, with shortcuts, stacked layers and every optimizer."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine.network import Network
from engine.project import OPTIMIZERS, Project
from engine.trainer import Trainer
from engine.update import PIECE
from tests.engine.chains import dense, of, project

EXACT = {"dtype": "float64", "batch_size": 16}


def with_cuts(made: Project, places: set[int]) -> Project:
    chain = tuple(msgspec.structs.replace(block, cut=place in places) for place, block in enumerate(made.chain))
    return msgspec.structs.replace(made, chain=chain)


def gradients(made: Project, x: np.ndarray, target: np.ndarray) -> dict[str, np.ndarray]:
    network = Network(made, (3,), (5,))
    network.loss_and_gradient(x, target)
    return network.grad_dict()


def blocks(taken: list[str]) -> list[dict[str, Any]]:
    """Layers of five units; every ``add`` reaches back to the first block."""
    made: list[dict[str, Any]] = [dense(5, name="first")]
    for kind in taken:
        made.append(of("add", source="first") if kind == "add" else dense(5) if kind == "dense" else of(kind))
    return made


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["dense", "dense", "tanh", "relu", "silu", "add"]), max_size=9),
    st.sets(st.integers(0, 9), max_size=3),
    st.integers(0, 2**16),
)
def test_gradients_behind_cuts_are_those_of_pytorch(taken: list[str], cuts: set[int], seed: int) -> None:
    torch = pytest.importorskip("torch")
    made = project(*blocks(taken), loss="mean_squared_error", training=EXACT)
    made = with_cuts(made, cuts)
    generator = np.random.default_rng(seed)
    x, target = generator.standard_normal((4, 3)), generator.standard_normal((4, 5))
    network = Network(made, (3,), (5,))
    weights = {key: torch.tensor(array, requires_grad=True) for key, array in network.state_dict().items()}
    outputs: dict[str, Any] = {}
    y = torch.tensor(x)
    for block in made.chain:
        y = y.detach() if block.cut else y
        if block.kind == "dense":
            y = y @ weights[f"{block.name}.weight"].T + weights[f"{block.name}.bias"]
        else:
            y = y + outputs[block.source] if block.sources else getattr(torch.nn.functional, block.kind)(y)
        outputs[block.name] = y
    loss = torch.nn.functional.mse_loss(y, torch.tensor(target))
    if loss.requires_grad:
        loss.backward()
    found = gradients(made, x, target)
    for key, weight in weights.items():
        expected = np.zeros(weight.shape) if weight.grad is None else weight.grad.numpy()
        np.testing.assert_allclose(found[key], expected, atol=1e-12)


def test_nothing_before_a_cut_gets_a_gradient() -> None:
    made = project(dense(5), of("tanh"), dense(5), of("tanh"), dense(5), loss="mean_squared_error", training=EXACT)
    x, target = np.ones((2, 3)), np.ones((2, 5))
    whole, cut = gradients(made, x, target), gradients(with_cuts(made, {3}), x, target)
    for key in ("dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias"):
        assert np.abs(whole[key]).max() > 0
        assert not cut[key].any()
    np.testing.assert_array_equal(cut["dense_3.weight"], whole["dense_3.weight"])


def test_a_cut_changes_no_output() -> None:
    made = project(dense(5), of("relu"), dense(5), loss="mean_squared_error", training=EXACT)
    x = np.random.default_rng(0).standard_normal((7, 3))
    np.testing.assert_array_equal(Network(made, (3,)).predict(x), Network(with_cuts(made, {1, 2}), (3,)).predict(x))


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("extra", [{}, {"l1": 0.01}, {"clip_norm": 0.01}], ids=str)
def test_frozen_blocks_stand_still_to_the_last_bit(optimizer: type, extra: dict[str, Any]) -> None:
    fields = {"weight_decay": 0.1} if "weight_decay" in optimizer.__struct_fields__ else {}
    trainer = Trainer(
        project(
            dense(4), of("tanh"), dense(4, frozen=True), of("tanh"), dense(1),
            optimizer={"kind": optimizer().kind, **fields}, training={**EXACT, **extra},
        )
    )  # fmt: skip
    before = trainer.network.state_dict()
    trainer.run(20)
    after = trainer.network.state_dict()
    for key in before:
        stands = bool((before[key] == after[key]).all())
        assert stands == key.startswith("dense_2"), key
    assert np.abs(trainer.network.grad_dict()["dense_2.weight"]).max() > 0  # the gradient is still that of the loss


def test_the_rest_moves_as_if_the_frozen_block_had_no_gradient() -> None:
    """Clipping looks at what learns only: with the frozen part's gradient in the norm, the others would move less."""
    clipped = {**EXACT, "clip_norm": 1e-3}
    sgd = of("sgd", learning_rate=1.0)
    made = project(dense(4, frozen=True), of("tanh"), dense(1), optimizer=sgd, training=clipped)
    trainer = Trainer(made)
    before = trainer.network.parameters.copy()
    trainer.step()
    assert np.linalg.norm(trainer.network.parameters - before) == pytest.approx(1e-3, rel=1e-2)


def test_thawing_goes_on_from_the_same_weights() -> None:
    made = project(dense(4, frozen=True), of("tanh"), dense(1), training=EXACT)
    trainer = Trainer(made)
    trainer.run(5)
    stood = trainer.network.state_dict()["dense_1.weight"]
    thawed = msgspec.structs.replace(
        made, chain=(msgspec.structs.replace(made.chain[0], frozen=False), *made.chain[1:])
    )
    assert trainer.adopt(thawed).kept == ("dense_1", "dense_2")
    np.testing.assert_array_equal(trainer.network.state_dict()["dense_1.weight"], stood)
    trainer.run(5)
    assert (trainer.network.state_dict()["dense_1.weight"] != stood).all()


def test_a_chain_in_which_nothing_moves_is_said() -> None:
    made = project(dense(4, frozen=True), of("tanh"), dense(1, frozen=True))
    assert "frozen" in (engine.resolve(made).training.warning or "")
    assert engine.resolve(project(dense(4, frozen=True), dense(1))).training.warning is None


@pytest.mark.parametrize("threads", [1, 2])
def test_a_frozen_block_that_is_updated_in_several_pieces_stands_still(threads: int) -> None:
    """Long vectors are updated piece by piece: a frozen block may begin in one and end in another."""
    wide = [dense(200), of("tanh"), dense(500, frozen=True), of("tanh"), dense(300), of("tanh"), dense(1)]
    trainer = Trainer(project(*wide, training={**EXACT, "threads": threads}))
    assert trainer.network.layout.size > 2 * PIECE
    before = trainer.network.state_dict()
    trainer.run(2)
    after = trainer.network.state_dict()
    for key in before:
        assert bool((before[key] == after[key]).all()) == key.startswith("dense_2"), key
