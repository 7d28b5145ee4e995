"""Data drawn by hand: their form, what they are trained on, and strokes against the geometry that they follow."""

from __future__ import annotations

import itertools
import json
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine import start
from engine.data import drawing, prepare
from engine.data.drawing import Drawing
from engine.data.parts import dataset
from engine.data.strokes import DECIMALS, Erase, Paint, Trace
from engine.project import ProjectError, decode
from engine.random import stream
from tests.engine.chains import dense, of, project

steady = settings(derandomize=True)
HALF = 0.5 * 10**-DECIMALS * 1.01  # what rounding may move a coordinate
CORNERS = [[0.5, 0.25, 0], [-1, 2, 1], [0.125, -3, 1], [0, 0, 0], [1, 1, 2]]
CURVE = [[-1, 0.5], [0, 0.25], [2, -7]]
places = st.tuples(*[st.floats(-3, 3, width=32)] * 2)
ways = st.lists(places, min_size=1, max_size=12)


def parts(data, loss="softmax_cross_entropy"):
    return dataset(project(data=data, loss=loss))


def drawn(points, **fields):
    return project(data=of("drawing", points=points, **fields)).data


def classes_of(points):
    return drawn(points, classes=3)


class TestForm:
    def test_points_are_kept_as_they_are_drawn(self):
        made = parts(of("drawing", classes=3, points=CORNERS, validation=0))
        assert made.train.inputs.tolist() == [point[:2] for point in CORNERS]
        assert made.train.targets.tolist() == [point[2] for point in CORNERS]
        assert made.train.classes == ("0", "1", "2")

    def test_a_curve_has_one_input_and_one_value(self):
        made = parts(of("drawing", task="regression", points=CURVE, validation=0), "mean_squared_error")
        assert made.train.inputs.tolist() == [[x] for x, _ in CURVE]
        assert made.train.targets.tolist() == [[y] for _, y in CURVE]
        assert made.train.classes is None

    def test_a_class_without_points_is_still_one(self):
        assert drawn([[0, 0, 0], [1, 1, 3]], classes=5).classes == 5
        made = parts(of("drawing", classes=5, points=[[0, 0, 0], [1, 1, 3]]))
        assert made.train.classes == tuple("01234")

    def test_a_curve_has_no_classes_whatever_is_written(self):
        assert drawn([], task="regression").classes is None
        assert drawn([], task="regression", classes=4).classes is None

    def test_it_is_written_and_read_again(self):
        for data in (of("drawing", classes=3, points=CORNERS), of("drawing", task="regression", points=CURVE)):
            made = project(data=data)
            assert decode(made.to_json()) == made
            assert decode(made.to_json()).to_json() == made.to_json()
        assert json.loads(made.to_json())["data"]["classes"] is None

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"points": [[0, 0, 2]]}, r"points\[0\]: the class must be 0 to 1, given 2"),
            ({"points": [[0, 0, 0], [0, 0, -1]]}, r"points\[1\]: the class must be 0 to 1, given -1"),
            ({"points": [[0, 0, 0.5]]}, "the class must be 0 to 1, given 0.5"),
            ({"points": [[0, 0, 1.0]]}, "the class must be 0 to 1, given 1.0"),
            ({"points": [[0, 0]]}, r"must be \[x, y, class\], given 2 values"),
            ({"points": [[0, 0, 1, 0]]}, "given 4 values"),
            ({"points": [[]]}, "given 0 values"),
            ({"points": [[0, 0, 1]], "task": "regression"}, r"must be \[x, y\], given 3 values"),
            ({"points": [[0, True, 1]]}, "points"),
            ({"points": [[0, "1", 1]]}, "points"),
            ({"points": [[0, None, 1]]}, "points"),
            ({"points": [[0, 1e400, 1]]}, "finite"),
            ({"points": [0, 0, 1]}, "points"),
            ({"points": [[0, 0, 0]] * 100_001}, "points"),
            ({"classes": 1}, "classes"),
            ({"classes": 11}, "classes"),
            ({"classes": None}, "needs 2 to 10"),
            ({"task": "guessing"}, "task"),
        ],
        ids=lambda each: str(each)[:40],
    )
    def test_anything_else_is_refused_in_one_sentence(self, fields, said):
        with pytest.raises(ProjectError, match=said) as refused:
            project(data={"kind": "drawing", **fields})
        assert "data" in str(refused.value)
        assert len(str(refused.value)) <= 300

    def test_more_than_it_may_hold_is_refused(self):
        full = msgspec.structs.replace(Drawing(), points=((0, 0, 1),) * 100_000)
        with pytest.raises(ProjectError, match="at most 100,000 points, these would be 100,001"):
            full.with_points((*full.points, (0, 0, 0)))


