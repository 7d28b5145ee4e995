"""The commands ``explain`` and ``check``: what they print, and how they end."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import engine
from engine.explain.check import TOLERANCE


def explained(run, *words: Any) -> dict[str, Any]:
    code, out, err = run("explain", *words, "--json")
    assert (code, err) == (0, "")
    (line,) = out.splitlines()
    return json.loads(line)


def test_explain_says_all_numbers(run):
    plain = explained(run, "example:sine", "--parameter", "dense_1.weight", "--index", "3,0", "--sample", "2")
    project = engine.load("example:sine")
    network, train = engine.Network(project), engine.dataset(project).train
    size = project.training.batch_size
    found = engine.explain(network, train.inputs[:size], train.targets[:size], "dense_1.weight", (3, 0), sample=2)
    assert plain["product"] == found.product
    assert plain["gradient"] == found.gradient
    assert plain["central_difference"] == found.central_difference
    assert plain["samples"] == found.samples.tolist()
    assert (plain["sample"], plain["index"], plain["kink"]) == (2, [3, 0], None)
    product = np.eye(1)
    for factor, running in zip(plain["factors"], plain["running"], strict=True):
        assert {"block", "label", "formula", "shape", "norm"} <= factor.keys()
        matrix = np.array(factor["matrix"])
        assert list(matrix.shape) == factor["shape"]
        product = product @ matrix
        np.testing.assert_allclose(running, product, rtol=1e-12)
    assert product[0, 0] == pytest.approx(plain["samples"][2], rel=1e-12)
    layers = np.linalg.multi_dot([np.array(layer["matrix"]) for layer in plain["layers"]])
    assert layers[0, 0] == pytest.approx(product[0, 0], rel=1e-12)
    assert sum(path["value"] for path in plain["paths"]) + plain["rest"] == pytest.approx(product[0, 0])
    assert (len(plain["paths"]), plain["path_count"]) == (10, 16)
    for nudge in plain["nudge"]:
        assert [each["block"] for each in nudge["cascade"]][-1] == "loss"
        assert nudge["cascade"][-1]["predicted"] == pytest.approx(nudge["epsilon"] * product[0, 0])


def test_a_large_factor_is_told_by_its_largest_entries(run):
    words = ["example:convolution", "--parameter", "conv2d_1.weight", "--index", "0,0,1,1", "--sample", "1"]
    factor = next(each for each in explained(run, *words)["factors"] if each["block"] == "conv2d_2")
    assert factor["matrix"] is None
    project = engine.load("example:convolution")
    train = engine.dataset(project).train
    found = engine.explain(
        engine.Network(project), train.inputs[1:2], train.targets[1:2], "conv2d_1.weight", (0, 0, 1, 1)
    )
    matrix = next(each for each in found.factors if each.block == "conv2d_2").matrix
    assert factor["shape"] == list(matrix.shape)
    assert factor["norm"] == pytest.approx(np.linalg.norm(matrix))
    assert len(factor["largest"]) == 20
    for entry in factor["largest"]:
        assert entry["value"] == matrix[entry["row"], entry["column"]]
    sizes = np.sort(np.abs(matrix).ravel())[::-1][:20]
    np.testing.assert_array_equal([abs(entry["value"]) for entry in factor["largest"]], sizes)


def test_the_text_is_in_the_order_of_the_lecture(run):
    code, out, err = run("explain", "example:domino", "--parameter", "dense_1.weight", "--index", "0,0")
    assert (code, err) == (0, "")
    order = ["d loss / d dense_3", "d dense_3 / d tanh_2", "d tanh_2 / d dense_2", "d dense_1 / d weight[0, 0]"]
    places = [out.index(label) for label in order]
    assert places == sorted(places)
    assert "(d E / d output) x (d output / d layer 2) x (d layer 2 / d layer 1) x (d layer 1 / d w)" in out
    assert "the first 9 training samples" in out
    product, gradient, nudged = out.splitlines()[-3:]
    assert float(product.split()[-1]) == pytest.approx(float(gradient.split()[3]), rel=1e-12)
    assert abs(float(nudged.split()[-1])) < 1e-10


def test_an_input_and_a_shortcut_can_be_explained(run):
    plain = explained(run, "example:shortcut", "--parameter", "input", "--index", "1")
    bridged = [factor for factor in plain["factors"] if factor["parts"]]
    assert bridged and bridged[0]["parts"][1]["label"].startswith("shortcut from")
    assert plain["gradient"] == pytest.approx(plain["product"], rel=1e-9)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--parameter", "dense_9.weight", "--index", "0,0"], "'dense_9.weight' does not exist"),
        (["--parameter", "dense_1.weight", "--index", "0"], "takes 2 numbers"),
        (["--parameter", "dense_1.weight", "--index", "0,9"], "given 0,9"),
        (["--parameter", "dense_1.weight", "--index", "a"], "whole numbers like 3,0"),
        (["--parameter", "dense_1.weight", "--index", "0,0", "--sample", "99"], "sample: goes from 0 to"),
        (["--parameter", "dense_1.weight"], "--index"),
    ],
)
def test_a_bad_question_is_a_sentence_and_exit_code_2(run, words, said):
    code, out, err = run("explain", "example:domino", *words)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert said in err


def test_a_broken_chain_is_refused(run, tmp_path):
    path = tmp_path / "project.json"
    path.write_text('{"chain": [{"kind": "dense", "units": 7}]}')
    for words in (["check", path], ["explain", path, "--parameter", "dense_1.bias", "--index", "0"]):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert "needs 1 output, gets 7" in err


@pytest.mark.parametrize("name", ["domino", "xor", "shortcut"])
def test_check_compares_every_tensor(run, name):
    code, out, err = run("check", f"example:{name}", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    network = engine.Network(engine.load(f"example:{name}"))
    assert [tensor["parameter"] for tensor in found["tensors"]] == list(network.grad_dict())
    assert found["agrees"] is True
    for tensor in found["tensors"]:
        assert tensor["agrees"] and tensor["worst"] <= TOLERANCE
        assert tensor["checked"] == min(200, np.prod(tensor["shape"]))
    code, out, _ = run("check", f"example:{name}")
    assert code == 0
    assert out.count("  agrees") == len(found["tensors"])
    assert "All gradients agree" in out
