"""Containers: what was trained is read back to the last bit, and a run taken up again is the run in one go."""

from __future__ import annotations

import zipfile
from typing import Any

import numpy as np
import pytest

import engine
from engine.storage import Saved, backup_of, read_saved, stamp_of, write_saved
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project, tanh_chain


def trained(made: Any, steps: int = 7) -> Trainer:
    trainer = Trainer(made)
    trainer.run(steps)
    return trainer


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.cascade"


def test_a_run_in_two_parts_leaves_the_same_file_as_one_in_one_go(path, tmp_path):
    made = tanh_chain(5, 2)
    write_saved(path, trained(made, 150).saved())
    second = Trainer.resumed(read_saved(path))
    second.run(150)
    write_saved(path, second.saved())
    whole = tmp_path / "whole.cascade"
    write_saved(whole, trained(made, 300).saved())
    assert path.read_bytes() == whole.read_bytes()


def test_a_zip_program_reads_it(path):
    write_saved(path, trained(tanh_chain(2, 1)).saved())
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["project.json", "weights.safetensors", "history.safetensors"]
        assert {each.compress_type for each in opened.infolist()} == {zipfile.ZIP_STORED}


def test_a_project_without_training_is_its_text_alone(path):
    made = project(dense(3), of("tanh"), dense(1))
    write_saved(path, Saved(made))
    with zipfile.ZipFile(path) as opened:
        assert opened.namelist() == ["project.json"]
        assert opened.read("project.json").decode() == made.to_json()
    assert read_saved(path).project == engine.load(path) == made
    assert read_saved(path).checkpoint is None


def test_a_name_that_ends_in_json_is_text_without_training(tmp_path):
    path, run = tmp_path / "run.json", trained(tanh_chain(2, 1)).saved()
    write_saved(path, run)
    assert path.read_text(encoding="utf-8") == run.project.to_json()


def test_the_file_before_is_kept_and_only_that(path):
    runs = [trained(tanh_chain(2, 1), steps).saved() for steps in (1, 2, 3)]
    stamps = [write_saved(path, run) for run in runs]
    assert stamp_of(path) == stamps[-1]
    assert len(set(stamps)) == 3
    assert sorted(each.name for each in path.parent.iterdir()) == ["run.cascade", "run.cascade~"]
    assert [read_saved(each).checkpoint.steps for each in (path, backup_of(path))] == [3, 2]


def test_without_a_history_the_curve_begins_anew_behind_the_gap(path):
    run = trained(tanh_chain(2, 1), 9).saved()
    write_saved(path, Saved(run.project, run.checkpoint))
    trainer = Trainer.resumed(read_saved(path))
    trainer.run(3)
    assert np.isnan(trainer.history.loss[:9]).all()
    assert np.isfinite(trainer.history.loss[9:]).all()
    assert trainer.history.steps.tolist() == list(range(1, 13))
