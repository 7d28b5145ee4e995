"""The judge of chains, kind by kind: shapes and counts worked out by hand, every sentence and every offered edit, and
the promise that what it lets pass can be trained.
"""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import engine
from engine.faults import NumericalFault
from engine.kinds import fields, tag_of
from engine.limits import MEMORY_BUDGET
from engine.network import Network
from engine.project import DATA, LAYERS, LOSSES, MAXIMUM_BLOCKS, Project, decode
from engine.resolve import Place, Resolved, resolve
from tests.engine.chains import DIGITS, dense, of, project

steady = settings(derandomize=True)
CLASSES = {"loss": "softmax_cross_entropy", "data": DIGITS}


def place_of(resolved: Resolved, name: str) -> Place:
    return next(place for place in resolved.places if place.name == name)


def alone(block: dict[str, Any], shape: tuple[int, ...]) -> tuple[Any, int]:
    """Output shape and number of parameters of one block on its own."""
    (place,) = resolve(project(block), shape).blocks
    assert place.problem is None
    assert place.input_shape == shape
    return place.output_shape, place.parameter_count


@pytest.mark.parametrize(
    ("block", "shape", "output", "count"),
    [
        (dense(5), (3,), (5,), 5 * 3 + 5),
        (dense(5, bias=False), (3,), (5,), 5 * 3),
        (of("conv2d", filters=4, kernel_size=3), (2, 8, 6), (4, 6, 4), 4 * 2 * 3 * 3 + 4),
        (of("conv2d", filters=4, kernel_size=3, bias=False), (2, 8, 6), (4, 6, 4), 4 * 2 * 3 * 3),
        (of("conv2d", filters=1, kernel_size=3, stride=2), (1, 8, 7), (1, 3, 3), 3 * 3 + 1),
        (of("conv2d", filters=1, kernel_size=2, stride=5), (1, 8, 8), (1, 2, 2), 2 * 2 + 1),
        (of("conv2d", filters=1, kernel_size=8), (1, 8, 8), (1, 1, 1), 8 * 8 + 1),
        (of("conv2d", filters=6, kernel_size=4, padding="same"), (3, 5, 7), (6, 5, 7), 6 * 3 * 4 * 4 + 6),
        (of("max_pool2d", size=3), (2, 8, 7), (2, 2, 2), 0),
        (of("average_pool2d", size=2), (2, 8, 7), (2, 4, 3), 0),
        (of("global_average_pool2d"), (5, 8, 7), (5,), 0),
        (of("flatten"), (3, 4, 5), (60,), 0),
        (of("flatten"), (7,), (7,), 0),
        (of("reshape", shape=[3, 4, 5]), (60,), (3, 4, 5), 0),
        (of("reshape", shape=[60]), (3, 4, 5), (60,), 0),
        (of("batch_norm"), (7,), (7,), 7 + 7),
        (of("batch_norm"), (3, 4, 5), (3, 4, 5), 3 + 3),
        (of("layer_norm"), (3, 4, 5), (3, 4, 5), 60 + 60),
        (of("dropout"), (3, 4, 5), (3, 4, 5), 0),
        (of("tanh"), (9,), (9,), 0),
        (of("softmax"), (9,), (9,), 0),
    ],
    ids=str,
)
def test_shapes_and_counts_by_hand(block, shape, output, count):
    assert alone(block, shape) == (output, count)


def test_a_chain_of_images_by_hand():
    made = project(
        of("conv2d", filters=8, padding="same"), of("relu"), of("max_pool2d"), of("conv2d", filters=4), of("flatten"),
        dense(10), **CLASSES,
    )  # fmt: skip
    resolved = resolve(made)
    assert resolved.ok
    shapes = [(8, 8, 8), (8, 8, 8), (8, 4, 4), (4, 2, 2), (16,), (10,)]
    assert [block.output_shape for block in resolved.blocks] == shapes
    assert [block.input_shape for block in resolved.blocks] == [(1, 8, 8), *shapes[:-1]]
    assert [block.parameter_count for block in resolved.blocks] == [80, 0, 0, 4 * 8 * 9 + 4, 0, 170]
    assert resolved.parameter_count == 80 + 292 + 170
    assert resolved.output_shape == (10,)


