"""Files: a project is at every moment the old or the new one, and what cannot be read is said in a sentence."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import engine
from engine.storage import EXAMPLES, examples, projects, read_project, write_project, write_weights

OLD, NEW = engine.load({"name": "Old"}), engine.load({"name": "New", "chain": [{"kind": "dense"}]})


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "project.json"
    write_project(path, NEW)
    assert read_project(path) == NEW
    assert path.read_text(encoding="utf-8") == NEW.to_json()
    assert [each.name for each in tmp_path.iterdir()] == ["project.json"]


def fail(*_, **__):
    raise OSError(28, "No space left on device")


class FailingFile:
    """A file whose disk is full after half of the data."""

    def __init__(self, file):
        self.file = file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, data):
        self.file.write(data[: len(data) // 2])
        fail()

    def flush(self):
        self.file.flush()

    def fileno(self):
        return self.file.fileno()


STEPS = {
    "making the temporary file": lambda patch: patch.setattr(tempfile, "mkstemp", fail),
    "writing": lambda patch: patch.setattr(os, "fdopen", lambda number, mode: FailingFile(open(number, mode))),  # noqa: PTH123, SIM115
    "flushing to disk": lambda patch: patch.setattr(os, "fsync", fail),
    "setting the mode": lambda patch: patch.setattr(Path, "chmod", fail),
    "replacing": lambda patch: patch.setattr(Path, "replace", fail),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_whatever_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, step):
    path = tmp_path / "project.json"
    write_project(path, OLD)
    with monkeypatch.context() as patch:
        step(patch)
        with pytest.raises(engine.ProjectError) as caught:
            write_project(path, NEW)
    assert "project.json" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert read_project(path) == OLD
    assert [each.name for each in tmp_path.iterdir()] == ["project.json"]


def test_the_mode_of_a_file_stays(tmp_path):
    path = tmp_path / "project.json"
    write_project(path, OLD)
    path.chmod(0o640)
    write_project(path, NEW)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["missing.json", "folder", "text.json"])
def test_what_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.json").write_text("hello")
    with pytest.raises(engine.ProjectError, match=name) as caught:
        engine.load(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(engine.ProjectError, match=r"lesson\.json"):
        write_project(tmp_path / "nowhere" / "lesson.json", NEW)


def test_examples_are_listed_in_order_with_title_and_text():
    found = examples()
    assert tuple(each.name for each in found) == EXAMPLES
    assert all(each.title and len(each.text) > 20 for each in found)
    with pytest.raises(engine.ProjectError, match="domino"):
        engine.load("example:nothing")


def test_weights_are_written_in_public_shapes(tmp_path):
    network = engine.Network(engine.load({"chain": [{"kind": "dense", "units": 5}, {"kind": "dense", "units": 1}]}))
    path = tmp_path / "weights.safetensors"
    write_weights(path, network)
    stored = load_file(path)
    assert {name: array.shape for name, array in stored.items()} == {
        "dense_1.weight": (5, 2),
        "dense_1.bias": (5,),
        "dense_2.weight": (1, 5),
        "dense_2.bias": (1,),
    }
    for name, array in network.state_dict().items():
        assert np.array_equal(stored[name], array)


def test_a_project_that_would_not_survive_reading_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(projects, "decode", lambda _: OLD)
    with pytest.raises(engine.ProjectError, match="not written"):
        write_project(tmp_path / "project.json", NEW)
    assert not list(tmp_path.iterdir())
