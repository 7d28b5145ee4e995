"""Editors: the value to the widget, and what a person does back to the value."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.kinds import Field, fields
from engine.project import DATA, INITIALIZERS, LAYERS, LOSSES, OPTIMIZERS, SCHEDULES, Training
from gui.editors import EDITORS, Choice, NumberBox, RowsEdit, Switch, TextEdit, editor_for

WHOLE = Field("units", "Units", "how many", "int", 4, 1, 16)
REAL = Field("rate", "Rate", "how fast", "float", 0.01, 0, None, exclusive_minimum=True)
SHARE = Field("share", "Share", "part of all", "float", 0.2, 0, 0.9)
MAYBE = Field("stop", "Stop", "when", "int", None, 1, None, optional=True)


@pytest.fixture
def given(shown):
    """An editor on screen and the values that come out of it."""

    def make(kind, field, value):
        editor = shown(kind(field), 160, 120)
        values = []
        editor.given.connect(lambda value, stepping: values.append((value, stepping)))
        editor.show_value(value)
        return editor, values

    return make


def type_in(editor, text):
    editor.setFocus()
    editor.selectAll()
    if text.isascii():
        QTest.keyClicks(editor, text)
    else:
        editor.lineEdit().setText(text)  # pasted: QTest types only ASCII
    QTest.keyClick(editor, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [(WHOLE, 12, "12"), (REAL, 0.001, "0.001"), (REAL, 1e-8, "1e-8"), (MAYBE, None, ""), (REAL, 2.0, "2")],
)
def test_a_number_is_shown(given, field, value, text):
    editor, values = given(NumberBox, field, value)
    assert editor.lineEdit().text() == text
    assert not values


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (WHOLE, "6", 6),
        (WHOLE, "6.0", 6),
        (WHOLE, "-3", -3),
        (WHOLE, "six", "six"),
        (WHOLE, "2.5", 2.5),
        (REAL, "3e-4", 3e-4),
        (REAL, "0,25", 0.25),
        (REAL, "−1", -1.0),
        (MAYBE, "100", 100),
    ],
)
def test_a_number_is_typed(given, field, text, value):
    """What is no number or not allowed comes out too: the form says what is wrong with it."""
    editor, values = given(NumberBox, field, 3)
    type_in(editor, text)
    assert values[-1] == (value, False)
    assert type(values[-1][0]) is type(value)


def test_nothing_means_none_only_where_that_is_allowed(given):
    for field, value in ((MAYBE, None), (WHOLE, "")):
        editor, values = given(NumberBox, field, 5)
        editor.setFocus()
        editor.selectAll()
        QTest.keyClick(editor, Qt.Key.Key_Delete)
        QTest.keyClick(editor, Qt.Key.Key_Return)
        assert values == [(value, False)]


@pytest.mark.parametrize(
    ("field", "value", "up", "down"),
    [
        (WHOLE, 4, 5, 3),
        (WHOLE, 16, 16, 15),
        (WHOLE, 1, 2, 1),
        (REAL, 0.01, 0.02, 0.005),
        (REAL, 0.03, 0.05, 0.02),
        (REAL, 1.0, 2.0, 0.5),
        (SHARE, 0.2, 0.245, 0.155),
        (SHARE, 0.9, 0.9, 0.855),
        (MAYBE, None, 2, 1),
    ],
)
def test_arrow_keys_step_inside_the_limits(given, field, value, up, down):
    for key, wanted in ((Qt.Key.Key_Up, up), (Qt.Key.Key_Down, down)):
        editor, values = given(NumberBox, field, value)
        editor.setFocus()
        QTest.keyClick(editor, key)
        assert [each for each, _ in values] == ([] if wanted == value else [pytest.approx(wanted)])
        assert all(stepping for _, stepping in values)


def test_the_wheel_steps_only_with_the_keyboard_in_the_editor(given):
    editor, values = given(NumberBox, WHOLE, 4)
    editor.clearFocus()
    for focused in (False, True):
        if focused:
            editor.setFocus()
        turn = QWheelEvent(
            QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(editor, turn)
    assert values == [(5, True)]


def test_escape_brings_the_number_back(given):
    editor, values = given(NumberBox, WHOLE, 4)
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "99")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert editor.lineEdit().text() == "4"
    assert values == [(4, False)]


def test_a_new_value_does_not_wipe_out_what_is_being_typed(given):
    editor, _ = given(NumberBox, WHOLE, 4)
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "1")
    editor.show_value(4)
    assert editor.lineEdit().text() == "1"
    editor.show_value(8)
    assert editor.lineEdit().text() == "8"


def test_switch(given):
    editor, values = given(Switch, Field("bias", "Bias", "with", "bool", True), True)
    assert editor.isChecked()
    QTest.mouseClick(editor, Qt.MouseButton.LeftButton, pos=QPoint(8, editor.height() // 2))
    assert values == [(False, False)]
    editor.show_value(True)
    assert editor.isChecked()
    assert len(values) == 1


def test_choice_of_words_and_of_kinds(given):
    words = Field("scaling", "Scaling", "how", "choice", "none", choices=("none", "min_max"))
    editor, values = given(Choice, words, "min_max")
    assert editor.currentText() == "min max"
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Up)
    assert values == [("none", False)]
    kinds = Field("start", "Start", "how", "kind", None, choices=INITIALIZERS)
    editor, values = given(Choice, kinds, INITIALIZERS[2]())
    assert editor.currentText() == INITIALIZERS[2].title
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Down)
    assert values == [(INITIALIZERS[3], False)]


def test_text(given):
    editor, values = given(TextEdit, Field("name", "Name", "unique", "text", ""), "dense_1")
    assert editor.text() == "dense_1"
    type_in(editor, "first")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert values == [("first", False)]


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        (((0.5, 1.0),), "1 2\n3, 4", ((1, 2), (3, 4))),
        ((0, 1, 1), "1\n2.5\n−3", (1, 2.5, -3)),
        (("no", "yes"), "yes\nno", ("yes", "no")),
        ((0.0, 1.0), "1 2\n3 4", ((1, 2), (3, 4))),
        (((1.0,), (2.0,)), "1\n2\n3", ((1,), (2,), (3,))),
    ],
)
def test_rows(given, before, text, after):
    editor, values = given(RowsEdit, Field("rows", "Rows", "numbers", "rows", ()), before)
    assert len(editor.toPlainText().splitlines()) == len(before)
    editor.setFocus()
    editor.setPlainText(text)
    QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert values == [(after, False)]


def test_every_field_of_every_kind_has_an_editor_that_explains_itself(qtbot):
    for struct in (*LAYERS, *LOSSES, *OPTIMIZERS, *SCHEDULES, *DATA, *INITIALIZERS, Training):
        for field in fields(struct):
            assert field.type in EDITORS
            editor = editor_for(field)
            qtbot.addWidget(editor)
            assert editor.accessibleName() == field.title
            assert editor.toolTip()
            if field.default is not None or field.optional:
                editor.show_value(field.default)
