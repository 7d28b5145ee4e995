"""What is said of data, against numpy by hand on the arrays that the network is trained on and on the raw samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.data.histogram import MOST_BINS, histogram
from engine.data.parts import divided
from engine.data.summary import CLASSES, COLUMNS, ROWS, SCALING, TARGETS, Survey
from engine.random import stream
from engine.strict import ProjectError

LOSS = {None: "mean_squared_error", 2: "binary_cross_entropy"}
DATA = {
    "iris": {"kind": "iris", "scaling": "standard"},
    "wine": {"kind": "wine", "scaling": "min_max", "validation": 0.37},
    "moons": {"kind": "moons", "samples": 90, "seed": 8},
    "sine": {"kind": "sine", "scaling": "standard"},
    "digits": {"kind": "digits", "scaling": "min_max"},
    "table": {"kind": "table", "inputs": [[1, 7], [2, 7], [4, 7], [9, 7]], "targets": [[1, 2], [3, 4], [5, 6], [7, 0]],
              "task": "regression", "columns": ["a", "b"], "scaling": "standard"},
}  # fmt: skip


def project_of(name):
    data = DATA[name]
    found = engine.load({"data": data})
    loss = LOSS.get(found.data.classes, "softmax_cross_entropy")
    return engine.load({"data": data, "loss": {"kind": loss}, "training": {"seed": 3}})


def asked(project, form):
    survey = Survey()
    survey.load(project)
    return survey.answer(form)


def raw(project):
    """All samples as they were drawn or read."""
    seed = 3 if project.data.seed is None else project.data.seed
    return project.data.generate(stream(seed, "data"))


def place_of(part, project):
    """The numbers of a part's samples, found again by their values, which scaling must not have mixed up."""
    return divided(project).train if part == "train" else divided(project).held_out


@pytest.mark.parametrize("name", DATA)
class TestEveryKindOfData:
    def test_every_sample_is_there_with_its_part(self, name):
        project = project_of(name)
        rows, parts = asked(project, ROWS), engine.dataset(project)
        assert np.array_equal(rows.inputs, raw(project).inputs)
        assert len(rows) == project.data.count
        for held, part in ((False, parts.train), (True, parts.validation)):
            mine = np.flatnonzero(rows.held_out == held)
            assert len(mine) == len(part)
            assert rows.places[mine].tolist() == list(range(len(part)))
            for place, sample in enumerate(mine):
                scaled = rows.scaled(sample)
                assert np.array_equal(rows.inputs[sample] if scaled is None else scaled, part.inputs[place])

    def test_each_column_has_the_statistics_of_the_training_part(self, name):
        project = project_of(name)
        shown = asked(project, COLUMNS)
        train = raw(project).inputs[place_of("train", project)]
        flat = train.reshape(1, -1) if train.ndim == 4 else train.T
        assert len(shown.columns) == len(flat)
        for column, values in zip(shown.columns, flat, strict=True):
            said = (column.count, column.low, column.high, column.mean, column.deviation)
            assert said == pytest.approx((len(values), values.min(), values.max(), values.mean(), values.std()))
            assert np.array_equal(column.counts.sum(axis=0), np.histogram(values, column.edges)[0])
            assert column.counts.sum() == len(values)
            assert 1 <= column.counts.shape[1] <= MOST_BINS + 1

    def test_the_scaling_is_that_of_the_training_part(self, name):
        project = project_of(name)
        shown, parts = asked(project, SCALING), engine.dataset(project)
        assert (shown.train, shown.validation) == (len(parts.train), len(parts.validation))
        assert (shown.seed, shown.pinned) == ((8, True) if name == "moons" else (3, False))
        train = raw(project).inputs[place_of("train", project)].reshape(len(parts.train), -1)
        if shown.kind == "standard":
            assert np.allclose(shown.first, train.mean(axis=0), rtol=1e-12)
            assert np.allclose(shown.second, train.std(axis=0), rtol=1e-12)
        elif shown.kind == "min_max":
            assert np.array_equal(shown.first, train.min(axis=0))
            assert np.array_equal(shown.second, train.max(axis=0))
        else:
            assert not len(shown.first)
        assert len(shown.names) == train.shape[1]

    def test_classes_or_targets_are_counted_in_both_parts(self, name):
        project = project_of(name)
        found, parts = raw(project), engine.dataset(project)
        if found.labels is None:
            shown = asked(project, TARGETS)
            for place, column in enumerate(shown.columns):
                for group, part in enumerate([parts.train, parts.validation][: len(shown.groups)]):
                    wanted = np.histogram(part.targets[:, place], column.edges)[0]
                    assert np.array_equal(column.counts[group], wanted)
            return
        shown = asked(project, CLASSES)
        assert shown.classes == found.classes
        for counts, part in ((shown.train, parts.train), (shown.validation, parts.validation)):
            targets = part.targets if part.targets.ndim == 1 else part.targets[:, 0]
            assert counts.tolist() == [int((targets == number).sum()) for number in range(len(found.classes))]


