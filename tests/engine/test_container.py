"""Containers: what was trained is read back to the last bit, and a run taken up again is the run in one go."""

from __future__ import annotations

import zipfile
from typing import Any

import numpy as np
import pytest

import engine
from engine.project import remove
from engine.storage import Saved, backup_of, container, read_saved, stamp_of, write_saved
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project, tanh_chain
from tests.engine.forged import Box, Part, zipped


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


MIXED = [[0, 0.5, -0.0, 2**53, 1e308], [1, 2, 3, -(2**53), 5e-324]]


class TestLargeTables:
    """Rows that would make the text of a project unreadable lie beside it, as they were written."""

    def table(self, targets: list[Any], task: str = "classification") -> Any:
        rows = [MIXED[each % 2] for each in range(len(targets))]
        return engine.load({"data": of("table", inputs=rows, targets=targets, task=task)})

    @pytest.mark.parametrize(
        ("targets", "task"),
        [
            (["cat", "dog", 'with "quotes"\n'] * 700, "classification"),
            ([1, 1.0, "1", 0.0, -0.0, "", "é"] * 300, "classification"),
            ([1, 2.5, -0.0] * 700, "regression"),
            ([[1, 2.0], [0.5, -3]] * 1000, "regression"),
            ([[1.5]] * 2000, "regression"),
        ],
    )
    def test_every_number_comes_back_as_it_was_written(self, path, targets, task):
        made = self.table(targets, task)
        write_saved(path, Saved(made))
        with zipfile.ZipFile(path) as opened:
            assert opened.namelist() == ["project.json", "data/table.safetensors"]
            assert len(opened.read("project.json")) < 5000
        again = engine.load(path)
        assert again == made
        assert again.to_json() == made.to_json()  # 1 is not 1.0 there, nor 0.0 -0.0
        before = path.read_bytes()
        write_saved(path, read_saved(path))
        assert path.read_bytes() == before

    @pytest.mark.parametrize("rows", [1999, 2000])
    def test_a_small_one_stays_in_the_text(self, path, rows):
        write_saved(
            path,
            Saved(engine.load({"data": of("table", inputs=[[1, 2, 3, 4]] * rows, targets=[0, *[1] * (rows - 1)])})),
        )
        with zipfile.ZipFile(path) as opened:
            assert ("data/table.safetensors" in opened.namelist()) == (rows == 2000)

    def test_whole_numbers_that_double_precision_cannot_hold_stay_in_the_text(self, path):
        made = engine.load({"data": of("table", inputs=[[2**53 + 1]] * 6000, targets=[0, 1] * 3000)})
        write_saved(path, Saved(made))
        with zipfile.ZipFile(path) as opened:
            assert opened.namelist() == ["project.json"]
        assert engine.load(path).data.inputs[0][0] == 2**53 + 1


def test_a_project_of_a_newer_program_is_refused_in_words(path):
    with pytest.raises(engine.ProjectError, match="made by a newer Cascade; this one reads formats up to 1"):
        engine.load({"format": 2})


class TestEditedIntoWhatCannotBeTrained:
    """The run is kept with what the project was while it could be."""

    @pytest.fixture
    def left(self):
        run = trained(project(dense(3), of("tanh"), dense(1), data=of("moons", samples=50))).saved()
        broken = remove(run.project, ["dense_2"])
        return Saved(broken, run.checkpoint, run.history, run.project)

    def test_both_come_back(self, path, left):
        write_saved(path, left)
        again = read_saved(path)
        assert (again.project, again.trained, again.run_of) == (left.project, left.trained, left.trained)
        assert np.array_equal(again.checkpoint.parameters, left.checkpoint.parameters)
        before = path.read_bytes()
        write_saved(path, again)
        assert path.read_bytes() == before
        trainer = Trainer.resumed(again)
        trainer.run(1)
        assert trainer.steps == 8

    def test_places_of_files_are_those_of_the_project(self, path, tmp_path):
        """Both name the same file, so that nothing of it is written twice."""
        table = of("file", path=str(tmp_path / "rows.csv"), samples=40, shape=[2], class_names=["a", "b"])
        made = project(dense(1), data=table)
        numbers = trained(project(dense(1), data=of("moons", samples=40))).saved()
        left = Saved(project(dense(4), data=table), numbers.checkpoint, numbers.history, made)
        write_saved(path, left)
        assert path.read_bytes().count(b"rows.csv") == 1
        assert read_saved(path).trained == made

    @pytest.mark.parametrize(
        ("before", "words"),
        [
            (None, "has weights only with what it was"),
            ({"name": "x"}, "has weights only with what it was"),
            ({"chain": [{"kind": "python"}]}, "python"),
            ({"chain": [{"kind": "dense", "units": 9}]}, "what its weights belong to cannot be trained"),
            ({"chain": [{"kind": "dense", "units": 1}]}, "bytes of weights and state"),
        ],
    )
    def test_another_past_is_refused(self, path, left, before, words):
        found = container.members(left)
        box = Box.of(found["weights.safetensors"]).with_state(before=before)
        parts = [Part(b"project.json", found["project.json"]), Part(b"weights.safetensors", box.packed())]
        path.write_bytes(zipped(*parts))
        with pytest.raises(engine.ProjectError, match=words):
            read_saved(path)

    def test_a_past_beside_a_chain_that_can_be_trained_is_refused(self, path, left):
        found = container.members(left)
        whole = left.trained.to_json().encode()
        weights = found["weights.safetensors"]
        path.write_bytes(zipped(Part(b"project.json", whole), Part(b"weights.safetensors", weights)))
        with pytest.raises(engine.ProjectError, match="although this one can be trained"):
            read_saved(path)
