"""The property panel: the right forms for the selection, edits in the store, refusals in words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

import engine
from engine.project import change, replace_block
from gui.breaks import Breaks
from gui.editors import Choice
from gui.project_store import DATA_END, LOSS_END, ProjectStore
from gui.property_panel import PropertyPanel


@pytest.fixture
def panel(store, shown, qtbot):
    panel = shown(PropertyPanel(store, Breaks(store)), 280, 700)
    wait(panel, qtbot)
    return panel


def wait(panel, qtbot):
    """Until every section has been made."""
    qtbot.waitUntil(lambda: not panel._waiting)


def headings(panel):
    found = panel.widget().findChildren(QLabel)
    return [label.text() for label in found if label.property("role") == "heading"]


def editor(panel, title, kind=QWidget):
    found = [each for each in panel.widget().findChildren(kind) if each.accessibleName() == title]
    assert found, title
    return found[0]


def said(panel, role):
    found = panel.widget().findChildren(QLabel)
    return [label.text() for label in found if label.property("role") == role and not label.isHidden()]


def type_in(field, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_what_is_selected_decides_what_is_shown(panel, store, qtbot):
    assert headings(panel) == ["Project", "Data", "Loss", "Optimizer", "Training"]
    for selection, wanted in (
        (("dense_1",), ["dense_1  ·  Dense", "Break it", "Optimizer", "Training"]),
        ((DATA_END,), ["Data"]),
        ((LOSS_END,), ["Loss", "Optimizer", "Training"]),
        (("dense_1", "tanh_1"), ["2 blocks", "Optimizer", "Training"]),
        ((), ["Project", "Data", "Loss", "Optimizer", "Training"]),
    ):
        store.select(*selection)
        wait(panel, qtbot)
        assert headings(panel) == wanted


def test_a_field_is_edited_and_follows_undo(panel, store, qtbot):
    store.select("dense_1")
    units = editor(panel, "Units", QAbstractSpinBox)
    type_in(units, "9")
    assert store.project.block("dense_1").units == 9
    assert store.undo_stack.undoText() == "dense_1: units"
    store.undo_stack.undo()
    assert units.lineEdit().text() == "4"
    assert "In (N, 2) · out (N, 4) · 12 parameters" in said(panel, "caption")


def test_stepping_is_one_undo_step(panel, store):
    store.select("dense_1")
    units = editor(panel, "Units", QAbstractSpinBox)
    units.setFocus()
    for _ in range(5):
        QTest.keyClick(units, Qt.Key.Key_Up)
    assert store.project.block("dense_1").units == 9
    assert store.undo_stack.count() == 1


@pytest.mark.parametrize("text", ["0", "-3", "99999", "many", "2.5", ""])
def test_a_refused_value_stays_to_be_mended_with_the_reason_below(panel, store, text):
    store.select("dense_1")
    before, units = store.project, editor(panel, "Units", QAbstractSpinBox)
    units.setFocus()
    units.selectAll()
    QTest.keyClick(units, Qt.Key.Key_Delete)
    QTest.keyClicks(units, text)
    QTest.keyClick(units, Qt.Key.Key_Return)
    assert store.project is before
    (reason,) = said(panel, "wrong")
    assert "units" in reason
    assert units.lineEdit().text() == text
    type_in(units, "5")
    assert store.project.block("dense_1").units == 5
    assert not said(panel, "wrong")


def test_a_kind_inside_shows_its_own_fields(panel, store, qtbot):
    store.select("dense_1")
    wait(panel, qtbot)
    start = editor(panel, "Weights start as", QComboBox)
    start.setFocus()
    start.setCurrentIndex([start.itemText(row) for row in range(start.count())].index("Normal"))
    start.activated.emit(start.currentIndex())
    assert store.project.block("dense_1").weight_init.kind == "normal"
    wait(panel, qtbot)
    width = next(
        each for each in panel.widget().findChildren(QAbstractSpinBox) if "deviation" in each.accessibleName().lower()
    )
    type_in(width, "0.25")
    assert store.project.block("dense_1").weight_init.std == 0.25
    store.undo_stack.undo()
    store.undo_stack.undo()
    wait(panel, qtbot)
    assert store.project.block("dense_1").weight_init.kind == "glorot_uniform"


def test_other_data_keep_how_they_are_split(panel, store, qtbot):
    store.edit(change(store.project, data=change(store.project.data, validation=0.3, seed=4)), "split")
    store.select(DATA_END)
    wait(panel, qtbot)
    kinds = editor(panel, "Data", Choice)
    row = [kinds.itemText(each) for each in range(kinds.count())].index("Circles")
    kinds.setCurrentIndex(row)
    kinds.activated.emit(row)
    assert (store.project.data.kind, store.project.data.validation, store.project.data.seed) == ("circles", 0.3, 4)


def test_inputs_and_targets_of_a_table_may_be_changed_one_after_the_other(panel, store, qtbot):
    table = {"kind": "table", "inputs": [[0, 1], [1, 0]], "targets": [0, 1]}
    store.edit(engine.load({"data": table}), "table")
    store.select(DATA_END)
    wait(panel, qtbot)
    inputs, targets = (editor(panel, title, QPlainTextEdit) for title in ("Inputs", "Targets"))
    enter = (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    inputs.setPlainText("0 1\n1 0\n1 1")
    QTest.keyClick(inputs, *enter)
    assert "3 rows of inputs but 2 targets" in said(panel, "wrong")[0]
    assert len(store.project.data.inputs) == 2
    targets.setPlainText("0\n1\n1")
    QTest.keyClick(targets, *enter)
    assert store.project.data.inputs == ((0, 1), (1, 0), (1, 1))
    assert store.project.data.targets == (0, 1, 1)
    assert not said(panel, "wrong")


def test_names(panel, store, qtbot):
    store.select("dense_1")
    name = editor(panel, "Name", QLineEdit)
    type_in(name, "first")
    assert [block.name for block in store.project.chain] == ["first", "tanh_1", "dense_2"]
    assert store.selection == ("first",)
    for taken in ("dense_2", "With Blanks", "<b>"):
        type_in(name, taken)
        assert store.project.chain[0].name == "first"
        assert said(panel, "wrong")


def test_the_project_is_renamed(panel, store):
    type_in(editor(panel, "Name", QLineEdit), "Lesson one")
    assert store.project.name == "Lesson one"
    type_in(editor(panel, "Name", QLineEdit), "x" * 121)
    assert store.project.name == "Lesson one"
    assert said(panel, "wrong")


def test_a_problem_is_said_with_its_fix(panel, store, qtbot):
    wide = replace_block(store.project, "dense_2", change(store.project.block("dense_2"), units=16))
    store.edit(wide, "wide")
    store.select(LOSS_END)
    wait(panel, qtbot)
    assert any("needs 1 output, gets 16" in text for text in said(panel, "warning"))
    (fix,) = (each for each in panel.widget().findChildren(QPushButton) if each.accessibleName().startswith("Fix"))
    assert fix.isVisible()
    QTest.mouseClick(fix, Qt.MouseButton.LeftButton)
    assert store.resolved.ok
    assert store.project.block("dense_2").units == 1
    assert not said(panel, "warning")


def test_text_from_a_file_is_never_markup(store, shown, qtbot):
    hostile = engine.load({"name": "<b>bold</b><img src=x>", "notes": "<h1>loud</h1>"})
    store = ProjectStore(hostile)
    panel = shown(PropertyPanel(store, Breaks(store)), 280, 700)
    wait(panel, qtbot)
    labels = [label for label in panel.widget().findChildren(QLabel) if "<" in label.text()]
    assert labels
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)
