"""The data panel: every number on it is the one that numpy finds in the arrays that the network is trained on."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

import engine
from engine.data.parts import divided
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
        self.panel._buttons[form].click()
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


class TestPanel:
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
