"""The printed program: executing the text is the step itself, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.network import Network
from engine.project import LAYERS
from tests.engine.chains import dense, of, project, tanh_chain
from tests.engine.test_every_kind import chain_with

KINDS = [layer.__struct_config__.tag for layer in LAYERS]


def prepared(made: Any, batch: int = 6) -> Any:
    """A plan with a random batch in it; the same one every time."""
    network = Network(made)
    generator = np.random.default_rng(0)
    plan = network.plan(batch, training=True)
    plan.input[:, :-1] = generator.standard_normal((batch, network.input_size))
    plan.targets[...] = 0
    plan.targets[:, 0] = 1
    return plan


@pytest.mark.parametrize("kind", KINDS)
def test_executing_the_text_is_the_step_bit_for_bit(kind):
    made = project(*chain_with(kind), loss="softmax_cross_entropy", data=of("digits"))
    run, read = prepared(made), prepared(made)
    for _ in range(2):
        run.run()
        exec(read.source(), read.listing().names)  # noqa: S102  it is our own text
        assert np.array_equal(run.network.gradients, read.network.gradients)
        assert np.array_equal(run.network.statistics, read.network.statistics)
        assert np.array_equal(run.output, read.output)
        assert run.loss == read.loss
    assert np.isfinite(run.network.gradients).all()
    assert run.network.gradients.any()


def test_merged_slopes_stacked_products_and_shortcuts_too():
    for made in (
        tanh_chain(4, 6),
        project(dense(3, name="a"), of("tanh"), of("add", source="a"), dense(1)),
    ):
        run, read = prepared(made), prepared(made)
        run.run()
        exec(read.source(), read.listing().names)  # noqa: S102
        assert np.array_equal(run.network.gradients, read.network.gradients)


def test_the_text_is_read_by_the_names_of_the_blocks():
    text = prepared(project(dense(3), of("tanh"), dense(1))).source()
    assert "# One step on a batch of 6." in text
    assert "# dense_1: forward" in text
    assert "np.tanh(" in text
    assert "# dense_2: weight gradient" in text
    assert "dense_1_matrix_gradient" in text
    for line in text.splitlines():
        assert len(line) < 200
    compile(text, "program", "exec")
