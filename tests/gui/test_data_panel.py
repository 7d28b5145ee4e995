"""The data panel: every number on it is the one that numpy finds in the arrays that the network is trained on."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

import engine
from engine.data.parts import divided
from engine.project import change
from gui import theme
from gui.data.panel import DataPanel
from gui.project_store import ProjectStore


def project_of(data, loss="binary_cross_entropy"):
    return engine.load({"data": data, "chain": [{"kind": "dense"}], "loss": {"kind": loss}, "training": {"seed": 3}})


IRIS = project_of({"kind": "iris", "scaling": "standard"}, "softmax_cross_entropy")
MOONS = project_of({"kind": "moons", "samples": 90})
SINE = project_of({"kind": "sine"}, "mean_squared_error")
DIGITS = project_of({"kind": "digits"}, "softmax_cross_entropy")
EVERY = {"iris": IRIS, "moons": MOONS, "sine": SINE, "digits": DIGITS}


class Bench:
    """A shown panel on a project."""

    def __init__(self, qtbot, shown, project):
        self.qtbot, self.store, self.busy = qtbot, ProjectStore(project), False
        self.panel = shown(DataPanel(self.store, lambda: self.busy), 420, 260)
        self.titles: list[tuple[str, str]] = []
        self.panel.titled.connect(lambda *said: self.titles.append(said))
        self.store.changed.connect(lambda _old, new: self.panel.show_project(new, ()))
        self.settle()

    def settle(self):
        """Waits until everything that was asked is answered."""
        background = self.panel._background
        self.qtbot.waitUntil(lambda: not self.panel._wanted and not background._busy, timeout=5000)

    def show(self, form):
        self.panel.switch.actions_by_name[form].trigger()
        self.settle()
        return self.panel.view

    def said(self):
        return self.panel._readout.text().replace("\n", " ")


@pytest.fixture
def bench(qtbot, shown):
    made = []

    def make(project):
        made.append(Bench(qtbot, shown, project))
        return made[-1]

    yield make
    for each in made:
        each.panel.stop()


def copied():
    return [row.split("\t") for row in QGuiApplication.clipboard().text().splitlines()]


class TestTable:
    @pytest.mark.parametrize("name", EVERY)
    def test_it_holds_the_samples_as_they_are_trained_on(self, bench, name):
        project = EVERY[name]
        b = bench(project)
        data, parts = b.panel.data(), engine.dataset(project)
        assert data["form"] == "table"
        for held, part in ((False, parts.train), (True, parts.validation)):
            chosen = data["validation"] == held
            assert np.array_equal(data["scaled"][chosen], part.inputs)
            assert data["places"][chosen].tolist() == list(range(len(part)))
            if data["labels"] is None:
                assert np.array_equal(data["values"][chosen], part.targets)
        assert np.array_equal(data["inputs"], divided(project).samples.inputs)

    def test_a_cell_shows_the_value_of_the_file_and_what_the_network_gets(self, bench):
        b = bench(IRIS)
        model = b.panel.view.sheet.model()
        train = engine.dataset(IRIS).train.inputs
        row = int(np.flatnonzero(~b.panel.data()["validation"])[7])
        raw = divided(IRIS).samples.inputs[divided(IRIS).train]
        mean, deviation = raw[:, 2].mean(), raw[:, 2].std()
        assert model.headerData(4, Qt.Orientation.Horizontal) == "petal length cm"
        given, scaled = model.index(row, 4).data().split(" → ")
        assert float(given) == raw[7, 2]
        assert float(scaled.replace("−", "-")) == pytest.approx((raw[7, 2] - mean) / deviation, rel=5e-3)
        assert model.index(row, 0).data() == "training 7"
        words = model.words(row, 4)
        assert words.startswith(f"sample {row} (training 7), petal length cm: {raw[7, 2]:g}; the network gets (")
        assert float(words.split("= ")[1].replace("−", "-")) == pytest.approx(train[7, 2], rel=1e-8)

    def test_a_click_on_a_title_sorts_and_showing_everything_brings_the_order_back(self, bench):
        b = bench(IRIS)
        sheet = b.panel.view.sheet
        sheet.sortByColumn(4, Qt.SortOrder.DescendingOrder)
        inputs = divided(IRIS).samples.inputs[:, 2]
        order = [int(sheet.model().headerData(row, Qt.Orientation.Vertical)) for row in range(150)]
        assert order == np.argsort(-inputs, kind="stable").tolist()
        b.panel.reset_zoom()
        assert sheet.model().order.tolist() == list(range(150))

    def test_all_of_it_is_copied(self, bench):
        b = bench(IRIS)
        b.panel.copy_data()
        head, *rows = copied()
        assert head[:4] == ["sample", "part", "class", "sepal length cm"]
        assert len(head) == len(rows[0]) == 3 + 2 * 4
        assert np.array_equal([[float(each) for each in row[3:]] for row in rows], np.hstack(
            [b.panel.data()["inputs"], b.panel.data()["scaled"]]))  # fmt: skip

    def test_as_much_is_copied_as_a_spreadsheet_takes(self, bench, monkeypatch):
        monkeypatch.setattr("gui.data.table.MOST_COPIED", 40)
        b = bench(IRIS)
        b.panel.copy_data()
        assert [row[0] for row in copied()] == ["sample", *map(str, range(10))]
        assert b.said() == "the first 10 of 150 samples"

    def test_images_are_painted_and_read(self, bench):
        b = bench(DIGITS)
        wall = b.panel.view.wall
        assert wall.isVisible()
        before = wall.grab().toImage()
        wall.hovered.emit(wall.pictures.index(0, 1))
        held = divided(DIGITS).held_out
        part = f"validation {list(held).index(1)}" if 1 in held else "training"
        assert b.said().startswith(f"sample 1 ({part}")
        assert "1×8×8, values from 0 to 1" in b.said()
        wall.scrollToBottom()
        assert wall.grab().toImage() != before


class TestColumns:
    @pytest.mark.parametrize("name", EVERY)
    def test_each_has_the_numbers_of_the_training_part(self, bench, name):
        project = EVERY[name]
        b = bench(project)
        b.show("columns")
        data, train = b.panel.data(), divided(project).samples.inputs[divided(project).train]
        columns = train.reshape(1, -1) if train.ndim == 4 else train.T
        for field, wanted in (("min", np.min), ("max", np.max), ("mean", np.mean), ("std", np.std)):
            assert data[field] == pytest.approx(wanted(columns, axis=1), rel=1e-9)
        assert data["count"].tolist() == [columns.shape[1]] * len(columns)
        for counts, edges, values in zip(data["counts"], data["edges"], columns, strict=True):
            assert np.array_equal(counts.sum(axis=0), np.histogram(values, edges)[0])
        b.panel.copy_data()
        assert copied()[0] == ["column", "count", "min", "max", "mean", "std"]
        assert len(copied()) == 1 + len(columns)

    def test_a_bar_is_read_and_stands_where_its_values_are(self, bench):
        b = bench(IRIS)
        view = b.show("columns")
        train = divided(IRIS).samples.inputs[divided(IRIS).train]
        labels = divided(IRIS).samples.labels[divided(IRIS).train]
        edges = b.panel.data()["edges"][2]
        inside = (train[:, 2] >= edges[0]) & (train[:, 2] < edges[1])
        bars = view.multiples._bars(2)
        at = QPointF(bars.left() + bars.width() * 0.5 / (len(edges) - 1), bars.center().y())
        QTest.mouseMove(view.multiples, at.toPoint())
        view.multiples.said.emit(view.multiples.words_at(at))
        setosa = int((labels[inside] == 0).sum())
        share = f"{100 * inside.sum() / len(train):.3g}"
        assert b.said().startswith(f"petal length cm, 1 to below 1.5: {inside.sum()} values, {share} %")
        assert f"setosa {setosa}" in b.said()
        below = view.multiples.words_at(QPointF(bars.center().x(), bars.bottom() + 8))
        assert below.startswith("petal length cm: 120 values from 1 to 6.9, mean 3.7")

    def test_the_painted_bars_are_as_high_as_their_counts(self, bench):
        b = bench(MOONS)
        view = b.show("columns")
        image = view.multiples.grab().toImage()
        bars, counts = view.multiples._bars(0), b.panel.data()["counts"][0].sum(axis=0)
        ground = image.pixelColor(1, 1)
        for place in (int(counts.argmax()), int(counts.argmin())):
            x = int(bars.left() + bars.width() * (place + 0.25) / len(counts))
            painted = [y for y in range(int(bars.top()), int(bars.bottom())) if image.pixelColor(x, y) != ground]
            assert len(painted) == pytest.approx(bars.height() * counts[place] / counts.max(), abs=2)

    def test_a_click_shows_one_large_with_axes_and_leads_back(self, bench):
        b = bench(IRIS)
        view = b.show("columns")
        QTest.mouseClick(view.multiples, Qt.MouseButton.LeftButton, pos=view.multiples.area_of(3).center().toPoint())
        assert view.large.isVisible()
        plot = view.large.plot
        assert plot.getAxis("bottom").labelText == "petal width cm"
        assert plot.getAxis("left").labelText == "training samples"
        counts, edges = b.panel.data()["counts"][3], b.panel.data()["edges"][3]
        heights = [item.opts["height"] for item in view.large._bars]
        assert np.array_equal(heights, counts)
        full = plot.box.viewRange()
        assert full[0] == pytest.approx([edges[0], edges[-1]])
        plot.box.scaleBy((0.5, 0.5))
        plot.free = True
        view._hover(QPointF(float(edges[0]) + 0.01, 1))
        assert b.said().startswith(f"petal width cm, {edges[0]:g} to below {edges[1]:g}:")
        b.panel.reset_zoom()
        assert plot.box.viewRange() == full
        view.large.back.click()
        assert view.multiples.isVisible()

    def test_the_keyboard_walks_through_the_columns_and_opens_one(self, bench):
        b = bench(IRIS)
        view = b.show("columns")
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Return):
            QTest.keyClick(view.multiples, key)
        assert view.large.isVisible()
        assert view.large.plot.getAxis("bottom").labelText == "petal length cm"

    def test_a_column_that_is_open_stays_open_when_the_data_are_drawn_anew(self, bench):
        b = bench(MOONS)
        b.show("columns").open_column(1)
        b.store.edit(change(MOONS, data=change(MOONS.data, noise=0.3)), "noise")
        b.settle()
        assert b.panel.view.large.isVisible()
        assert b.panel.view.large.plot.getAxis("bottom").labelText == "y"


class TestClassesAndTargets:
    def test_classes_are_counted_in_both_parts(self, bench):
        b = bench(DIGITS)
        view = b.show("classes")
        parts = engine.dataset(DIGITS)
        data = b.panel.data()
        assert data["train"].tolist() == np.bincount(parts.train.targets).tolist()
        assert data["validation"].tolist() == np.bincount(parts.validation.targets).tolist()
        count, held = data["train"][3], data["validation"][3]
        share, held_share = (f"{100 * each:#.3g}" for each in (count / len(parts.train), held / len(parts.validation)))
        words = view.bars.words_at(QPointF(50, theme.px(16) + 3.5 * theme.px(32)))
        assert words == f"class 3: training {count} · {share} %, validation {held} · {held_share} %"
        b.panel.copy_data()
        assert copied()[4] == ["3", str(count), str(held)]

    def test_what_guessing_the_largest_class_is_worth_is_said(self, bench):
        uneven = {"kind": "table", "inputs": [[i] for i in range(10)], "targets": ["a"] * 7 + ["b"] * 3}
        b = bench(project_of(uneven))
        view = b.show("classes")
        assert view._guess.text() == "always saying a: 70.0 % right in training"
        assert "targets" not in b.panel._forms

    def test_values_are_shown_in_both_parts(self, bench):
        b = bench(SINE)
        b.show("targets")
        data, parts = b.panel.data(), engine.dataset(SINE)
        assert data["groups"] == ("training", "validation")
        for counts, part in zip(data["counts"][0], (parts.train, parts.validation), strict=True):
            assert np.array_equal(counts, np.histogram(part.targets[:, 0], data["edges"][0])[0])
        assert "classes" not in b.panel._forms


class TestScaling:
    @pytest.mark.parametrize(("kind", "names", "numbers"), [
        ("standard", ("mean", "std"), (np.mean, np.std)), ("min_max", ("min", "max"), (np.min, np.max)),
    ])  # fmt: skip
    def test_its_numbers_are_those_of_the_training_part(self, bench, kind, names, numbers):
        project = change(IRIS, data=change(IRIS.data, scaling=kind))
        b = bench(project)
        view = b.show("scaling")
        train = divided(project).samples.inputs[divided(project).train]
        for name, number in zip(names, numbers, strict=True):
            assert b.panel.data()[name] == pytest.approx(number(train, axis=0), rel=1e-12)
        model = view.sheet.model()
        assert [model.headerData(column, Qt.Orientation.Horizontal) for column in (1, 2)] == list(names)
        offset, spread = train[:, 1].mean(), train[:, 1].std()
        if kind == "min_max":
            offset, spread = train[:, 1].min(), np.ptp(train[:, 1])
        assert model.index(1, 3).data() == f"(x − {offset:#.3g}) / {spread:#.3g}"

    def test_split_and_seed_are_said(self, bench):
        b = bench(IRIS)
        view = b.show("scaling")
        assert view.words.text().startswith("120 samples to train on, 30 held out; seed 3 (the training's).")
        b.store.edit(change(IRIS, data=change(IRIS.data, seed=9, validation=0, scaling="none")), "pinned")
        b.settle()
        assert view.words.text() == (
            "150 samples to train on, none held out; seed 9 (the data's own).\n"
            "The network gets the inputs as they are: no scaling."
        )
        assert not view.sheet.isVisible()
        b.panel.copy_data()
        assert copied() == [["training", "validation", "seed"], ["150", "0", "9"]]


class TestPanel:
    @pytest.mark.parametrize("mode", ["light", "dark"])
    @pytest.mark.parametrize("name", EVERY)
    def test_every_view_is_shown_copied_and_restyled(self, bench, name, mode):
        theme.set_mode(mode)
        b = bench(EVERY[name])
        for form in b.panel._forms:
            b.show(form)
            assert b.panel.data()["form"] == form
            assert b.titles[-1][0] == "Data"
            assert b.titles[-1][1]
            b.panel.copy_data()
            assert len({len(row) for row in copied()}) == bool(b.panel.table()), "the board is empty"
            before = b.panel.grab().toImage()
            for each in ("dark" if mode == "light" else "light", mode):
                theme.set_mode(each)
                b.panel.restyle()
                changed = b.panel.grab().toImage()
                assert (changed != before) == (each != mode)
            b.panel.reset_zoom()

    def test_every_control_has_a_name_and_a_tooltip(self, bench):
        b = bench(IRIS)
        for form in b.panel._forms:
            b.show(form)
        for control in (*b.panel.findChildren(QToolButton), *b.panel.switch.findChildren(QToolButton)):
            if control.objectName() not in ("ScrollLeftButton", "ScrollRightButton"):
                assert control.accessibleName()
                assert control.toolTip()

    def test_a_hundred_thousand_rows_scroll_without_a_stutter(self, bench):
        b = bench(project_of({"kind": "moons", "samples": 100_000}))
        sheet = b.panel.view.sheet
        bar = sheet.verticalScrollBar()
        slowest = 0.0
        for share in np.linspace(0, 1, 30):
            began = time.thread_time()
            bar.setValue(round(share * bar.maximum()))
            sheet.viewport().repaint()
            slowest = max(slowest, time.thread_time() - began)
        assert sheet.model().rowCount() == 100_000
        assert slowest < 0.033
        began = time.thread_time()
        sheet.sortByColumn(2, Qt.SortOrder.DescendingOrder)
        sheet.viewport().repaint()
        assert time.thread_time() - began < 0.2

    def test_other_data_are_shown_and_the_old_ones_count_no_more(self, bench):
        b = bench(IRIS)
        b.store.edit(SINE, "sine")
        assert b.panel.data() == {}
        b.settle()
        assert b.panel.data()["inputs"].shape == divided(SINE).samples.inputs.shape

    def test_hidden_it_computes_nothing(self, bench):
        b = bench(IRIS)
        b.panel.hide()
        b.store.edit(SINE, "sine")
        assert b.panel._inquire() is None
        b.panel.show()
        b.settle()
        assert b.panel.data()["form"] == "table"

    def test_while_somebody_reads_the_file_it_waits(self, bench, qtbot):
        b = bench(IRIS)
        b.busy = True
        b.store.edit(SINE, "sine")
        assert b.panel._inquire() is None
        assert b.panel._words.text() == "The data are being read"
        b.busy = False
        b.panel.ask()
        b.settle()
        assert b.panel.data()["form"] == "table"

    def test_a_file_that_is_missing_is_named(self, bench):
        b = bench(project_of({"kind": "file", "path": "/nowhere/t.csv", "format": {"kind": "npy"}}))
        assert b.panel._words.text() == "t.csv is missing; it was expected in /nowhere."
        assert b.panel.data() == {}
