"""The diagnosis in the window: what is found, when it is taken back, and how the problems panel and blocks say it."""

from __future__ import annotations

import dataclasses
import math

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolTip

import engine
from engine.explain.diagnosis import diagnose
from engine.findings import Finding as Sick
from engine.project import change
from gui import doctor as doctors
from gui import numbers, theme
from gui.breaks import Breaks
from gui.canvas import Canvas
from gui.doctor import Doctor
from gui.fix_button import FixButton
from gui.panels.factor_bars import FactorBars
from gui.panels.problems import ProblemPanel
from gui.project_store import ProjectStore
from tests.gui.conftest import trained


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No second's wait between two diagnoses."""
    monkeypatch.setattr(doctors, "PAUSE", 0.01)


class Ward:
    """A store on an example, its doctor, and the panel that shows what he finds."""

    def __init__(self, name, qtbot):
        self.qtbot = qtbot
        self.store = ProjectStore(engine.load(f"example:{name}"))
        self.seen = True
        self.doctor = Doctor(self.store, lambda: self.seen, self.store)
        self.panel = ProblemPanel(self.store, self.doctor, Breaks(self.store))
        qtbot.addWidget(self.panel)
        self.store.changed.connect(lambda _, new: self.panel.show_project(new, ()))
        self.panel.show_project(self.store.project, ())

    def show(self, snapshot):
        self.panel.draw(snapshot)
        self.doctor.draw(snapshot)

    def until_found(self, *titles):
        self.qtbot.waitUntil(lambda: [each.title for each in self.doctor.findings] == list(titles))

    def buttons(self, kind=QPushButton):
        return [each for each in self.panel._area.findChildren(kind) if each.isVisible()]


@pytest.fixture
def ward(qtbot):
    made = []

    def make(name):
        made.append(Ward(name, qtbot))
        return made[-1]

    yield make
    for each in made:
        each.doctor.close()


def expected(snapshot):
    """The same diagnosis, asked for directly."""
    part = engine.dataset(snapshot.project).train
    batch = part.inputs[snapshot.chosen], part.targets[snapshot.chosen]
    return diagnose(snapshot.project, snapshot.origin, snapshot.statistics, *batch)


def test_the_doctor_finds_what_the_diagnosis_of_the_last_batch_finds(ward):
    here = ward("vanishing")
    snapshot = trained(here.store.project, 3)
    here.show(snapshot)
    here.until_found("Vanishing gradient")
    (found,), (known,) = here.doctor.findings, expected(snapshot)
    assert (found.text, found.ratio, found.factors) == (known.text, known.ratio, known.factors)
    assert here.panel.data() == [("dense_1", known.text)]


def test_nothing_is_computed_while_nobody_can_see_it(ward, qtbot):
    here = ward("vanishing")
    here.seen = False
    here.show(trained(here.store.project, 0))
    qtbot.wait(150)
    assert here.doctor.findings == ()
    here.seen = True
    here.show(trained(here.store.project, 0))
    here.until_found("Vanishing gradient")


def test_a_finding_stays_until_two_diagnoses_in_a_row_do_not_contain_it(ward):
    here = ward("vanishing")
    snapshot = trained(here.store.project, 0)
    (found,) = expected(snapshot)
    take = here.doctor._take
    here.doctor._background.close()
    here.doctor._snapshot = here.doctor._examined = snapshot
    changes = []
    here.doctor.found.connect(lambda: changes.append(len(here.doctor.findings)))
    for findings, left in ((found,), 1), ((), 1), ((found,), 1), ((), 1), ((), 0):
        here.doctor._examined = snapshot
        take((snapshot, findings))
        assert len(here.doctor.findings) == left
    assert 0 not in changes[:-1]


def test_a_run_that_stands_still_is_examined_again_before_a_finding_is_taken_back(ward):
    here = ward("layer_by_layer")
    (found,) = expected(trained(engine.load("example:vanishing"), 0))
    here.doctor._kept = {found.title: dataclasses.replace(found, fix=None)}
    here.doctor.found.emit()
    assert len(here.panel.data()) == 1
    here.show(trained(here.store.project, 2))
    here.until_found()
    assert here.panel.data() == []


def test_another_chain_and_a_reset_take_back_what_was_found(ward):
    here = ward("vanishing")
    here.show(trained(here.store.project, 4))
    here.until_found("Vanishing gradient")
    rate = change(here.store.project, optimizer=change(here.store.project.optimizer, learning_rate=0.2))
    here.store.edit(rate, "rate")
    assert len(here.doctor.findings) == 1, "the learning rate is no part of it"
    here.seen = False
    here.doctor.draw(trained(here.store.project, 0))
    assert here.doctor.findings == ()
    here.seen = True
    here.doctor.draw(trained(here.store.project, 1))
    here.until_found("Vanishing gradient")
    here.store.edit(change(here.store.project, chain=here.store.project.chain[2:]), "shorter")
    assert here.doctor.findings == ()


