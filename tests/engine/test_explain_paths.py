"""Paths against all of them, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine.explain import Explanation
from engine.explain.chain import Pass
from engine.explain.jacobian import Jacobian
from tests.engine.chains import dense, of
from tests.engine.explained import BRIDGES, Plain, explained, network_of


def edges(one: Pass, number: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(source, Jacobian, which entries a path may take) of each input of a block, by central differences of the block
    and by what the kind means.
    """
    chain = one.chain
    block = chain.blocks[number]
    for slot, source in enumerate(chain.inputs[number]):
        jacobian = Jacobian(one, number, slot)
        out, into = jacobian.shape
        if block.kind in ("dense", "layer_norm"):
            allowed = np.ones((out, into), bool)
        elif block.kind in ("conv2d", "max_pool2d"):
            allowed = reaches(block, chain.shape(source), chain.shape(number))
        else:
            allowed = np.eye(out, dtype=bool)
        yield source, jacobian.matrix, allowed


def reaches(block: Any, shape: tuple[int, ...], out: tuple[int, ...]) -> np.ndarray:
    """Which pixel each output of a convolution or pool sees, written out."""
    pool = block.kind == "max_pool2d"
    size, stride = (block.size, block.size) if pool else (block.kernel_size, block.stride)
    border = (size - 1) // 2 if not pool and block.padding == "same" else 0
    seen = np.zeros((*out, *shape), bool)
    for f, i, j in np.ndindex(out):
        for c, ky, kx in np.ndindex(shape[0], size, size):
            row, column = i * stride + ky - border, j * stride + kx - border
            if 0 <= row < shape[1] and 0 <= column < shape[2] and (c == f or not pool):
                seen[f, i, j, c, row, column] = True
    return seen.reshape(np.prod(out), np.prod(shape))


def every_path(found: Explanation) -> Iterator[tuple[tuple[tuple[str, int], ...], float]]:
    """All paths, one after the other, by going back from the error through every edge."""
    local = found.explainer.local(found.sample or 0)
    one, chain, first = local.one, local.chain, found.entry.node
    if first < 0:
        column = np.eye(chain.size(-1))[np.ravel_multi_index(found.index, chain.shape(-1))]
    else:
        column = found.factors[-1].matrix[:, 0]
    starts = np.flatnonzero(column)

    def back(node: int, unit: int, units: tuple[tuple[str, int], ...], value: float) -> Iterator[Any]:
        units = (*units, (chain.name(node), unit))
        if node == first:
            if unit in starts:
                yield units, value * column[unit]
            return
        for source, matrix, allowed in edges(one, node):
            if source >= first:
                for other in np.flatnonzero(allowed[unit]):
                    yield from back(source, int(other), units, value * matrix[unit, other])

    row = one.loss_gradient(found.explainer.target(found.sample or 0))[:, 0]
    for unit, value in enumerate(row):
        yield from back(chain.last, unit, (), value)


SMALL: dict[str, tuple[list[Plain], Any, str, Any]] = {
    "dense": ([dense(3), of("relu"), dense(4), of("tanh"), dense(2)], (2,), "dense_1.weight", (1, 0)),
    "input": ([dense(3), of("leaky_relu"), dense(3), dense(2)], (2,), "input", 1),
    "add": ([dense(3), of("tanh"), dense(3), of("add", source="tanh_1"), dense(2)], (2,), "dense_1.bias", 2),
    "twice the same": ([dense(3), of("add", source="dense_1"), dense(2)], (2,), "dense_1.bias", 2),
    "overlapping": (BRIDGES["overlapping"][0], (2,), "dense_1.weight", (1, 1)),
    "layer_norm": ([dense(3), of("layer_norm"), of("relu"), dense(2)], (2,), "dense_1.weight", (1, 0)),
    "batch_norm": ([dense(3), of("batch_norm"), dense(2)], (2,), "dense_1.weight", (1, 0)),
    "dropout": ([dense(3), of("dropout"), dense(2)], (2,), "dense_1.weight", (1, 0)),
    "conv": (
        [of("conv2d", filters=2, kernel_size=2, padding="same"), of("relu"),
         of("conv2d", filters=2, kernel_size=2, stride=2), of("flatten"), dense(2)],
        (1, 4, 4), "conv2d_1.weight", (1, 0, 1, 0),
    ),
    "pool": (
        [of("conv2d", filters=2, kernel_size=2), of("max_pool2d"), of("flatten"), dense(2)],
        (1, 6, 6), "conv2d_1.weight", (1, 0, 0, 0),
    ),
}  # fmt: skip


