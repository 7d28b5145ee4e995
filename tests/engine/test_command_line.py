"""The command line: what it prints, and with which code it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import engine
from engine.storage import EXAMPLES

ROOT = Path(__file__).resolve().parents[2]


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_examples(run):
    code, out, err = run("examples")
    assert (code, err) == (0, "")
    assert [line.partition("  ")[0] for line in out.splitlines()] == list(EXAMPLES)
    assert all(len(line.partition("  ")[2]) > 20 for line in out.splitlines())


def test_validate(run, tmp_path):
    path = tmp_path / "project.json"
    path.write_text(engine.load("example:xor").to_json())
    assert run("validate", str(path)) == (0, "", "")
    assert run("validate", "example:digits") == (0, "", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "JSON"),
        ('{"chain": [{"kind": "dense", "units": 0}]}', "units"),
        ('{"chain": [{"kind": "dense", "units": 7}]}', "needs 1 output, gets 7"),
        ('{"data": {"kind": "digits"}, "chain": [{"kind": "dense"}]}', "flat input"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(run, tmp_path, text, said):
    path = tmp_path / "project.json"
    path.write_text(text)
    for command in (["validate"], ["train", "--json"]):
        code, out, err = run(*command, str(path))
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 1
        assert said in err
        assert "Traceback" not in err


def test_debug_shows_where_it_came_from(run, tmp_path):
    code, _, err = run("validate", str(tmp_path / "nothing.json"), "--debug")
    assert code == 2
    assert "Traceback" in err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["train"],
        ["train", "example:xor", "--steps", "0"],
        ["train", "example:xor", "--steps", "many"],
        ["train", "example:xor", "--steps", "1", "--epochs", "1"],
        ["train", "example:xor", "--seed", "-1"],
        ["train", "example:xor", "--out", "weights.npz"],
        ["fly"],
        ["validate", "example:nothing"],
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(run, words):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1


def test_training_prints_an_object_an_epoch_and_the_last_is_done(run):
    code, out, _ = run("train", "example:iris", "--epochs", "3", "--json")
    found = lines(out)
    assert code == 0
    assert len(found) >= 3
    for line in found:
        assert {"step", "epoch", "loss", "validation_loss", "accuracy", "validation_accuracy"} <= set(line)
    assert ["done" in line for line in found] == [False] * (len(found) - 1) + [True]
    assert found[-1]["epoch"] == 3
    trainer = engine.Trainer(engine.load("example:iris"))
    trainer.run(found[-1]["step"])
    assert found[-1]["loss"] == trainer.evaluate()["loss"]


def test_regression_has_r2(run):
    _, out, _ = run("train", "example:sine", "--steps", "5", "--json")
    assert {"r2", "validation_r2"} <= set(lines(out)[-1])
    assert "accuracy" not in lines(out)[-1]


def test_the_same_seed_gives_the_same_run(run):
    def last(*words):
        return lines(run("train", "example:xor", "--steps", "20", "--json", *words)[1])[-1]

    assert last() == last() == last("--seed", "0")
    assert last("--seed", "1")["loss"] != last()["loss"]


def test_a_project_stops_by_itself(run, tmp_path):
    path = tmp_path / "project.json"
    project = engine.load("example:xor")
    plain = json.loads(project.to_json())
    plain["training"]["stop_at_step"] = 7
    path.write_text(json.dumps(plain))
    assert lines(run("train", str(path), "--json")[1])[-1]["step"] == 7


def test_weights_are_those_of_the_run(run, tmp_path):
    out = tmp_path / "weights.safetensors"
    assert run("train", "example:xor", "--steps", "10", "--out", str(out))[0] == 0
    trainer = engine.Trainer(engine.load("example:xor"))
    trainer.run(10)
    stored = load_file(out)
    for name, array in trainer.network.state_dict().items():
        assert np.array_equal(stored[name], array)


def test_without_json_a_closing_line_is_for_people(run):
    code, out, _ = run("train", "example:xor", "--steps", "10")
    assert code == 0
    assert "10" in out
    assert "{" not in out


def test_an_overflow_is_said_in_a_sentence(run, tmp_path):
    path = tmp_path / "project.json"
    plain = {
        "data": {"kind": "sine"},
        "chain": [{"kind": "dense", "units": 4}, {"kind": "dense", "units": 1}],
        "loss": {"kind": "mean_squared_error"},
        "optimizer": {"kind": "sgd", "learning_rate": 1e6},
    }
    path.write_text(json.dumps(plain))
    code, _, err = run("train", str(path), "--steps", "500")
    assert code in (1, 2)
    assert "finite" in err
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_control_c_stops_cleanly_saves_and_exits_130(tmp_path):
    out = tmp_path / "weights.safetensors"
    words = ["train", "example:vanishing", "--steps", "100000000", "--json", "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "main.py", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    said, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert json.loads(said.splitlines()[-1])["done"] is True
    assert load_file(out)