class TestProblems:
    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({}, "Nothing is drawn yet: click or paint points of two classes"),
            ({"task": "regression"}, "Nothing is drawn yet: draw a curve"),
            ({"points": [[0, 0, 1], [1, 0, 1]]}, "Only class 1 has points"),
        ],
        ids=["empty", "no curve", "one class"],
    )
    def test_what_is_missing_is_said_and_keeps_the_chain_from_running(self, fields, said):
        made = project(dense(4), of("batch_norm"), dense(1), data={"kind": "drawing", **fields})
        assert engine.resolve(made).data.problem.startswith(said)
        assert [problem.place for problem in engine.resolve(made).problems if problem.place != "loss"] == ["data"]
        for refused in (engine.dataset, engine.Trainer):
            with pytest.raises(ProjectError, match=said):
                refused(made)

    def test_a_single_point_of_a_curve_can_be_learned(self):
        data = of("drawing", task="regression", points=[[0.5, 2]])
        made = project(dense(1), data=data, loss="mean_squared_error")
        trainer = engine.Trainer(made)
        trainer.run(9000)
        assert trainer.network.predict(np.array([[0.5]]))[0, 0] == pytest.approx(2, abs=1e-2)

    def test_an_empty_one_still_says_what_ends_the_chain_needs(self):
        before = project(dense(6), of("tanh"), dense(1), data=of("sine"), loss="mean_squared_error")
        way = start.keep(before, drawing.empty("classification", before.data))
        assert way.works
        assert [place.problem for place in engine.resolve(way.project).places if place.problem] == [
            way.project.data.problem
        ]
        assert way.project.chain == before.chain


class TestTracing:
    @pytest.mark.parametrize("kind", ["xor", "moons", "blobs", "spirals", "checkerboard", "sine", "step", "table"])
    def test_the_points_are_those_that_the_data_have(self, kind):
        before = project(data=of(kind, validation=0.25), training={"seed": 7}, loss="mean_squared_error")
        wanted = before.data.generate(stream(7, "data"))
        made = drawing.traced(before)
        width = 2 if made.classes else 1
        assert np.array_equal([point[:width] for point in made.points], wanted.inputs)
        answers = wanted.labels if made.classes else wanted.values[:, 0]
        assert [point[-1] for point in made.points] == answers.tolist()
        assert (made.classes, made.validation, made.count) == (before.data.classes, 0.25, before.data.count)
        after = msgspec.structs.replace(before, data=made)
        one, other = dataset(before), dataset(decode(after.to_json()))
        assert np.array_equal(one.train.inputs, other.train.inputs)
        assert np.array_equal(one.validation.targets, other.validation.targets)

    @pytest.mark.parametrize("kind", ["plane", "iris", "digits", "file", "drawing"])
    def test_other_data_cannot_be_drawn(self, kind):
        made = project(data=of(kind))
        assert not drawing.can_be_drawn(made.data)
        with pytest.raises(ProjectError, match="cannot be drawn on: only points in the plane"):
            drawing.traced(made)


def length(way):
    return sum(math.dist(*pair) for pair in itertools.pairwise(way))


def distance(point, way):
    """How far a point is from the way of a pen, segment by segment."""
    best = math.dist(point, way[0])
    for a, b in itertools.pairwise(way):
        along = (b[0] - a[0], b[1] - a[1])
        size = along[0] ** 2 + along[1] ** 2
        share = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / size if size else 0.0
        share = min(1.0, max(0.0, share))
        best = min(best, math.dist(point, (a[0] + share * along[0], a[1] + share * along[1])))
    return best


def run(stroke, way):
    for place in way[1:]:
        stroke.move(*place)
    return stroke