def test_columns_are_divided_by_class():
    project = project_of("iris")
    shown, train = asked(project, COLUMNS), divided(project).train
    samples = raw(project)
    assert shown.groups == ("setosa", "versicolor", "virginica")
    for place, column in enumerate(shown.columns):
        for label in range(3):
            values = samples.inputs[train][samples.labels[train] == label, place]
            assert np.array_equal(column.counts[label], np.histogram(values, column.edges)[0])


def test_columns_have_the_names_of_their_file():
    assert [each.name for each in asked(project_of("iris"), COLUMNS).columns][:2] == [
        "sepal length cm",
        "sepal width cm",
    ]
    assert asked(project_of("table"), ROWS).names == ("a", "b")
    assert asked(project_of("table"), ROWS).targets == ("target 1", "target 2")
    assert asked(project_of("moons"), ROWS).names == ("x", "y")
    assert asked(project_of("digits"), SCALING).names[9] == "pixel 1, 1"
    assert [each.name for each in asked(project_of("digits"), COLUMNS).columns] == ["brightness"]


def test_the_samples_are_kept_while_they_are_the_same(monkeypatch):
    made = []
    monkeypatch.setattr("engine.data.summary.divided", lambda project: made.append(project) or divided(project))
    survey = Survey()
    for name in ("iris", "iris", "moons"):
        survey.load(project_of(name))
    assert len(made) == 2


def test_data_that_cannot_be_read_say_so_every_time():
    survey = Survey()
    for _ in range(2):
        with pytest.raises(ProjectError, match="No file has been chosen yet"):
            survey.load(engine.load({"data": {"kind": "file"}}))


def test_data_without_samples_have_nothing_to_be_said_of(monkeypatch):
    nothing = replace(divided(project_of("moons")), train=np.zeros(0, int), held_out=np.zeros(0, int))
    monkeypatch.setattr("engine.data.summary.divided", lambda _project: nothing)
    with pytest.raises(ProjectError, match="There are no samples yet"):
        Survey().load(project_of("moons"))


class TestBins:
    def test_a_few_values_have_a_bin_each(self):
        column = histogram("x", np.array([1.0, 3, 3, 4]))
        assert column.single
        assert column.middles.tolist() == [1, 2, 3, 4]
        assert column.counts.tolist() == [[1, 0, 2, 1]]

    def test_values_on_a_grid_of_sixteenths_have_a_bin_each(self):
        values = np.arange(17).repeat(3) / 16
        assert histogram("x", values).counts.tolist() == [[3] * 17]

    def test_many_values_are_put_between_round_edges(self):
        column = histogram("x", np.round(np.linspace(4.3, 7.9, 37), 1))
        assert not column.single
        assert column.edges[:3].tolist() == [4.2, 4.4, 4.6]
        assert set(column.counts[0, 1:-1].tolist()) == {2}, "a value on an edge belongs to the bin above"

    def test_a_constant_column(self):
        column = histogram("x", np.full(5, 7.0))
        assert (column.counts.tolist(), column.deviation) == ([[5]], 0)
        assert column.edges[0] < 7 < column.edges[1]

    @pytest.mark.parametrize("values", [[1e9, 1e9 + 1e-6], [0, 1e100], [-1e100, 1e100], [0, 5e-324], [1e-300, 3e-300]])
    def test_spreads_of_any_size(self, values):
        values = np.linspace(*values, 50)
        column = histogram("x", values)
        assert column.counts.sum() == 50
        assert (np.diff(column.edges) > 0).all()

    @given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=60))
    def test_every_value_is_counted_once(self, values):
        column = histogram("x", np.array(values))
        assert column.counts.sum() == len(values)
        assert column.edges[0] <= column.low
        assert column.edges[-1] >= column.high
        assert (np.diff(column.edges) > 0).all()
