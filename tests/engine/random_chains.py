"""Random chains of all kinds for property tests: on points and digits, on images, with shortcuts."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

import engine
from engine.network import Network
from engine.project import Project, insert, layer_kind
from tests.engine.chains import dense, of, project

ACTIVATIONS = ("elu", "gelu", "leaky_relu", "relu", "sigmoid", "silu", "softmax", "softplus", "tanh")
LOSSES = ("binary_cross_entropy", "huber", "mean_absolute_error", "mean_squared_error", "softmax_cross_entropy")
Case = tuple[Network, np.ndarray, np.ndarray]


@st.composite
def chains(draw: Any) -> tuple[list[dict[str, Any]], str]:
    """A random chain that fits its loss, on digits or on points."""
    loss = draw(st.sampled_from(LOSSES))
    width = 1 if loss == "binary_cross_entropy" else 10
    middle = draw(
        st.lists(
            st.one_of(
                st.builds(dense, st.integers(1, 6), bias=st.booleans()),
                st.sampled_from([of(name) for name in (*ACTIVATIONS, "flatten")]),
                st.just(dense(4)),  # runs of equal layers are stacked
            ),
            max_size=9,
        )
    )
    tail = draw(st.sampled_from([[], [of("tanh")], [of("leaky_relu")]]))
    return [*middle, dense(width), *tail], loss


@st.composite
def image_chains(draw: Any) -> list[dict[str, Any]]:
    """A random chain on 8x8 images: convolutions, pools and activations while there are pixels, then dense layers."""
    chain, size = [], 8
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["conv2d", "conv2d", "max_pool2d", "average_pool2d", "activation", "norm"]))
        if kind == "conv2d":
            same = draw(st.booleans())
            k = draw(st.integers(1, min(size, 4)))
            stride = 1 if same else draw(st.integers(1, 3))
            padding = "same" if same else "valid"
            fields = {"kernel_size": k, "stride": stride, "padding": padding, "bias": draw(st.booleans())}
            chain.append(of("conv2d", filters=draw(st.integers(1, 4)), **fields))
            size = size if same else (size - k) // stride + 1
        elif kind == "activation":
            chain.append(of(draw(st.sampled_from(ACTIVATIONS))))
        elif kind == "norm":
            chain.append(of(draw(st.sampled_from(["batch_norm", "layer_norm"]))))
        else:
            pool = draw(st.integers(1, min(size, 3)))
            chain.append(of(kind, size=pool))
            size //= pool
    end = draw(st.sampled_from([[of("flatten")], [of("global_average_pool2d")], [of("flatten"), dense(12),
        of("reshape", shape=[3, 2, 2]), of("conv2d", filters=2, kernel_size=2), of("flatten")]]))  # fmt: skip
    return [*chain, *end, dense(10)]


def with_shortcuts(made: Project, picks: list[tuple[int, int]]) -> Project:
    """The project with additions after some blocks, each from an earlier block of the same shape."""
    for after, source in picks:
        places = engine.resolve(made).blocks
        at = after % len(places)
        fitting = [place.name for place in places[: at + 1] if place.output_shape == places[at].output_shape]
        made = insert(made, at + 1, [layer_kind("add")(source=fitting[source % len(fitting)])])
    return made


picks = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4)


@st.composite
def cases(draw: Any, largest_batch: int = 4) -> Case:
    """A network of any family in double precision, away from its first values, with a batch of inputs and targets."""
    family = draw(st.sampled_from(["points", "shortcuts", "images"]))
    double = {"training": {"dtype": "float64"}}
    if family == "points":
        chain, loss = draw(chains())
        data = of("xor") if loss == "binary_cross_entropy" else of("digits")
        before = [of("flatten")] if data["kind"] == "digits" else []
        loss = draw(st.sampled_from(["binary_cross_entropy", "hinge"])) if loss == "binary_cross_entropy" else loss
        network = Network(project(*before, *chain, loss=loss, data=data, **double))
    elif family == "shortcuts":
        layers = st.sampled_from([dense(5), of("layer_norm"), of("batch_norm"), of("dropout"),
                                  *(of(name) for name in ACTIVATIONS)])  # fmt: skip
        loss = draw(st.sampled_from(["huber", "mean_absolute_error", "mean_squared_error"]))
        made = project(dense(5), *draw(st.lists(layers, max_size=8)), loss=loss, data=of("xor"), **double)
        network = Network(with_shortcuts(made, draw(picks)), (3,), (5,))
    else:
        loss = "softmax_cross_entropy"
        made = project(*draw(image_chains()), loss=loss, data=of("digits"), **double)
        network = Network(with_shortcuts(made, draw(picks)))
    generator = np.random.default_rng(draw(st.integers(0, 2**16)))
    return filled(network, generator, draw(st.integers(1, largest_batch)))


def filled(network: Network, generator: np.random.Generator, batch: int) -> Case:
    """The network with weights and running statistics moved at random, and a random batch that suits its loss."""
    network.parameters += 0.3 * generator.standard_normal(network.parameters.size)
    network.statistics += generator.uniform(0, 0.5, network.statistics.size)
    (width,) = network.shapes[-1]
    target = {
        "binary_cross_entropy": generator.integers(0, 2, (batch, 1)).astype(float),
        "hinge": generator.choice([-1.0, 1.0], (batch, 1)),
        "softmax_cross_entropy": generator.integers(0, width, batch),
    }.get(network.project.loss.kind, generator.standard_normal((batch, width)))
    return network, generator.standard_normal((batch, *network.shapes[0])), target
