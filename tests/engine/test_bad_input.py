"""Bad input of the training: one sentence says what is wrong, on the block, on the command line, from Python."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

import engine
from engine import cli
from engine.data.parts import Dataset
from engine.network import Network
from engine.project import Project, ProjectError
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project

SCE, MSE = {"kind": "softmax_cross_entropy"}, {"kind": "mean_squared_error"}
IMAGES = {"data": of("digits"), "loss": SCE}
END = [of("flatten"), dense(10)]


def table(inputs: list[Any], targets: list[Any], task: str = "classification", **fields: Any) -> dict[str, Any]:
    return of("table", inputs=inputs, targets=targets, task=task, **fields)


ONE_SAMPLE = {"data": table([[1, 2]], [0.5], "regression"), "loss": MSE}

# the project, the block or other place that is to say it, and the sentence
CHAINS: dict[str, tuple[dict[str, Any], str, str]] = {
    "an image into dense": (
        {**IMAGES, "chain": [dense(10)]}, "dense_1", "Dense needs a flat input, gets 1x8x8"),
    "flat values into a convolution": (
        {"chain": [of("conv2d"), dense(1)]}, "conv2d_1", "Convolution 2D needs an image, gets 2"),
    "a kernel larger than the input": (
        {**IMAGES, "chain": [of("conv2d", kernel_size=9), *END]}, "conv2d_1",
        "Convolution 2D has a kernel of 9x9, larger than its input 1x8x8"),
    "a kernel larger than what is left": (
        {**IMAGES, "chain": [of("max_pool2d", size=4), of("conv2d"), *END]}, "conv2d_1",
        "Convolution 2D has a kernel of 3x3, larger than its input 1x2x2"),
    "pooling of more than there is": (
        {**IMAGES, "chain": [of("average_pool2d", size=9), *END]}, "average_pool2d_1",
        "Average pool 2D has blocks of 9x9, larger than its input 1x8x8"),
    "no source": (
        {"chain": [dense(3), of("add"), dense(1)]}, "add_1",
        "Add needs a source: an earlier block whose output it adds"),
    "an unknown source": (
        {"chain": [dense(3), of("add", source="nowhere"), dense(1)]}, "add_1",
        "Add takes the output of nowhere, which is no block before it"),
    "itself as a source": (
        {"chain": [dense(3), of("add", source="add_1"), dense(1)]}, "add_1",
        "Add takes the output of add_1, which is no block before it"),
    "a later source": (
        {"chain": [dense(3), of("add", source="dense_2"), dense(1)]}, "add_1",
        "Add takes the output of dense_2, which is no block before it"),
    "a source of another shape": (
        {"chain": [dense(3), dense(4), of("add", source="dense_1"), dense(1)]}, "add_1",
        "Add needs equal shapes, gets 4 and 3 from dense_1"),
    "batch norm with one sample in all": (
        {**ONE_SAMPLE, "chain": [dense(3), of("batch_norm"), dense(1)]}, "batch_norm_1",
        "Batch norm needs at least 2 samples to train on, there is only 1"),
    "batch norm with one sample a batch": (
        {"chain": [dense(3), of("batch_norm"), dense(1)], "training": {"batch_size": 1}}, "batch_norm_1",
        "Batch norm needs at least 2 samples in every batch, the smallest of an epoch has 1"),
    "batch norm with one sample in the last batch": (
        {"data": of("moons", samples=42, validation=0.0), "chain": [dense(3), of("batch_norm"), dense(1)],
         "training": {"batch_size": 41}}, "batch_norm_1",
        "Batch norm needs at least 2 samples in every batch, the smallest of an epoch has 1"),
    "too few outputs": (
        {"data": of("iris"), "chain": [dense(2)], "loss": SCE}, "loss",
        "Softmax cross entropy over 3 classes needs 3 outputs, gets 2"),
    "nothing to learn": (
        {"data": of("sine"), "chain": [of("relu")], "loss": MSE}, "training",
        "The chain has no weights to train: add a layer with weights"),
}  # fmt: skip


@pytest.fixture
def run(tmp_path, capsys):
    """Runs a command on a project, given as plain dicts: exit code, standard output, standard error."""

    def act(command: str, plain: dict[str, Any], *words: str) -> tuple[int, str, str]:
        path = tmp_path / "project.json"
        path.write_text(json.dumps(plain))
        code = cli.main([command, str(path), *words])
        return code, *capsys.readouterr()

    return act


@pytest.mark.parametrize(("plain", "place", "text"), CHAINS.values(), ids=CHAINS.keys())
def test_the_place_says_it_and_so_does_every_command(run, plain, place, text):
    made = engine.load(plain)
    problem = next(each for each in engine.resolve(made).problems if each.place == place)
    assert problem.text == text
    for command in ("validate", "train"):
        code, out, err = run(command, plain)
        assert (code, out) == (2, "")
        assert err == f"cascade: {place}: {text}.\n"
    if place != "training":  # a chain without weights can be evaluated
        with pytest.raises(ProjectError, match="^" + re.escape(f"{place}: {text}.")):
            Trainer(made)


# what is wrong in the file already: the sentence names its place
FILES: dict[str, tuple[dict[str, Any], str]] = {
    "no data": ({"data": table([], [])}, "data.inputs: expected a list of length >= 1, given a list of 0."),
    "no samples": ({"data": of("moons", samples=0)}, "data.samples: expected a whole number >= 2, given 0."),
    "ragged rows": (
        {"data": table([[1, 2], [3]], [0, 1])},
        "data: the rows of inputs must hold the same number of values, at least one."),
    "a target too many": (
        {"data": table([[1], [2]], [0, 1, 1])}, "data: there are 2 rows of inputs but 3 targets."),
    "one class": (
        {"data": table([[1], [2]], [0, 0])},
        "data: a classification needs at least two different classes among the targets."),
    "nothing left to train on": (
        {"data": of("moons", validation=1.0)}, "data.validation: expected a number <= 0.9, given 1.0."),
    "an empty batch": (
        {"training": {"batch_size": 0}}, "training.batch_size: expected a whole number >= 1, given 0."),
}  # fmt: skip


@pytest.mark.parametrize(("plain", "text"), FILES.values(), ids=FILES.keys())
def test_a_file_that_cannot_be_meant_is_refused_when_it_is_read(run, plain, text):
    for command in ("validate", "train"):
        code, out, err = run(command, {**plain, "chain": [dense(1)]})
        assert (code, out, err) == (2, "", f"cascade: project.json: {text}\n")


def test_a_value_too_large_for_the_precision_is_said(run):
    plain = {"data": table([[1e39], [2], [3], [4]], [0, 1, 0, 1]), "chain": [dense(1)]}
    code, _, err = run("train", plain)
    assert (code, err) == (2, "cascade: data: the inputs hold values that are not finite in float32.\n")
    assert run("train", {**plain, "training": {"dtype": "float64"}}, "--steps", "1")[0] == 0


@pytest.mark.parametrize("samples", [1, 3])
def test_a_batch_may_be_larger_than_the_data_and_the_data_one_sample(run, samples):
    plain = {
        "data": table([[1, 2]] * samples, [0.5] * samples, "regression"), "loss": MSE,
        "chain": [dense(3), of("tanh"), dense(1)], "training": {"batch_size": 1000},
    }  # fmt: skip
    assert engine.resolve(engine.load(plain)).ok
    code, out, _ = run("train", plain, "--epochs", "4", "--json")
    assert code == 0
    lines = [json.loads(each) for each in out.splitlines()]
    assert [line["step"] for line in lines if "event" not in line] == [1, 2, 3, 4], "one batch is an epoch"


IRIS = project(dense(3), loss="softmax_cross_entropy", data=of("iris"))
NORMED = project(dense(3), of("batch_norm"), dense(3), loss="softmax_cross_entropy", data=of("iris"),
    training={"batch_size": 5})  # fmt: skip
SINE = project(dense(1), loss="mean_squared_error", data=of("sine"))
X = np.zeros((6, 4))
CLASSES = np.array([0, 1, 2, 0, 1, 2])
FINE = Dataset(X, CLASSES)

# project, inputs, targets, held-out part, the sentence
DATASETS: dict[str, tuple[Project, Any, Any, Dataset | None, str]] = {
    "another width": (IRIS, np.zeros((6, 5)), CLASSES, FINE, r"inputs of shape \(N, 5\), given \(6, 4\)"),
    "no axis for the samples": (IRIS, np.float64(3), CLASSES, None, r"\(N, values\) or \(N, C, H, W\), given \(\)"),
    "one axis": (IRIS, np.zeros(6), CLASSES, None, r"\(N, values\) or \(N, C, H, W\), given \(6,\)"),
    "other lengths": (IRIS, X, CLASSES[:5], None, r"a target for each of the 6 samples, given \(5,\)"),
    "other lengths held out": (IRIS, X, CLASSES, Dataset(X[:2], CLASSES), "each of the 2 samples"),
    "another width held out": (IRIS, X, CLASSES, Dataset(X[:, :2], CLASSES), r"\(N, 4\), given \(6, 2\)"),
    "a class too large": (IRIS, X, CLASSES + 1, None, "class numbers go from 0 to 2, given 1 to 3"),
    "a class below zero": (IRIS, X, CLASSES - 1, None, "class numbers go from 0 to 2, given -1 to 1"),
    "a class too large held out": (IRIS, X, CLASSES, Dataset(X, CLASSES + 1), "from 0 to 2, given 1 to 3"),
    "half a class": (IRIS, X, CLASSES / 2, None, "class numbers"),
    "no data": (IRIS, X[:0], CLASSES[:0], None, "no samples to train on"),
    "one sample to normalise": (NORMED, X[:1], CLASSES[:1], None, "batch_norm_1: Batch norm needs at least 2 samples"),
    "one sample left to normalise": (NORMED, X, CLASSES, None, "batch_norm_1: Batch norm needs at least 2 samples"),
    "targets of another width": (SINE, X[:, :1], np.zeros((6, 2)), None, r"must have the shape \(6, 1\)"),
    "a target that is no number": (SINE, X[:, :1], np.full((6, 1), np.nan), None, "targets hold values"),
    "an input that is no number": (SINE, np.full((6, 1), np.nan), np.zeros((6, 1)), None, "inputs hold values"),
    "text": (SINE, np.full((6, 1), "a"), np.zeros((6, 1)), None, "must be real numbers"),
    "complex numbers": (SINE, np.full((6, 1), 1j), np.zeros((6, 1)), None, "must be real numbers, given complex128"),
}


@pytest.mark.parametrize(("made", "x", "t", "held_out", "text"), DATASETS.values(), ids=DATASETS.keys())
def test_data_from_python_that_do_not_fit_are_refused_in_a_sentence(made, x, t, held_out, text):
    with pytest.raises(ProjectError, match=text) as caught:
        Trainer(made, Dataset(x, t), held_out)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_an_edit_that_leaves_one_sample_to_normalise_changes_nothing():
    trainer = Trainer(engine.load({**json.loads(NORMED.to_json()), "training": {"batch_size": 6}}), FINE)
    trainer.run(3)
    before = trainer.network
    with pytest.raises(ProjectError, match="at least 2 samples"):
        trainer.adopt(NORMED)
    assert trainer.network is before
    trainer.run(1)
    assert trainer.steps == 4


def test_the_projects_own_data_do_not_count_where_others_are_given():
    """Of the 320 samples that xor has to train on one would be left over; of these eight none is."""
    made = project(dense(3), of("batch_norm"), dense(1), data=of("xor"), training={"batch_size": 319})
    assert not engine.resolve(made).ok
    trainer = Trainer(made, Dataset(np.zeros((8, 2)), np.zeros((8, 1))))
    trainer.run(2)
    assert trainer.steps == 2


CALLS = {
    "a class too large": (lambda net: net.loss_and_gradient(X, CLASSES + 1), "from 0 to 2, given 1 to 3"),
    "another width": (lambda net: net.loss_and_gradient(X[:, :3], CLASSES), r"\(N, 4\), given \(6, 3\)"),
    "other lengths": (lambda net: net.loss_and_gradient(X, CLASSES[:5]), "as many targets as inputs"),
    "nothing": (lambda net: net.loss_and_gradient(X[:0], CLASSES[:0]), "at least one; given 0 and 0"),
    "one sample to normalise": (lambda net: net.loss_and_gradient(X[:1], CLASSES[:1], True), "at least 2 samples"),
    "a prediction of another width": (lambda net: net.predict(X[:, :3]), r"\(N, 4\), given \(6, 3\)"),
    "a prediction of text": (lambda net: net.predict(np.full((2, 4), "a")), "real numbers"),
    "no axis": (lambda net: net.predict(1.0), r"\(N, 4\), given \(\)"),
    "an empty input": (lambda net: Network(IRIS, (0,)), r"from 1 on, given \(0,\)"),
    "no input": (lambda net: Network(IRIS, ()), r"from 1 on, given \(\)"),
    "another output": (lambda net: Network(IRIS, (4,), (5,)), "gives out 3, the targets need 5"),
}


@pytest.mark.parametrize(("call", "text"), CALLS.values(), ids=CALLS.keys())
def test_calls_that_do_not_fit_are_refused_in_a_sentence(call, text):
    with pytest.raises(ProjectError, match=text):
        call(Network(NORMED))


def test_no_samples_give_no_outputs():
    assert Network(IRIS).predict(X[:0]).shape == (0, 3)


@pytest.mark.parametrize("kind", ["binary_cross_entropy", "hinge", "softmax_cross_entropy"])
def test_data_that_do_not_suit_the_loss_are_refused_in_a_sentence(kind):
    made = project(dense(1), data=of("sine"), loss=kind)
    for call in (engine.dataset, Trainer):
        with pytest.raises(
            ProjectError, match=r"^loss: .* needs (two )?classes, the data have 1 real value to predict\.$"
        ):
            call(made)