def test_the_note_selects_its_blocks_lists_the_factors_and_mends_with_one_click(ward, shown):
    here = ward("vanishing")
    shown(here.panel, 260, 420)
    here.show(trained(here.store.project, 1))
    here.until_found("Vanishing gradient")
    (found,) = here.doctor.findings
    where, fix = here.buttons()
    assert where.text() == "Vanishing gradient"
    QTest.mouseClick(where, Qt.MouseButton.LeftButton)
    assert here.store.selection == found.blocks == ("dense_1", "dense_9")
    (bars,) = here.buttons(FactorBars)
    assert math.prod(factor.value for factor in bars._finding.factors) == pytest.approx(bars._finding.ratio)
    assert found.guilty.name == "Sigmoid slopes"
    before = here.store.project
    QTest.mouseClick(fix, Qt.MouseButton.LeftButton)
    assert isinstance(fix, FixButton)
    assert [block.kind for block in here.store.project.chain].count("tanh") == 8
    assert here.panel.data() == []
    here.store.undo_stack.undo()
    assert here.store.project == before


def test_a_note_that_says_other_numbers_stays_the_same_widget(ward, shown):
    here = ward("vanishing")
    shown(here.panel, 260, 420)
    here.show(trained(here.store.project, 1))
    here.until_found("Vanishing gradient")
    first, inside = here.panel.data(), here.panel._area.widget()
    here.show(trained(here.store.project, 60))
    here.qtbot.waitUntil(lambda: here.panel.data() != first)
    assert here.panel._area.widget() is inside
    words = " ".join(label.text() for label in here.panel.findChildren(QLabel))
    assert here.doctor.findings[0].lead in words


def test_units_that_are_off_are_spoken_of_once(ward):
    """The run knows of all samples, the diagnosis of one batch, and it has a fix."""
    here = ward("dead_relu")
    snapshot = trained(here.store.project, 240)
    assert [each.block for each in snapshot.health] == ["relu_1", "relu_2"]
    here.show(snapshot)
    here.until_found("No gradient")
    assert here.doctor.findings[0].blocking == ("relu_2",)
    assert [place for place, _ in here.panel.data()] == ["relu_1", "dense_2"]
    part = dataclasses.replace(here.doctor.findings[0], blocks=("relu_1",), ratio=0.2)
    sick = Sick("dead", "relu_1", 5, "relu_1: 6 of 8 units are dead.", "6 of 8 dead", "Try.", 6, 8)
    here.doctor._kept = {part.title: part}
    here.panel.draw(dataclasses.replace(snapshot, health=(sick,)))
    assert here.panel.data() == [("relu_1", sick.text)]
    assert here.panel._remarks()["relu_1", "dead"].fix is part.fix


def test_the_guilty_factor_and_the_product_are_painted_and_read(ward, shown):
    here = ward("vanishing")
    (found,) = expected(trained(here.store.project, 0))
    bars = shown(FactorBars(found), 240, 110)
    logarithms = [math.log(value) for value in (found.ratio, *(each.value for each in found.factors))]
    assert bars.reach() == pytest.approx((-min(logarithms), max(logarithms)))
    row = found.factors.index(found.guilty)
    point = QPoint(20, theme.px(17) * row + 6)
    QApplication.sendEvent(bars, QHelpEvent(QEvent.Type.ToolTip, point, bars.mapToGlobal(point)))
    assert numbers.full(found.guilty.value) in QToolTip.text()
    assert "sigmoid_3" in QToolTip.text()
    light = bars.grab().toImage()
    bars.show_finding(dataclasses.replace(found, ratio=found.ratio * 2))
    assert bars.grab().toImage() != light
    QToolTip.hideText()


def test_the_canvas_says_it_on_the_block(ward, shown):
    here = ward("vanishing")
    canvas = shown(Canvas(here.store))
    snapshot = trained(here.store.project, 1)
    canvas.draw(snapshot)
    before = canvas.grab().toImage()
    (found,) = expected(snapshot)
    canvas.show_diagnosis((found,))
    assert canvas.grab().toImage() != before
    assert found.text in canvas.chain.block("dense_1").hint()
    assert found.text not in canvas.chain.block("dense_2").hint()
    assert found.short == f"falls {numbers.short(found.ratio)}"


def test_the_block_that_lets_nothing_back_says_so_rather_than_what_was_known_before(ward, shown):
    here = ward("dead_relu")
    canvas, snapshot = shown(Canvas(here.store)), trained(here.store.project, 240)
    (found,) = expected(snapshot)
    canvas.draw(snapshot)
    shows, relu = canvas.chain.shown, here.store.project.block("relu_2")
    assert "dead" in shows.trouble(relu)[0]
    canvas.show_diagnosis((found,))
    assert shows.trouble(relu) == ("factor 0", found.text)
    assert shows.trouble(here.store.project.block("dense_2")) == ("gradient 0", found.text)
    assert shows.trouble(here.store.project.block("dense_3")) is None