class TestStrokes:
    @steady
    @given(ways, st.sampled_from([0.02, 0.05, 0.1, 0.5]), st.integers(0, 2))
    def test_painted_points_stand_evenly_along_the_way(self, way, spacing, label):
        before = classes_of(CORNERS)
        stroke = run(Paint(before, *way[0], label, spacing, 0.0, stream(0, "brush")), way)
        assert stroke.points[: len(CORNERS)] == before.points
        added = stroke.points[len(CORNERS) :]
        assert added[0] == (round(way[0][0], DECIMALS), round(way[0][1], DECIMALS), label)
        assert len(added) == pytest.approx(1 + length(way) / spacing, abs=1)
        assert all(point[2] == label and distance(point[:2], way) <= 2 * HALF for point in added)
        for one, next_one in itertools.pairwise(added):  # corners are cut, never lengthened
            assert math.dist(one[:2], next_one[:2]) <= spacing + 4 * HALF
        before.with_points(stroke.points)  # of the form that files have

    def test_on_a_straight_way_they_are_a_spacing_apart(self):
        stroke = run(Paint(classes_of([]), -1, 0, 1, 0.25, 0.0, stream(0, "brush")), [(-1, 0), (-0.9, 0), (0.55, 0)])
        assert stroke.points == tuple((x, 0, 1) for x in (-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5))

    def test_scattered_points_fill_the_disc_around_the_pen(self):
        way = [(0, 0), (0, 40)]
        stroke = run(Paint(classes_of([]), 0, 0, 1, 0.01, 0.3, stream(0, "brush")), way)
        x = np.array([point[0] for point in stroke.points[1:]])
        along = np.array([point[1] for point in stroke.points[1:]]) - 0.01 * np.arange(1, len(x) + 1)
        far = np.hypot(x, along)
        assert far.max() <= 0.3 + 2 * HALF
        assert (far < 0.15).mean() == pytest.approx(0.25, abs=0.03), "a quarter of the disc's area"
        assert stroke.points[0] == (0, 0, 1)
        again = run(Paint(classes_of([]), 0, 0, 1, 0.01, 0.3, stream(0, "brush")), way)
        assert again.points == stroke.points

    @steady
    @given(ways, st.lists(places, max_size=40), st.floats(0.01, 1))
    def test_what_the_pen_comes_near_is_rubbed_out(self, way, points, radius):
        before = classes_of([[*place, 0] for place in points])
        left = run(Erase(before, *way[0], radius), way).points
        far = [distance(point[:2], way) for point in before.points]
        kept = [point for point, each in zip(before.points, far, strict=True) if each > radius + 1e-9]
        gone = [point for point, each in zip(before.points, far, strict=True) if each <= radius - 1e-9]
        assert set(kept) <= set(left)
        assert not set(gone) - set(kept) & set(left)
        assert [point for point in before.points if point in set(left)] == list(left)

    @steady
    @given(ways, st.lists(places, max_size=20, unique_by=lambda place: place[0]), st.sampled_from([0.02, 0.05, 0.25]))
    def test_a_curve_has_the_height_of_the_pen_at_every_place_that_it_passed_last(self, way, points, spacing):
        before = drawn([list(place) for place in points], task="regression")
        stroke = run(Trace(before, *way[0], spacing), way)
        heights = dict(stroke.points)
        assert len(heights) == len(stroke.points), "one y for each x"
        numbers = [round(point[0] / spacing) for point in stroke.added]
        assert numbers == list(range(numbers[0], numbers[-1] + 1)), "no gap"
        for number in numbers:
            x = number * spacing
            passed = [(a, b) for a, b in itertools.pairwise(way) if min(a[0], b[0]) < x < max(a[0], b[0])]
            if passed and all(abs(x - place[0]) > 1e-6 for place in way) and all(a[0] != b[0] for a, b in passed):
                (a, b) = passed[-1]
                nearest = [index for index, place in enumerate(way) if round(place[0] / spacing) == number]
                if not nearest:
                    wanted = a[1] + (x - a[0]) / (b[0] - a[0]) * (b[1] - a[1])
                    assert heights[round(x, DECIMALS)] == pytest.approx(wanted, abs=2 * HALF)
        low, high = (numbers[0] - 0.5) * spacing, (numbers[-1] + 0.5) * spacing
        assert {point for point in before.points if not low < point[0] < high} <= set(stroke.points)
        assert len(stroke.points) == len(numbers) + sum(not low < point[0] < high for point in before.points)
        before.with_points(stroke.points)

    def test_a_curve_is_drawn_over(self):
        before = drawn([[x / 4, 0] for x in range(-4, 5)], task="regression")
        stroke = run(Trace(before, -0.5, 1, 0.25), [(-0.5, 1), (0.25, 1), (0.25, 3)])
        assert stroke.points == (
            (-1, 0), (-0.75, 0), (-0.5, 1), (-0.25, 1), (0, 1), (0.25, 3), (0.5, 0), (0.75, 0), (1, 0),
        )  # fmt: skip

    def test_a_click_is_one_point(self):
        assert Trace(drawn([], task="regression"), 0.26, 0.7, 0.1).points == ((0.3, 0.7),)
        assert Paint(classes_of([]), 0.26, 0.7, 2, 0.1, 0.5, stream(0, "brush")).points == ((0.26, 0.7, 2),)


def test_what_is_drawn_is_split_and_learned_as_any_other_data():
    generator = np.random.default_rng(0)
    points = [[*map(float, row), int(row[0] + row[1] > 0)] for row in generator.uniform(-1, 1, (80, 2)).round(4)]
    made = project(dense(8), of("tanh"), dense(1), data=of("drawing", points=points), loss="binary_cross_entropy")
    samples = made.data.generate(stream(0, "data"))
    train, held = prepare.split(samples, 16, stream(0, "split"))
    assert np.array_equal(dataset(made).train.inputs, np.array(points)[train, :2])
    assert np.array_equal(dataset(made).validation.targets[:, 0], np.array(points)[held, 2])
    trainer = engine.Trainer(made)
    trainer.run(400)
    assert trainer.evaluate()["accuracy"] > 0.95
