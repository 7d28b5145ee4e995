"""The command line on what has been trained: training goes on, and every command looks at the trained weights."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import engine
from engine.cli.common import moment
from engine.storage import backup_of, read_saved, write_saved
from engine.trainer import Trainer
from tests.engine.chains import of, tanh_chain
from tests.engine.test_cli import ROOT

MADE = tanh_chain(3, 1, data=of("moons", samples=25), training={"batch_size": 8})


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "run.cascade"
    write_saved(path, Trainer(MADE).saved())
    return path


def trained(steps: int) -> Trainer:
    trainer = Trainer(MADE)
    trainer.run(steps)
    return trainer


def test_twice_as_many_steps_in_two_parts(run, path, tmp_path):
    whole = tmp_path / "whole.cascade"
    for steps in (7, 13):
        assert run("train", path, "--steps", steps, "--json", "--out", path)[0] == 0
    write_saved(whole, trained(20).saved())
    assert path.read_bytes() == whole.read_bytes()
    assert read_saved(backup_of(path)).checkpoint.steps == 7


def test_epochs_are_counted_from_where_it_stands_too(run, path):
    for expected in (6, 12):
        out = run("train", path, "--epochs", 2, "--json", "--out", path)[1]
        assert json.loads(out.splitlines()[-1])["step"] == expected


def test_another_seed_begins_anew(run, path, tmp_path):
    run("train", path, "--steps", 5, "--out", path)
    run("train", path, "--steps", 5, "--seed", 4, "--out", tmp_path / "other.cascade")
    other = read_saved(tmp_path / "other.cascade")
    assert other.checkpoint.steps == 5
    assert other.project.training.seed == 4


def test_check_and_explain_look_at_the_trained_weights(run, path):
    run("train", path, "--steps", 1200, "--out", path)
    trainer = trained(1200)
    now = moment(str(path))
    assert np.array_equal(now.network.parameters, trainer.network.parameters)
    assert np.array_equal(now.network.statistics, trainer.network.statistics)
    x, target = trainer.train.inputs[:8], trainer.train.targets[:8]
    expected = engine.explain(trainer.network, x, target, "dense_1.weight", (1, 0)).product
    place = ("--parameter", "dense_1.weight", "--index", "1,0")
    plain = json.loads(run("explain", path, *place, "--json")[1])
    assert plain["product"] == expected
    assert plain["batch"] == "the first training samples, at the weights of step 1,200"
    assert "at the weights of step 1,200" in run("explain", path, *place)[1]
    checked = json.loads(run("check", path, "--json")[1])
    assert checked["weights"] == "the weights of step 1,200"
    assert checked["agrees"]
    assert checked["loss"] == pytest.approx(trainer.network.loss_and_gradient(x, target), rel=1e-6)
    assert json.loads(run("check", "example:domino", "--json")[1])["weights"] == "the first weights"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_member_is_validated(run, path, number):
    assert run("validate", path) == (0, "", "")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as opened:
        ends = [each.header_offset for each in opened.infolist()[1:]] + [opened.start_dir]
        name = opened.namelist()[number]
    data[ends[number] - 3] ^= 1
    path.write_bytes(data)
    sentence = f"cascade: run.cascade: {name} is damaged: its checksum is another one.\n"
    assert run("validate", path) == (2, "", sentence)


def test_the_help_says_that_training_goes_on(run):
    said = " ".join(run("train", "--help")[1].split())
    assert "so many more where FILE has been trained" in said
    assert "write FILE.cascade, from which training goes on, or FILE.safetensors, the weights alone" in said


@pytest.mark.skipif(os.name != "posix", reason="no such signals there")
def test_ctrl_c_leaves_a_run_to_go_on_with(path):
    command = [sys.executable, "main.py", "train", path, "--epochs", "1000000000", "--out", path, "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "")
    last = json.loads(said.splitlines()[-1])
    again = Trainer.resumed(read_saved(path))
    assert again.steps == last["step"]
    assert np.array_equal(again.network.parameters, trained(last["step"]).network.parameters)