@pytest.mark.parametrize(
    ("data", "shape", "target", "classes"),
    [
        (of("xor"), (2,), (2,), 2),
        (of("blobs", classes=5), (2,), (5,), 5),
        (of("sine"), (1,), (1,), None),
        (DIGITS, (1, 8, 8), (10,), 10),
        (of("iris"), (4,), (3,), 3),
        (of("table", inputs=[[1, 2, 3]], targets=[[1, 2]], task="regression"), (3,), (2,), None),
        (of("table", inputs=[[1], [2], [3]], targets=["a", "b", "a"]), (1,), (2,), 2),
    ],
    ids=str,
)
def test_what_the_data_put_in_and_ask_for(data, shape, target, classes):
    place = resolve(project(data=data)).data
    assert (place.input_shape, place.target_shape, place.classes) == (shape, target, classes)


# The chain and its surroundings, the place, what is said there, and the offered edit.
SAID = {
    "an image into a dense layer": (
        project(dense(10), **CLASSES), "dense_1", "Dense needs a flat input, gets 1x8x8", "insert Flatten",
    ),
    "an image into a later dense layer": (
        project(of("conv2d", filters=3), of("relu"), dense(10), **CLASSES),
        "dense_1", "Dense needs a flat input, gets 3x6x6", "insert Flatten",
    ),
    "too many outputs": (
        project(of("flatten"), dense(16), **CLASSES),
        "loss", "Softmax cross entropy over 10 classes needs 10 outputs, gets 16", "set units of dense_1 to 10",
    ),
    "too many outputs before an activation": (
        project(of("flatten"), dense(16, name="last"), of("relu"), of("dropout"), **CLASSES),
        "loss", "Softmax cross entropy over 10 classes needs 10 outputs, gets 16", "set units of last to 10",
    ),
    "an image at the end": (
        project(of("conv2d", filters=3), **CLASSES),
        "loss", "Softmax cross entropy over 10 classes needs 10 outputs, gets 3x6x6", "add Dense with 10 units",
    ),
    "channels at the end": (
        project(of("conv2d", filters=3), of("global_average_pool2d"), **CLASSES),
        "loss", "Softmax cross entropy over 10 classes needs 10 outputs, gets 3", "add Dense with 10 units",
    ),
    "no block for classes": (
        project(**CLASSES),
        "loss", "Softmax cross entropy over 10 classes needs 10 outputs, gets 1x8x8", "add Dense with 10 units",
    ),
    "no block for two classes": (
        project(), "loss", "Binary cross entropy over 2 classes needs 1 output, gets 2", "add Dense with 1 unit",
    ),
    "too many outputs for a value": (
        project(dense(7), data=of("sine"), loss="huber"),
        "loss", "Huber over 1 value needs 1 output, gets 7", "set units of dense_1 to 1",
    ),
    "too few outputs for two values": (
        project(
            dense(1), loss="mean_squared_error",
            data=of("table", inputs=[[1]], targets=[[1, 2]], task="regression"),
        ),
        "loss", "Mean squared error over 2 values needs 2 outputs, gets 1", "set units of dense_1 to 2",
    ),
    "two classes wanted of ten": (
        project(of("flatten"), dense(10), data=DIGITS),
        "loss", "Binary cross entropy needs two classes, the data have 10 classes", "use softmax cross entropy",
    ),
    "a margin around real values": (
        project(dense(1), loss="hinge", data=of("sine")),
        "loss", "Hinge needs two classes, the data have 1 real value to predict", "use mean squared error",
    ),
    "classes wanted of real values": (
        project(dense(1), loss="softmax_cross_entropy", data=of("sine")),
        "loss", "Softmax cross entropy needs classes, the data have 1 real value to predict", "use mean squared error",
    ),
    "first weights of another width": (
        project(dense(1, weight_init=of("values", values=[[1, 2, 3]]))),
        "dense_1", "weight of dense_1: 1x3 values are written down, 1x2 are needed", "start from Glorot uniform",
    ),
    "a first bias too long": (
        project(dense(1, bias_init=of("values", values=[1, 2]))),
        "dense_1", "bias of dense_1: 2 values are written down, 1 are needed", "start from Glorot uniform",
    ),
    "a batch of one to normalise": (
        project(of("batch_norm"), dense(1), training={"batch_size": 1}),
        "batch_norm_1", "at least 2 samples in every batch, the smallest of an epoch has 1", "set batch_size to 2",
    ),
    "a rest of one to normalise": (
        project(of("batch_norm"), dense(1), data=of("xor", samples=33, validation=0), training={"batch_size": 4}),
        "batch_norm_1", "at least 2 samples in every batch, the smallest of an epoch has 1", "set batch_size to 5",
    ),
    "sigmoid before a loss that applies it": (
        project(dense(1), of("sigmoid")),
        "sigmoid_1", "Binary cross entropy applies Sigmoid itself: remove it", "remove Sigmoid",
    ),
    "softmax before a loss that applies it": (
        project(of("flatten"), dense(10), of("softmax"), **CLASSES),
        "softmax_1", "Softmax cross entropy applies Softmax itself: remove it", "remove Softmax",
    ),
    "sigmoid before classes": (
        project(of("flatten"), dense(10), of("sigmoid"), **CLASSES),
        "sigmoid_1", "Softmax cross entropy applies Sigmoid itself: remove it", "remove Sigmoid",
    ),
    "flat values into a convolution": (
        project(of("conv2d"), dense(1)), "conv2d_1", "Convolution 2D needs an image, gets 2", None,
    ),
    "a kernel larger than the image": (
        project(of("max_pool2d", size=4), of("conv2d", kernel_size=3), **CLASSES),
        "conv2d_1", "Convolution 2D has a kernel of 3x3, larger than its input 1x2x2", None,
    ),
    "a shape of other values": (
        project(of("reshape", shape=[3]), dense(1)), "reshape_1", "Reshape to 3 needs 3 values, gets 2", None,
    ),
    "nothing to train": (
        project(of("tanh")), "training", "The chain has no weights to train: add a layer with weights", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("made", "name", "text", "fix"), SAID.values(), ids=SAID.keys())
def test_what_is_said_and_offered(made, name, text, fix):
    place = place_of(resolve(made), name)
    assert text in (place.problem or place.warning or "")
    assert (place.fix.text if place.fix else None) == fix


@pytest.mark.parametrize(
    ("made", "name"),
    [(made, name) for made, name, _, fix in SAID.values() if fix],
    ids=[key for key, (*_, fix) in SAID.items() if fix],
)
def test_an_offered_edit_removes_what_it_is_offered_for(made, name):
    """The edit leaves the project that it is given as it is, and its result is a project like any other."""
    before, offered = made.to_json(), place_of(resolve(made), name)
    mended = offered.fix.apply(made)
    assert made.to_json() == before
    assert decode(mended.to_json()) == mended
    left = [place for place in resolve(mended).places if place.name == name]
    assert all(place.problem is None and place.warning is None for place in left)


@pytest.mark.parametrize(
    ("chain", "loss"),
    [
        ([dense(1), of("sigmoid")], "mean_squared_error"),
        ([dense(1), of("tanh")], "binary_cross_entropy"),
        ([dense(4), of("sigmoid"), dense(1)], "binary_cross_entropy"),
        ([dense(4), of("softmax"), dense(1)], "hinge"),
    ],
)
def test_an_activation_that_no_loss_applies_is_not_warned_of(chain, loss):
    assert not any(place.warning for place in resolve(project(*chain, loss=loss)).places)


class TestMemory:
    def test_the_number_is_that_of_the_vectors(self):
        """Of 16,384 x 16,385 parameters in four bytes each: themselves, those before the step, the gradient, two of
        Adam, three to return to; and what is published, three in each of two slots and of two snapshots.
        """
        made = project(dense(16384), dense(16384), dense(1), data=of("xor", samples=10), training={"batch_size": 1})
        found = resolve(made)
        parameters = 3 * 16384 + 16385 * 16384 + 16385
        assert found.parameter_count == parameters
        assert f"about {(3 + 2 + 3 + 3 * 4) * 4 * parameters / 2**30:.1f} GB" in found.training.problem
        assert f"budget of {MEMORY_BUDGET / 2**30:.0f} GB" in found.training.problem
        assert place_of(found, "training").fix is None

    def test_double_precision_and_a_large_batch_count(self):
        wide = [dense(4096), *[of("tanh") for _ in range(15)], dense(1)]
        data = of("xor", samples=100_000)
        assert resolve(project(*wide, data=data, training={"batch_size": 2048})).ok
        for training in ({"batch_size": 4096}, {"batch_size": 2048, "dtype": "float64"}):
            assert "GB" in resolve(project(*wide, data=data, training=training)).training.problem

    def test_nothing_is_allocated_to_find_out(self):
        made = project(*[dense(16384) for _ in range(100)], dense(1))
        tracemalloc.start()
        try:
            assert not resolve(made).ok
            for act in (Network, engine.Trainer):
                with pytest.raises(engine.ProjectError, match="GB") as caught:
                    act(made)
                assert len(str(caught.value)) <= 300
            assert tracemalloc.get_traced_memory()[1] < 2**22
        finally:
            tracemalloc.stop()


class TestPlaces:
    def test_problems_stand_from_left_to_right_and_all_are_told(self):
        made = project(
            dense(3, weight_init=of("values", values=[[1]]), name="first"), of("tanh"),
            dense(3, bias_init=of("values", values=[1]), name="second"), loss="softmax_cross_entropy",
        )  # fmt: skip
        found = resolve(made)
        assert not found.ok
        assert [problem.place for problem in found.problems] == ["first", "second", "loss"]
        assert [problem.text for problem in found.problems] == [
            place_of(found, problem.place).problem for problem in found.problems
        ]

    def test_every_place_has_its_name(self):
        found = resolve(project(dense(3, name="one"), of("tanh"), dense(1)))
        assert [place.name for place in found.places] == ["data", "one", "tanh_1", "dense_1", "loss", "training"]

    def test_an_unknown_shape_is_no_second_problem(self):
        found = resolve(project(of("conv2d"), of("flatten"), dense(7)))
        assert [problem.place for problem in found.problems] == ["conv2d_1"]
        assert [block.output_shape for block in found.blocks] == [None, None, None]
        assert [block.parameter_count for block in found.blocks] == [0, 0, 0]
        assert found.output_shape is None

    def test_an_empty_chain_gives_out_what_comes_in(self):
        found = resolve(project())
        assert found.blocks == ()
        assert found.output_shape == (2,)
        assert [problem.place for problem in found.problems] == ["loss", "training"]

    def test_another_input_shape_stands_in_for_the_data(self):
        made = project(dense(1))
        assert resolve(made, (7,)).blocks[0].parameter_count == 8
        assert resolve(made, (1, 8, 8)).blocks[0].problem == "Dense needs a flat input, gets 1x8x8"
        assert resolve(made).blocks[0].parameter_count == 3

    def test_a_full_chain_is_judged_as_any_other(self):
        made = project(*[dense(2) for _ in range(MAXIMUM_BLOCKS - 1)], dense(1))
        assert resolve(made).parameter_count == 6 * (MAXIMUM_BLOCKS - 1) + 3


SMALL = {"filters": [1, 3], "kernel_size": [1, 2, 3, 5], "stride": [1, 2], "size": [2, 3, 5], "units": [1, 2, 10]}
SHAPES = [[64], [1, 8, 8], [2], [4], [1, 2, 2], [2, 1, 1]]
DATA_TAGS = [tag_of(kind) for kind in DATA]
LOSS_TAGS = [tag_of(kind) for kind in LOSSES]


@st.composite
def blocks(draw: st.DrawFn) -> dict[str, Any]:
    """A block of any kind with small settings, which need not fit."""
    kind = draw(st.sampled_from(LAYERS))
    plain: dict[str, Any] = {"kind": tag_of(kind)}
    for field in fields(kind):
        if field.type == "bool":
            plain[field.name] = draw(st.booleans())
        elif field.type == "choice":
            plain[field.name] = draw(st.sampled_from(field.choices))
        elif field.type == "rows":
            plain[field.name] = draw(st.sampled_from(SHAPES))
        elif field.type == "text":
            plain[field.name] = draw(st.sampled_from(["", "b0", "b1", "b9"]))
        elif field.name in SMALL:
            plain[field.name] = draw(st.sampled_from(SMALL[field.name]))
    if plain.get("padding") == "same":
        plain["stride"] = 1
    return plain


@st.composite
def chains(draw: st.DrawFn) -> Project:
    """Any small project, broken or not."""
    found = draw(st.lists(blocks(), max_size=5))
    return project(
        *[{**block, "name": f"b{index}"} for index, block in enumerate(found)],
        loss=draw(st.sampled_from(LOSS_TAGS)),
        data=of(draw(st.sampled_from(DATA_TAGS))),
        training={"batch_size": draw(st.sampled_from([1, 3, 32, 2000]))},
    )


@steady
@given(chains())
def test_the_same_project_gets_the_same_answer_and_stays_as_it_is(made):
    before = made.to_json()
    first, again = resolve(made), resolve(decode(before))
    assert made.to_json() == before

    def told(found: Resolved) -> list[Any]:
        return [(place.name, place.problem, place.warning, place.fix and place.fix.text) for place in found.places]

    assert told(first) == told(again)
    assert [block.output_shape for block in first.blocks] == [block.output_shape for block in again.blocks]
    known = {block.name for block in made.chain} | {"data", "loss", "training"}
    assert {problem.place for problem in first.problems} <= known
    for place in first.places:
        for text in filter(None, (place.problem, place.warning)):
            assert text.isprintable()
            assert len(text) <= 300
        assert place.fix is None or place.problem or place.warning


@steady
@given(chains())
def test_every_offered_edit_changes_what_is_said_at_its_place(made):
    for place in resolve(made).places:
        if place.fix is None:
            continue
        mended = place.fix.apply(made)
        assert decode(mended.to_json()) == mended
        left = [each for each in resolve(mended).places if each.name == place.name]
        assert all((each.problem, each.warning) != (place.problem, place.warning) for each in left)


@settings(steady, max_examples=60)
@given(chains())
def test_what_is_let_pass_can_be_trained(made):
    """After the offered edits, a chain without a problem takes steps, and its shapes and counts are those foretold."""
    for _ in range(8):
        offered = [place.fix for place in resolve(made).places if place.fix and place.problem]
        if not offered:
            break
        made = offered[0].apply(made)
    found = resolve(made)
    assume(found.ok)
    trainer = engine.Trainer(made)
    assert trainer.network.parameters.size == found.parameter_count
    try:
        trainer.run(2)
    except NumericalFault:  # a loss that overflows is no matter of shapes
        return
    outputs = trainer.network.predict(trainer.train.inputs[:3])
    assert outputs.shape == (min(3, len(trainer.train)), *found.output_shape)
    for block, place in zip(made.chain, found.blocks, strict=True):
        stored = [each.size for key, each in trainer.network.grad_dict().items() if key.startswith(f"{block.name}.")]
        assert sum(stored) == place.parameter_count


@pytest.mark.parametrize("kernel_size", [2, 3, 4, 5, 7, 12])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_kernel_with_zeros_around_may_be_wider_than_the_image(size, kernel_size):
    """The sum under each place of the kernel, written out; kernels as wide as this see nothing but zeros at their
    edges.
    """
    before = (kernel_size - 1) // 2
    made = project(of("conv2d", filters=1, kernel_size=kernel_size, padding="same"), training={"dtype": "float64"})
    network = Network(made, (1, size, size), (1, size, size))
    x = np.random.default_rng(1).standard_normal((2, 1, size, size))
    state = network.state_dict()
    kernel = state["conv2d_1.weight"][0, 0]
    wide = np.pad(x[:, 0], ((0, 0), (before, kernel_size), (before, kernel_size)))
    expected = [
        [
            (wide[:, row : row + kernel_size, column : column + kernel_size] * kernel).sum((1, 2))
            for column in range(size)
        ]
        for row in range(size)
    ]
    np.testing.assert_allclose(network.predict(x)[:, 0].transpose(1, 2, 0), expected, atol=1e-12)


@pytest.mark.parametrize("kernel_size", [3, 5, 12])
def test_such_a_kernel_can_be_trained(kernel_size):
    made = project(
        of("max_pool2d", size=5), of("conv2d", filters=2, kernel_size=1),
        of("conv2d", filters=2, kernel_size=kernel_size, padding="same"), of("flatten"), dense(10), **CLASSES,
    )  # fmt: skip
    assert resolve(made).ok
    trainer = engine.Trainer(made)
    trainer.run(2)
    assert math.isfinite(trainer.loss)
