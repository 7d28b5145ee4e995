"""The notes beside the canvas: read as steps, edited and undone, shown with an example, put away without one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

import engine
from engine.project import change
from engine.storage import EXAMPLES
from gui import project_store, theme
from gui.app import create_window
from gui.notes import Notes
from tests.gui.conftest import PLAIN


@pytest.fixture
def notes(store, shown):
    return shown(Notes(store), 236, 400)


@pytest.fixture
def window(qtbot):
    made = create_window(engine.load(PLAIN))
    made._assembly.unpainted.stop()
    made.canvas.painted.disconnect()
    made.resize(1280, 800)
    made.show()
    yield made
    made.setWindowModified(False)
    made.close()
    made.deleteLater()


def write(store, text):
    store.edit(change(store.project, notes=text), "notes")


def press(button):
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_first_line_says_what_it_is_about_and_the_others_are_steps(notes, store):
    write(store, "About.\n\n  Click this.  \nSee that.\n")
    assert notes.steps() == ["About.", "Click this.", "See that."]
    numbers = [label.text() for label in notes._area.findChildren(QLabel) if label.property("role") == "group"]
    assert numbers == ["1", "2"]
    body = next(label for label in notes._area.findChildren(QLabel) if label.text() == "See that.")
    assert body.font().pixelSize() == 13


def test_text_is_never_markup(notes, store):
    write(store, "<h1>loud</h1>\n<img src=x>")
    labels = notes._area.findChildren(QLabel)
    assert "<img src=x>" in [label.text() for label in labels]
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)


def test_what_is_typed_is_the_projects_and_a_burst_is_one_edit(notes, store, monkeypatch):
    press(notes.edit_button)
    QTest.keyClicks(notes.editor, "About this")
    assert store.project.notes == "About this"
    assert store.undo_stack.count() == 1
    monkeypatch.setattr(project_store, "MERGE_WITHIN", -1.0)
    QTest.keyClicks(notes.editor, ".")
    assert store.undo_stack.count() == 2
    store.undo_stack.undo()
    assert store.project.notes == notes.editor.toPlainText() == "About this"
    press(notes.edit_button)
    assert notes.steps() == ["About this"]
    store.undo_stack.undo()
    assert notes.steps() == [""]
    assert not store.dirty


def test_the_place_of_the_cursor_is_kept_while_typing_in_the_middle(notes, store):
    write(store, "one three")
    press(notes.edit_button)
    cursor = notes.editor.textCursor()
    cursor.setPosition(4)
    notes.editor.setTextCursor(cursor)
    QTest.keyClicks(notes.editor, "two ")
    assert store.project.notes == "one two three"


def test_another_project_is_read_and_not_written(notes, store):
    press(notes.edit_button)
    store.replace(engine.load({**PLAIN, "notes": "Other.\nStep."}))
    assert notes._area.isVisible()
    assert notes.steps() == ["Other.", "Step."]


def test_links_lead_through_the_examples(notes, qtbot):
    notes.offer_neighbours(EXAMPLES[0])
    assert not notes.before.isVisible()
    with qtbot.waitSignal(notes.example_wanted) as told:
        press(notes.after)
    assert told.args == [EXAMPLES[1]]
    assert engine.load(f"example:{EXAMPLES[1]}").name in notes.after.toolTip()
    notes.offer_neighbours(EXAMPLES[-1])
    assert not notes.after.isVisible()
    notes.offer_neighbours("")
    assert not notes.before.isVisible()


class TestInTheWindow:
    def shown(self, window):
        return not window.cards["notes"].isHidden() and not window.cards["notes"].visibleRegion().isEmpty()

    def test_they_open_with_an_example_and_go_with_a_project_without(self, window, qtbot):
        assert window.cards["notes"].isHidden()
        window.files.open_example("three_layers")
        qtbot.waitUntil(lambda: self.shown(window))
        assert window.notes.steps()[0].startswith("How the error answers")
        assert window.cards["palette"].visibleRegion().isEmpty(), "the notes stand before the palette"
        qtbot.waitUntil(lambda: window.cards["notes"].width() >= 230)
        window.findChild(QAction, "actionNew").trigger()
        qtbot.waitUntil(lambda: not window.cards["palette"].visibleRegion().isEmpty())
        assert window.cards["notes"].isHidden()

    def test_they_cost_the_canvas_little_and_cover_nothing(self, window, qtbot):
        window.workspace.size_sides()  # as when all panels are there
        qtbot.wait(50)
        before = window.canvas.width()
        window.files.open_example("three_layers")
        qtbot.waitUntil(lambda: self.shown(window) and window.canvas.width() < before)
        assert before - window.canvas.width() < 90
        card = window.cards["notes"]
        right = card.mapTo(window, card.rect().topRight()).x()
        assert right < window.canvas.mapTo(window, window.canvas.rect().topLeft()).x()

    def test_closed_and_shown_again(self, window, qtbot):
        window.files.open_example("xor")
        qtbot.waitUntil(lambda: self.shown(window))
        press(window.notes.close_button)
        assert window.cards["notes"].isHidden()
        window.cards["notes"].toggleViewAction().trigger()
        qtbot.waitUntil(lambda: self.shown(window))
        window.reset_layout()
        assert window.cards["notes"].isHidden()
        window.properties.notes_wanted.emit()
        qtbot.waitUntil(lambda: self.shown(window))

    def test_next_and_previous_open_the_examples(self, window, qtbot):
        window.files.open_example("three_dominoes")
        qtbot.waitUntil(lambda: self.shown(window))
        press(window.notes.after)
        assert window.project == engine.load("example:three_layers")
        press(window.notes.before)
        assert window.project == engine.load("example:three_dominoes")
        assert not window.notes.before.isVisible()

    @pytest.mark.parametrize("scale", [1.0, 1.5])
    def test_they_never_widen_the_window(self, window, qtbot, scale):
        theme.set_scale(scale)
        for name in EXAMPLES:
            window.files.open_example(name)
        qtbot.waitUntil(lambda: self.shown(window))
        qtbot.wait(50)
        assert window.cards["notes"].width() < 260 * scale
        assert window.width() == 1280
