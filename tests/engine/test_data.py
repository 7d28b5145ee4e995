"""Data sets: generators against their formulas, real data against scikit-learn's, and how they are split, scaled,
encoded and seeded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import engine
from engine.data import prepare
from engine.data.kinds import DATA, Toy
from engine.data.parts import Dataset, Parts, dataset
from engine.data.samples import Samples
from engine.kinds import tag_of
from engine.project import ProjectError
from engine.random import stream
from tests.engine.chains import of, project

TOYS = [kind for kind in DATA if issubclass(kind, Toy)]
CLASSIFIED = [kind for kind in TOYS if kind().classes]
CORNERS = np.array([[0, 0], [0, 1], [1, 1], [1, 0]])
steady = settings(derandomize=True)


def parts(data: dict[str, Any], loss: str = "mean_squared_error", seed: int = 0) -> Parts:
    return dataset(project(loss=loss, data=data, training={"seed": seed}))


def samples(kind: str, seed: int = 0, **fields: Any) -> Samples:
    return project(data=of(kind, **fields)).data.generate(np.random.default_rng(seed))


def both(made: Parts) -> tuple[Dataset, Dataset]:
    return made.train, made.validation


def together(made: Parts) -> np.ndarray:
    """The samples of both parts, one a row with inputs and targets, in an order of their own."""
    columns = [np.concatenate(each) for each in zip(*((part.inputs, part.targets) for part in both(made)), strict=True)]
    rows = np.concatenate([each.reshape(len(each), -1) for each in columns], axis=1)
    return rows[np.lexsort(rows.T)]


class TestFormulas:
    """Without noise every generator draws exactly the curve that it describes."""

    def test_xor_lies_in_the_corners(self):
        found = samples("xor", samples=41, noise=0)
        assert np.array_equal(found.inputs, CORNERS[np.arange(41) % 4])
        assert np.array_equal(found.labels, found.inputs[:, 0] != found.inputs[:, 1])

    @pytest.mark.parametrize("ratio", [0.2, 0.5, 0.9])
    def test_circles_have_their_radii(self, ratio):
        found = samples("circles", samples=200, noise=0, ratio=ratio)
        radius = np.hypot(*found.inputs.T)
        np.testing.assert_allclose(radius[found.labels == 0], 1)
        np.testing.assert_allclose(radius[found.labels == 1], ratio)
        assert np.ptp(np.arctan2(*found.inputs.T)) > 6  # all around

    def test_moons_are_half_circles_that_reach_into_each_other(self):
        found = samples("moons", samples=400, noise=0)
        upper, lower = found.inputs[found.labels == 0], found.inputs[found.labels == 1]
        np.testing.assert_allclose(np.hypot(*upper.T), 1)
        np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1)
        assert upper[:, 1].min() >= 0
        assert lower[:, 1].max() <= 0.5
        assert upper[:, 0].max() > lower[:, 0].min()

    @pytest.mark.parametrize("turns", [0.25, 1, 2.5])
    def test_spirals_are_wound_as_described(self, turns):
        found = samples("spirals", samples=101, noise=0, turns=turns)
        for arm, sign in ((0, 1), (1, -1)):
            points = found.inputs[found.labels == arm]
            t = np.linspace(0.05, 1, len(points))
            angle = 2 * np.pi * turns * t
            expected = sign * t[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
            np.testing.assert_allclose(points, expected, atol=1e-12)

    @pytest.mark.parametrize("classes", [2, 3, 10])
    def test_blobs_stand_evenly_on_the_unit_circle(self, classes):
        found = samples("blobs", samples=60, noise=0, classes=classes)
        angle = 2 * np.pi * found.labels / classes
        np.testing.assert_allclose(found.inputs, np.stack([np.cos(angle), np.sin(angle)], axis=1), atol=1e-12)
        assert found.classes == tuple(map(str, range(classes)))

    def test_sine_is_one_wave_each_side(self):
        found = samples("sine", samples=33, noise=0)
        np.testing.assert_allclose(found.inputs[:, 0], np.linspace(-1, 1, 33))
        np.testing.assert_allclose(found.values, np.sin(2 * np.pi * found.inputs), atol=1e-12)
        assert found.labels is None

    @pytest.mark.parametrize("squares", [2, 3, 10])
    def test_the_checkerboard_has_its_colours_on_every_field(self, squares):
        found = samples("checkerboard", samples=4000, noise=0, squares=squares)
        field = np.floor((found.inputs + 1) * squares / 2).astype(int)
        assert np.array_equal(found.labels, field.sum(axis=1) % 2)
        assert (np.bincount(field @ [1, squares], minlength=squares**2) > 0).all()
        assert np.abs(found.inputs).max() <= 1

    def test_the_plane_has_its_slopes(self):
        found = samples("plane", samples=50, noise=0, slope_1=3, slope_2=-0.25, offset=7)
        np.testing.assert_allclose(found.values[:, 0], 3 * found.inputs[:, 0] - 0.25 * found.inputs[:, 1] + 7)
        assert np.linalg.matrix_rank(found.inputs) == 2
        assert found.labels is None

    def test_the_step_rises_at_nought(self):
        found = samples("step", samples=41, noise=0)
        np.testing.assert_allclose(found.inputs[:, 0], np.linspace(-1, 1, 41))
        assert found.values[:, 0].tolist() == [0] * 20 + [1] * 21


@pytest.mark.parametrize("kind", TOYS, ids=tag_of)
class TestEveryGenerator:
    @pytest.mark.parametrize("count", [2, 3, 31, 400])
    def test_shapes_and_types(self, kind, count):
        found = samples(tag_of(kind), samples=count)
        assert found.inputs.shape == (count, *kind().input_shape)
        assert found.inputs.dtype == np.float64
        assert np.isfinite(found.inputs).all()
        if kind().classes:
            assert found.labels.shape == (count,)
            assert np.issubdtype(found.labels.dtype, np.integer)
            assert len(found.classes) == kind().classes
        else:
            assert found.values.shape == (count, kind().values)

    @pytest.mark.parametrize("noise", [0.05, 2.0])
    def test_noise_is_a_standard_deviation_around_zero(self, kind, noise):
        """The same draw with and without it differs by the noise alone."""
        clean, noisy = (samples(tag_of(kind), 3, samples=5000, noise=each) for each in (0, noise))
        of_inputs = kind().classes is not None
        one, other = (clean.inputs, noisy.inputs) if of_inputs else (clean.values, noisy.values)
        added = (other - one) / noise
        assert added.std() == pytest.approx(1, abs=0.05)
        assert added.mean() == pytest.approx(0, abs=0.05)
        assert abs((added[1:] * added[:-1]).mean()) < 0.05  # drawn for each sample anew

    def test_the_same_draw_gives_the_same_points_and_another_gives_others(self, kind):
        one, again, other = (samples(tag_of(kind), seed) for seed in (0, 0, 1))
        answers = [found.inputs if found.values is None else found.values for found in (one, again, other)]
        assert np.array_equal(answers[0], answers[1])
        assert not np.array_equal(answers[0], answers[2])


@pytest.mark.parametrize("kind", CLASSIFIED, ids=tag_of)
@pytest.mark.parametrize("count", [31, 400])
def test_classes_are_as_equal_in_number_as_possible(kind, count):
    found = np.bincount(samples(tag_of(kind), samples=count).labels, minlength=kind().classes)
    assert found.sum() == count
    assert np.ptp(found) <= (2 if tag_of(kind) == "xor" else 1)  # the corners of XOR are dealt out in turn


class TestRealData:
    def test_digits_are_those_of_scikit_learn(self):
        theirs, ours = load_digits(), samples("digits")
        assert np.array_equal(ours.inputs, theirs.images[:, None] / 16)
        assert np.array_equal(ours.labels, theirs.target)
        assert ours.inputs.shape == (1797, 1, 8, 8)
        assert (ours.inputs.min(), ours.inputs.max()) == (0, 1)
        assert ours.classes == tuple(map(str, theirs.target_names))

    @pytest.mark.parametrize(
        ("kind", "load"), [("iris", load_iris), ("wine", load_wine), ("breast_cancer", load_breast_cancer)]
    )
    def test_measurements_are_those_of_scikit_learn(self, kind, load):
        theirs, ours = load(), samples(kind)
        declared = project(data=of(kind)).data
        assert (declared.count, declared.input_shape, declared.classes) == (
            len(theirs.data), theirs.data.shape[1:], len(theirs.target_names),
        )  # fmt: skip
        assert np.array_equal(ours.inputs, theirs.data)
        assert np.array_equal(ours.labels, theirs.target)
        assert ours.classes == tuple(theirs.target_names)

    @pytest.mark.parametrize("kind", ["digits", "iris", "wine", "breast_cancer"])
    def test_the_data_are_the_same_under_every_seed_and_only_the_split_differs(self, kind):
        one, other = (parts(of(kind), "softmax_cross_entropy", seed) for seed in (0, 1))
        assert not np.array_equal(one.train.inputs, other.train.inputs)
        assert np.array_equal(together(one), together(other))


class TestSplit:
    @pytest.mark.parametrize("validation", [0, 0.1, 0.2, 0.25, 0.333, 0.5, 0.9])
    @pytest.mark.parametrize(
        "data",
        [of("xor", samples=37), of("sine", samples=50), of("iris"), of("digits"), of("blobs", samples=2)],
        ids=str,
    )
    def test_the_fraction_is_rounded_and_one_sample_is_left_to_train_on(self, data, validation):
        made = parts({**data, "validation": validation})
        count = len(made.train) + len(made.validation)
        assert len(made.validation) == min(round(validation * count), count - 1)
        assert len(made.train.targets) == len(made.train) >= 1
        assert made.validation.inputs.shape[1:] == made.train.inputs.shape[1:]
        assert made.validation.targets.shape[1:] == made.train.targets.shape[1:]

    def test_by_numbers(self):
        made = parts(of("digits"))
        assert (len(made.train), len(made.validation)) == (1438, 359)
        made = parts(of("iris", validation=0.3))
        assert (len(made.train), len(made.validation)) == (105, 45)
        assert made.validation.targets.sum(axis=0).tolist() == [15, 15, 15]

    @pytest.mark.parametrize("data", [of("moons"), of("sine"), of("iris")], ids=str)
    def test_every_sample_is_in_exactly_one_part(self, data):
        whole, split = parts({**data, "validation": 0}), parts({**data, "validation": 0.4})
        assert len(whole.validation) == 0
        assert np.array_equal(together(whole), together(split))

    @steady
    @given(st.lists(st.integers(1, 40), min_size=2, max_size=5), st.floats(0, 0.9), st.integers(0, 99))
    def test_every_class_gives_its_share(self, sizes, validation, seed):
        """Each class is cut at a rounded place, so that it is off by half a sample, and by its share of the others'
        halves.
        """
        labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
        held_out = round(validation * len(labels))
        drawn = Samples(np.zeros((len(labels), 1)), labels)
        train, held = prepare.split(drawn, held_out, stream(seed, "split"))
        assert len(held) == held_out
        assert sorted([*train, *held]) == list(range(len(labels)))
        for label, size in enumerate(sizes):
            share = size / len(labels)
            most = 0.5 * (1 + share * (len(sizes) - 2)) + 1e-9
            assert abs((labels[held] == label).sum() - held_out * share) <= most

    def test_values_are_drawn_from_the_whole_curve(self):
        x = parts(of("sine", samples=1000, validation=0.5)).validation.inputs[:, 0]
        assert abs(x.mean()) < 0.1
        assert (x < -0.9).any()
        assert (x > 0.9).any()


SCALERS = {"standard": StandardScaler, "min_max": MinMaxScaler}


@pytest.mark.parametrize("kind", SCALERS)
class TestScaling:
    @pytest.mark.parametrize("data", [of("iris"), of("digits"), of("spirals"), of("sine")], ids=str)
    def test_agrees_with_scikit_learn_fitted_on_the_training_part(self, kind, data):
        """Digits have pixels that are always dark, whose spread is nought."""
        raw, scaled = parts(data), parts({**data, "scaling": kind})

        def flat(part: Any) -> np.ndarray:
            return part.inputs.reshape(len(part), -1)

        theirs = SCALERS[kind]().fit(flat(raw.train))
        for before, after in zip(both(raw), both(scaled), strict=True):
            np.testing.assert_allclose(flat(after), theirs.transform(flat(before)), atol=1e-9)
            assert np.array_equal(before.targets, after.targets)
            assert before.inputs.shape == after.inputs.shape

    def test_the_held_out_part_has_no_say(self, kind):
        raw, scaled = parts(of("spirals", validation=0.9)), parts(of("spirals", validation=0.9, scaling=kind))
        of_all = SCALERS[kind]().fit(np.concatenate([raw.train.inputs, raw.validation.inputs]))
        assert not np.allclose(scaled.train.inputs, of_all.transform(raw.train.inputs), atol=1e-6)

    def test_says_what_it_did(self, kind):
        raw, scaled = parts(of("iris")), parts(of("iris", scaling=kind))
        assert raw.scaling is None
        assert scaled.scaling.offset.shape == scaled.scaling.spread.shape == (4,)
        np.testing.assert_allclose(
            scaled.train.inputs * scaled.scaling.spread + scaled.scaling.offset, raw.train.inputs, atol=1e-12
        )

    def test_a_constant_column_stays_finite(self, kind):
        made = parts(of("table", inputs=[[5, 1], [5, 2], [5, 4]], targets=[0, 1, 0], scaling=kind))
        assert made.train.inputs[:, 0].tolist() == [0, 0, 0]
        assert np.isfinite(made.train.inputs).all()

    def test_one_row_alone_stays_finite(self, kind):
        made = parts(of("table", inputs=[[3, -2]], targets=[1], task="regression", scaling=kind))
        assert made.train.inputs.tolist() == [[0, 0]]


def test_min_max_and_standard_are_what_they_are_called():
    lowest_to_highest = parts(of("iris", scaling="min_max")).train.inputs
    assert (lowest_to_highest.min(axis=0).tolist(), lowest_to_highest.max(axis=0).tolist()) == ([0] * 4, [1] * 4)
    standard = parts(of("iris", scaling="standard")).train.inputs
    np.testing.assert_allclose(standard.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(standard.std(axis=0), 1)


class TestSeeds:
    @pytest.mark.parametrize("kind", [tag_of(kind) for kind in TOYS])
    def test_without_a_seed_of_their_own_data_follow_that_of_the_training(self, kind):
        one, again, other = (parts(of(kind), seed=seed) for seed in (4, 4, 5))
        for first, second in zip(both(one), both(again), strict=True):
            assert np.array_equal(first.inputs, second.inputs)
            assert np.array_equal(first.targets, second.targets)
        assert not np.array_equal(together(one), together(other))

    @pytest.mark.parametrize("kind", ["spirals", "sine", "iris"])
    def test_a_seed_of_their_own_pins_points_and_split(self, kind):
        pinned = [parts(of(kind, seed=4), seed=seed) for seed in (0, 1, 4)]
        followed = parts(of(kind), seed=4)
        for made in pinned:
            for ours, theirs in zip(both(made), both(followed), strict=True):
                assert np.array_equal(ours.inputs, theirs.inputs)
                assert np.array_equal(ours.targets, theirs.targets)

    def test_pinned_data_leave_weights_and_order_to_the_training(self):
        made = [project(of("dense", units=1), data=of("xor", seed=4), training={"seed": seed}) for seed in (0, 1)]
        one, other = (engine.Trainer(each) for each in made)
        assert np.array_equal(one.train.inputs, other.train.inputs)
        assert not np.array_equal(one.network.parameters, other.network.parameters)

    def test_points_and_split_have_a_stream_each(self):
        """Else the split would change with how many numbers the points take."""
        made = project(data=of("moons", validation=0.3), training={"seed": 6})
        drawn = made.data.generate(stream(6, "data"))
        train, held_out = prepare.split(drawn, 120, stream(6, "split"))
        assert np.array_equal(dataset(made).train.inputs, drawn.inputs[train])
        assert np.array_equal(dataset(made).validation.inputs, drawn.inputs[held_out])

    def test_points_do_not_depend_on_how_they_are_split_scaled_or_learned(self):
        one = parts(of("moons", validation=0.1), "binary_cross_entropy")
        other = parts(of("moons", validation=0.6), "hinge")
        assert np.array_equal(together(one)[:, :2], together(other)[:, :2])

    def test_streams_of_two_purposes_or_seeds_are_not_the_same(self):
        draws = {
            (seed, purpose): tuple(stream(seed, purpose).integers(0, 2**60, 3))
            for seed in (0, 1, 2**31 - 1)
            for purpose in ("data", "split", "shuffle", "init/dense_1", "init/dense_2", "dropout/dense_1")
        }
        assert len(set(draws.values())) == len(draws)
        assert draws[0, "data"] == tuple(stream(0, "data").integers(0, 2**60, 3))


def table(inputs: Any, targets: Any, task: str = "classification", **fields: Any) -> dict[str, Any]:
    return of("table", inputs=inputs, targets=targets, task=task, **fields)


class TestTables:
    def test_rows_stay_as_they_are_written(self):
        made = parts(table([[1, 2.5], [-3, 4]], [[1, 0.5], [2, -1]], "regression"))
        assert made.train.inputs.tolist() == [[1, 2.5], [-3, 4]]
        assert made.train.targets.tolist() == [[1, 0.5], [2, -1]]
        assert made.train.classes is None
        assert len(made.validation) == 0

    def test_single_values_become_columns(self):
        assert parts(table([[1], [2]], [0.5, 3], "regression")).train.targets.tolist() == [[0.5], [3]]

    @pytest.mark.parametrize(
        ("targets", "classes", "labels"),
        [
            ([0, 1, 1, 0], ("0", "1"), [0, 1, 1, 0]),
            ([10, 9, 9, 10], ("9", "10"), [1, 0, 0, 1]),
            ([-1, 1, -1, 1], ("-1", "1"), [0, 1, 0, 1]),
            (["no", "yes", "no", "maybe"], ("maybe", "no", "yes"), [1, 2, 1, 0]),
            (["b", 2, "a", 10], ("2", "10", "a", "b"), [3, 0, 2, 1]),
            ([0.5, 1.5, 0.5, 2], ("0.5", "1.5", "2"), [0, 1, 0, 2]),
        ],
        ids=str,
    )
    def test_classes_are_numbers_in_order_and_then_names(self, targets, classes, labels):
        made = parts(table([[0], [1], [2], [3]], targets), "softmax_cross_entropy")
        assert made.train.classes == classes
        assert made.train.targets.tolist() == labels

    def test_a_task_decides_what_numbers_mean(self):
        rows = [[0], [1], [2]]
        classified = project(data=table(rows, [0, 1, 2])).data
        predicted = project(data=table(rows, [0, 1, 2], "regression")).data
        assert (classified.classes, classified.values) == (3, 0)
        assert (predicted.classes, predicted.values) == (None, 1)

    @pytest.mark.parametrize(
        ("inputs", "targets", "task"),
        [
            ([[1, 2], [3]], [0, 1], "classification"),
            ([[1], [2]], [0], "classification"),
            ([[1], [2]], [1, 1], "classification"),
            ([[1], [2]], [[1], [0]], "classification"),
            ([[1], [2]], [1, "b"], "regression"),
            ([[1], [2]], [1, []], "regression"),
        ],
        ids=str,
    )
    def test_a_table_that_does_not_fit_together_is_refused(self, inputs, targets, task):
        with pytest.raises(ProjectError, match="data"):
            project(data=table(inputs, targets, task))


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("binary_cross_entropy", [[0], [1], [1], [0]]),
        ("hinge", [[-1], [1], [1], [-1]]),
        ("softmax_cross_entropy", [0, 1, 1, 0]),
        ("mean_squared_error", [[1, 0], [0, 1], [0, 1], [1, 0]]),
        ("huber", [[1, 0], [0, 1], [0, 1], [1, 0]]),
    ],
)
def test_targets_are_given_as_each_loss_takes_them(loss, expected):
    targets = parts(of("table"), loss).train.targets
    assert targets.tolist() == expected
    assert np.issubdtype(targets.dtype, np.integer if loss == "softmax_cross_entropy" else np.floating)