class TestPaths:
    @pytest.mark.parametrize("name", SMALL)
    def test_they_are_the_strongest_of_all(self, name: str) -> None:
        chain, inputs, parameter, index = SMALL[name]
        found = explained(network_of(*chain, inputs=inputs), parameter, index)
        everything = list(every_path(found))
        assert found.path_count == len(everything)
        sizes = sorted((abs(value) for _, value in everything), reverse=True)
        np.testing.assert_allclose([abs(path.value) for path in found.paths], sizes[:10], rtol=1e-10, atol=1e-300)
        total = sum(sizes)
        by_units: dict[Any, list[float]] = {}
        for units, value in everything:
            by_units.setdefault(units, []).append(value)
        for path in found.paths:
            assert path.value in [pytest.approx(value, rel=1e-10) for value in by_units[path.units]]
            assert path.share == pytest.approx(abs(path.value) / total)
            ends = (parameter != "input") + 1
            assert len(path.factors) == len(path.units) - 1 + ends
        assert sum(value for _, value in everything) == pytest.approx(found.product, rel=1e-10)
        assert sum(path.value for path in found.paths) + found.rest == pytest.approx(found.product, abs=1e-15)
        assert len(found.strongest(10**4)) == len(everything)
        assert found.strongest(3) == found.paths[:3]
        assert found.path_total == pytest.approx(total)

    def test_a_path_of_no_strength_is_still_a_path(self) -> None:
        network, x, _ = case = network_of(dense(1), of("relu"), dense(1), inputs=(1,))
        network.load_state_dict({
            "dense_1.weight": np.array([[-1.0]]), "dense_1.bias": np.array([0.0]),
            "dense_2.weight": np.array([[2.0]]), "dense_2.bias": np.array([0.0]),
        })  # fmt: skip
        x[...] = 1.0
        found = explained(case, "dense_1.weight", (0, 0))
        assert (found.path_count, len(found.paths), found.paths[0].share) == (1, 1, 0.0)

    def test_counting_needs_no_enumeration(self) -> None:
        hidden = [each for _ in range(30) for each in (dense(16), of("tanh"))]
        found = explained(network_of(*hidden, dense(1)), "dense_1.weight", (3, 0))
        assert found.path_count == 16**29
        assert isinstance(found.path_count, int)
        assert len(found.paths) == 10

    @pytest.mark.parametrize(
        ("last", "expected"),
        [
            ([0.31, -0.29], (0, 1)),  # 0.02 is left, less than a tenth of 0.31
            ([-0.29, 0.31], (1, 0)),  # the stronger one first
            ([0.31, -0.27], None),  # too much is left
            ([0.31, 0.29], None),  # the same sign
            ([0.40, 0.31, -0.29], (1, 2)),  # not the strongest, but strong
            ([10.0, 0.31, -0.31], None),  # against a path that is thirty times as strong they do not count
        ],
    )
    def test_two_strong_paths_that_nearly_cancel(self, last: list[float], expected: tuple[int, int] | None) -> None:
        network, x, _ = case = network_of(dense(1), dense(len(last)), dense(1), inputs=(1,))
        network.load_state_dict({
            "dense_1.weight": np.ones((1, 1)), "dense_1.bias": np.zeros(1),
            "dense_2.weight": np.ones((len(last), 1)), "dense_2.bias": np.zeros(len(last)),
            "dense_3.weight": np.array([last]), "dense_3.bias": np.zeros(1),
        })  # fmt: skip
        x[...] = 1.0
        pair = explained(case, "dense_1.weight", (0, 0)).cancelling
        units = pair and tuple(dict(path.units)["dense_2"] for path in pair)
        assert units == expected
