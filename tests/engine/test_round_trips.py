"""Random projects, trained and not: what is read from a file and written again is the same file, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import engine
from engine import migrations
from engine.faults import NumericalFault
from engine.optimizers import OPTIMIZERS
from engine.project import LAYERS, Project
from engine.storage import Saved, read_saved, write_saved
from engine.storage.trained import Vectors
from engine.trainer import Trainer
from tests.engine.chains import of, project
from tests.engine.random_chains import chains, image_chains, picks, with_shortcuts
from tests.engine.test_every_kind import network_with
from tests.engine.test_project import projects

BIAS, LOSSES = [-0.00102419953327626], [0.5121965408325195, 0.636803150177002]  # in the first sample
SAMPLES = Path(__file__).parent / "samples"
few = settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck))


def again(path: Path) -> bytes:
    """The bytes of a file after reading it and writing it once more."""
    write_saved(path, read_saved(path))
    return path.read_bytes()


@few
@given(projects, st.sampled_from([".cascade", ".json"]))
def test_any_project(tmp_path_factory, plain, ending):
    path = tmp_path_factory.mktemp("any") / f"project{ending}"
    made = engine.load(plain)
    write_saved(path, Saved(made))
    before = path.read_bytes()
    assert again(path) == before
    assert engine.load(path).chain == made.chain


@st.composite
def trainable(draw: Any) -> Project:
    """A project of a random chain on digits or on points, with any optimizer."""
    fields = {
        "optimizer": of(draw(st.sampled_from(OPTIMIZERS)).__struct_config__.tag),
        "training": {
            "dtype": draw(st.sampled_from(["float32", "float64"])),
            "batch_size": draw(st.integers(2, 40)),
            "seed": draw(st.integers(0, 99)),
        },
    }
    if draw(st.booleans()):
        made = project(*draw(image_chains()), loss="softmax_cross_entropy", data=of("digits"), **fields)
        return with_shortcuts(made, draw(picks))
    chain, loss = draw(chains())
    points = loss == "binary_cross_entropy"
    chain = [of("dropout", rate=0.2), *chain] if points else [of("flatten"), *chain]
    return project(*chain, loss=loss, data=of("moons" if points else "digits"), **fields)


@settings(few, max_examples=30)
@given(trainable(), st.integers(0, 6), st.integers(1, 4))
def test_any_run(tmp_path_factory, made, before, after):
    assume(engine.resolve(made).ok)
    path = tmp_path_factory.mktemp("run") / "run.cascade"
    trainer = Trainer(made)
    run(trainer, before)
    write_saved(path, trainer.saved())
    first = path.read_bytes()
    assert again(path) == first
    other = Trainer.resumed(read_saved(path))
    assert np.array_equal(other.network.parameters, trainer.network.parameters)
    run(trainer, after)
    run(other, after)
    write_saved(path, trainer.saved())
    first = path.read_bytes()
    write_saved(path, other.saved())
    assert path.read_bytes() == first


def run(trainer: Trainer, steps: int) -> None:
    """So many steps, or as many as there are before a number stops being finite."""
    try:
        trainer.run(steps)
    except NumericalFault:
        return


@pytest.mark.parametrize("kind", [layer.__struct_config__.tag for layer in LAYERS])
def test_no_number_of_any_kind_is_lost(kind):
    """Names and shapes of the textbook hold every number of the flat vectors."""
    network, _, _ = network_with(kind, "float64", 4)
    place = network.layout
    vectors = [np.arange(first, first + place.size) for first in (0.0, 1e6)]
    statistics = np.arange(2e6, 2e6 + place.statistics_size)
    named = Vectors(vectors[0], statistics, {"m": vectors[1]}).named(place)
    found = np.concatenate([np.ravel(each) for each in named.values()])
    assert sorted(found.tolist()) == [*vectors[0], *vectors[1], *statistics]


class TestSamples:
    """Files as they were written by each format in its time. They are never made anew."""

    @pytest.mark.parametrize("number", range(1, len(migrations.MIGRATIONS) + 2))
    def test_every_format_that_ever_was_has_one_of_each_kind(self, number):
        for ending in (".json", ".cascade"):
            assert engine.load(SAMPLES / f"format_{number}{ending}").format == Project().format

    def test_what_is_in_them_has_not_changed(self, tmp_path):
        saved = read_saved(SAMPLES / "format_1.cascade")
        assert saved.project == engine.load(SAMPLES / "format_1.json")
        names = ["dense_1", "batch_norm_1", "tanh_1", "dropout_1", "dense_2"]
        assert [block.name for block in saved.project.chain] == names
        trainer = Trainer.resumed(saved)
        assert trainer.steps == 12
        assert trainer.network.state_dict()["dense_2.bias"].tolist() == BIAS
        assert trainer.history.loss[[0, -1]].tolist() == LOSSES
        again = tmp_path / "again.cascade"
        write_saved(again, saved)
        assert again.read_bytes() == (SAMPLES / "format_1.cascade").read_bytes()
        trainer.run(1)
        assert trainer.steps == 13


class TestMigrations:
    @pytest.fixture(autouse=True)
    def two(self, monkeypatch):
        def renamed(plain: dict[str, Any]) -> dict[str, Any]:
            others = {name: value for name, value in plain.items() if name != "title"}
            return {**others, "name": plain["title"], "format": 2}

        def counted(plain: dict[str, Any]) -> dict[str, Any]:
            return {**plain, "blocks": len(plain.get("chain", [])), "format": 3}

        monkeypatch.setattr(migrations, "MIGRATIONS", (renamed, counted))

    def test_an_old_project_goes_through_all_that_came_since(self):
        old = {"format": 1, "title": "Old", "chain": [{}, {}]}
        kept = json.loads(json.dumps(old))
        assert migrations.migrated(old) == {"format": 3, "name": "Old", "chain": [{}, {}], "blocks": 2}
        assert old == kept
        assert migrations.migrated({"title": "Without a number"})["name"] == "Without a number"

    def test_one_in_between_through_the_rest_and_a_present_one_through_none(self):
        assert migrations.migrated({"format": 2}) == {"format": 3, "blocks": 0}
        assert migrations.migrated({"format": 3}) == {"format": 3}

    def test_a_newer_one_is_refused(self):
        with pytest.raises(engine.ProjectError, match="this one reads formats up to 3"):
            migrations.migrated({"format": 4})

    @pytest.mark.parametrize("plain", [[], None, {"format": "1"}, {"format": True}, {"format": 0}, {"format": 10**99}])
    def test_what_is_no_format_is_left_to_the_strict_reading(self, plain):
        assert migrations.migrated(plain) is plain
