"""The window as a whole: actions, bars, banner, files, layout, errors; without the training process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
    QWidgetAction,
)

import engine
from engine.project import change, insert, layer_kind
from engine.run.events import State
from engine.storage import EXAMPLES
from gui import actions, theme
from gui.app import create_window
from gui.error_handler import ErrorHandler
from gui.top_bar import PLACES, place_of, speed_at
from tests.engine.test_hostile_files import HOSTILE
from tests.gui.conftest import PLAIN, trained

PANELS = (
    "palette", "canvas", "propertyPanel", "lossPanel", "gradientPanel", "layerPanel", "predictionPanel", "problemPanel",
)  # fmt: skip


@pytest.fixture
def window(bare, qtbot):
    """With all its panels and the training process."""
    window = bare
    window._assembly.loader.start()
    qtbot.waitUntil(lambda: all(window.findChild(QWidget, name) for name in PANELS), timeout=15_000)
    qtbot.waitUntil(lambda: window.controller.state.name == "paused" and not window.properties._waiting, timeout=15_000)
    return window


def act(window, name):
    action = window.findChild(QAction, name)
    assert action.isEnabled(), name
    action.trigger()


def edited(window):
    window.store.edit(insert(window.project, 1, [layer_kind("relu")()]), "insert ReLU")


def answer(kind, press):
    """Presses a button of the next box of that kind, from inside its own loop."""

    def look():
        box = QApplication.activeModalWidget()
        if isinstance(box, kind):
            press(box)
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(20, look)


def press(button):
    return lambda box: QTest.mouseClick(box.button(button), Qt.MouseButton.LeftButton)


def test_contract_names_exist_once_and_are_real(window):
    for name in PANELS:
        assert len(window.findChildren(QWidget, name)) == 1, name
    for name in ("Run", "Step", "Reset", "Undo", "Redo", "Delete", "New", "Open", "Save", "SaveAs"):
        assert len(window.findChildren(QAction, f"action{name}")) == 1, name
    assert window.findChild(QAction, "actionRun").isCheckable()


def test_everything_that_can_be_used_says_what_it_is(window, qtbot):
    kinds = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit)
    for selection in ((), ("dense_1",), ("data:",), ("loss:",)):
        window.store.select(*selection)
        qtbot.waitUntil(lambda: not window.properties._waiting)
        for widget in window.findChildren(QWidget):
            inner = isinstance(widget.parent(), QAbstractSpinBox | QLineEdit) or widget.objectName().startswith("qt_")
            if isinstance(widget, kinds) and not isinstance(widget, QScrollBar) and not inner and widget.isVisible():
                assert widget.accessibleName(), f"{widget} of {widget.parent()}"
                assert widget.toolTip(), f"{widget.accessibleName()} of {widget.parent()}"


def test_actions_explain_themselves_and_share_no_keys():
    keys = [key for entry in actions.TABLE for key in entry.keys]
    assert len(set(keys)) == len(keys)
    assert all(QKeySequence(key).toString() for key in keys)
    for entry in actions.TABLE:
        assert entry.text
        assert entry.tip
        assert entry.menu in actions.MENUS


def test_every_action_stands_in_a_menu(bare):
    listed = {action.objectName() for menu in bare.findChildren(QMenu) for action in menu.actions()}
    assert {entry.name for entry in actions.TABLE} <= listed


def test_what_cannot_be_done_is_grey_and_run_says_why(window):
    assert not window.findChild(QAction, "actionUndo").isEnabled()
    assert not window.findChild(QAction, "actionDelete").isEnabled()
    window.store.select("dense_2")
    act(window, "actionDelete")
    run = window.findChild(QAction, "actionRun")
    assert not run.isEnabled()
    assert "needs 1 output, gets 4" in run.toolTip()
    undo = window.findChild(QAction, "actionUndo")
    assert undo.text() == "Undo delete dense_2"
    undo.trigger()
    assert run.isEnabled()
    act(window, "actionRedo")
    assert not run.isEnabled()


def test_the_examples_are_in_the_menu_and_open(window, qtbot):
    menu = window.findChild(QMenu, "menuExamples")
    menu.aboutToShow.emit()
    offered = [action for action in menu.actions() if action.isEnabled() and not action.isSeparator()]
    assert [action.text() for action in offered] == [engine.load(f"example:{name}").name for name in EXAMPLES]
    assert all(action.toolTip() for action in offered)
    headings = [action.defaultWidget().text() for action in menu.actions() if isinstance(action, QWidgetAction)]
    assert headings == ["From the lecture", "To train", "In trouble"]
    menu.aboutToShow.emit()
    assert len(menu.actions()) == len(EXAMPLES) + 2 * len(headings), "listed once"
    digits = next(action for action in offered if action.text() == "Digits")
    digits.trigger()
    assert window.project == engine.load("example:digits")
    assert window.files.path is None
    assert not window.isWindowModified()
    qtbot.waitUntil(lambda: window.controller.snapshot.project == window.project, timeout=10_000)


def test_the_first_start_shows_the_domino_chain_slowly(qtbot):
    window = create_window()
    assert window.project == engine.load("example:domino")
    assert window.controller.speed == 20
    window.close()
    window.deleteLater()


def test_title_and_mark_follow_the_project(bare):
    assert bare.windowTitle() == "Small[*] – Cascade"
    edited(bare)
    assert bare.isWindowModified()
    assert bare.top_bar._edited.isVisible()
    act(bare, "actionUndo")
    assert not bare.isWindowModified()
    assert not bare.top_bar._edited.isVisible()


def test_speeds_of_the_slider():
    assert speed_at(0) == 0.5
    assert speed_at(PLACES) is None
    assert place_of(None) == PLACES
    speeds = [speed_at(place) for place in range(PLACES)]
    assert speeds == sorted(speeds)
    assert all(abs(place_of(speed_at(place)) - place) <= 1 for place in range(PLACES + 1))
    assert place_of(1e-9) == 0
    assert place_of(1e9) == PLACES - 1


def test_the_slider_sets_the_speed(bare):
    bare.top_bar._speed.setValue(PLACES)
    assert bare.controller.speed is None
    bare.top_bar._speed.setValue(0)
    assert bare.controller.speed == 0.5
    assert bare.top_bar._speed_text.text() == "0.500 steps/s"


def test_the_seed_is_edited_and_drawn_anew(bare):
    seed = bare.top_bar._seed
    seed.setFocus()
    seed.selectAll()
    QTest.keyClicks(seed, "42")
    QTest.keyClick(seed, Qt.Key.Key_Return)
    assert bare.project.training.seed == 42
    seed.selectAll()
    QTest.keyClicks(seed, "many")
    QTest.keyClick(seed, Qt.Key.Key_Return)
    assert bare.project.training.seed == 42
    assert seed.lineEdit().text() == "42"
    assert "seed" in bare.status_line._notice._words
    act(bare, "actionNewSeed")
    assert bare.project.training.seed != 42
    assert seed.lineEdit().text() == str(bare.project.training.seed)


def test_the_status_line_says_the_numbers_of_the_run(bare):
    snapshot = trained(bare.project, 7)
    bare.status_line.show_state(State("running"))
    bare.status_line.draw(snapshot)
    said = bare.status_line._numbers._words
    assert said.startswith(f"step 7  ·  epoch {snapshot.epoch:.1f}  ·  loss {snapshot.loss:.3f}"[:38])
    assert f"validation accuracy {snapshot.metrics['validation_accuracy']:.3f}"[:24] in said
    assert said.endswith("steps/s")
    bare.status_line.show_state(State("paused"))
    assert bare.status_line._word.text() == "paused"


def test_run_and_pause_share_a_button(bare):
    bare._show_state(State("running"))
    assert bare.findChild(QAction, "actionRun").isChecked()
    assert bare.top_bar._buttons["actionRun"].text() == "Pause"
    bare._show_state(State("paused"))
    assert bare.top_bar._buttons["actionRun"].text() == "Run"


class TestFiles:
    def test_save_as_and_open_again(self, bare, tmp_path, qtbot):
        edited(bare)
        path = tmp_path / "lesson.json"

        with fake_dialog("getSaveFileName", str(path)):
            act(bare, "actionSaveAs")
        assert not bare.isWindowModified()
        assert engine.load(path) == bare.project
        edited(bare)
        act(bare, "actionSave")
        assert engine.load(path) == bare.project
        saved = bare.project
        act(bare, "actionNew")
        assert bare.project == engine.load({})
        with fake_dialog("getOpenFileName", str(path)):
            act(bare, "actionOpen")
        assert bare.project == saved
        assert bare.files.path == path

    def test_a_suffix_is_added(self, bare, tmp_path):
        with fake_dialog("getSaveFileName", str(tmp_path / "lesson")):
            act(bare, "actionSaveAs")
        assert engine.load(tmp_path / "lesson.cascade") == bare.project

    def test_a_file_that_cannot_be_written_leaves_the_project_dirty(self, bare, tmp_path):
        edited(bare)
        with fake_dialog("getSaveFileName", str(tmp_path / "missing" / "lesson.json")):
            act(bare, "actionSaveAs")
        assert bare.isWindowModified()
        assert "lesson.json" in bare.banner._text.text()
        assert bare.banner.isVisible()

    @pytest.mark.parametrize("name", ["a bomb", "a way out of the folder", "a pickle as weights", "a newer format"])
    def test_a_hostile_file_is_refused_above_the_canvas_and_changes_nothing(self, bare, tmp_path, name):
        path = tmp_path / "hostile.cascade"
        path.write_bytes(HOSTILE[name][0])
        before = bare.project
        assert not bare.open_path(path)
        assert bare.project is before
        assert bare.files.path is None
        assert HOSTILE[name][1] in bare.banner._text.text()

    def test_nothing_happens_when_the_dialog_is_cancelled(self, bare):
        before = bare.project
        with fake_dialog("getOpenFileName", ""), fake_dialog("getSaveFileName", ""):
            act(bare, "actionOpen")
            act(bare, "actionSaveAs")
        assert bare.project is before

    def test_unsaved_changes_are_asked_for(self, bare, tmp_path):
        path = tmp_path / "other.json"
        path.write_text(engine.load({"name": "Other"}).to_json())
        edited(bare)
        before = bare.project
        answer(QMessageBox, press(QMessageBox.StandardButton.Cancel))
        assert not bare.open_path(path)
        assert bare.project is before
        answer(QMessageBox, press(QMessageBox.StandardButton.Discard))
        assert bare.open_path(path)
        assert bare.project.name == "Other"

    def test_closing_with_unsaved_changes_can_be_called_off(self, bare):
        edited(bare)
        answer(QMessageBox, press(QMessageBox.StandardButton.Cancel))
        assert not bare.close()
        assert bare.isVisible()

    def test_the_name_of_the_project_is_not_markup_in_the_question(self, bare):
        bare.store.edit(change(bare.project, name="<b>x</b>"), "name")
        seen = []
        answer(QMessageBox, lambda box: (seen.append((box.text(), box.textFormat())), box.reject()))
        assert not bare.files.may_discard()
        assert seen == [("Save the changes of “<b>x</b>”?", Qt.TextFormat.PlainText)]


class fake_dialog:  # noqa: N801  reads as a statement
    """The system's dialog for files cannot be driven without a screen; what it returns can."""

    def __init__(self, name, path):
        self.name, self.path = name, path

    def __enter__(self):
        self.before = getattr(QFileDialog, self.name)
        setattr(QFileDialog, self.name, staticmethod(lambda *_: (self.path, "")))

    def __exit__(self, *_):
        setattr(QFileDialog, self.name, self.before)


def test_layout_is_remembered_and_can_be_reset(bare, qtbot):
    bare.cards["problems"].hide()
    bare.resize(1111, 654)
    bare.close()
    again = create_window(engine.load(PLAIN))
    again.show()
    assert again.cards["problems"].isHidden()
    assert again.height() == 654
    act(again, "actionResetLayout")
    assert not again.cards["problems"].isHidden()
    again.close()
    again.deleteLater()


def test_cards_can_be_moved(bare):
    for card in bare.cards.values():
        features = card.features()
        assert features & QDockWidget.DockWidgetFeature.DockWidgetMovable
        assert features & QDockWidget.DockWidgetFeature.DockWidgetClosable


def test_hidden_panels_are_not_drawn(window, qtbot):
    window.cards["loss"].hide()
    act(window, "actionStep")
    qtbot.waitUntil(lambda: window.panels["gradients"].snapshot.steps == 1)
    assert window.panels["loss"].snapshot.steps == 0
    window.cards["loss"].show()
    qtbot.waitUntil(lambda: window.panels["loss"].snapshot.steps == 1)


def test_text_scale_by_keys(bare):
    before = bare.top_bar._name.font().pixelSize()
    act(bare, "actionTextLarger")
    assert theme.scale() == 1.1
    assert bare.top_bar._name.font().pixelSize() > before
    act(bare, "actionTextReset")
    assert theme.scale() == 1.0


def test_light_and_dark_by_action(bare):
    act(bare, "actionTheme")
    assert theme.current().dark
    act(bare, "actionTheme")
    assert not theme.current().dark


def test_keys_and_about_open_beside_the_window(bare):
    for name in ("actionKeys", "actionAbout"):
        act(bare, name)
    shown = [dialog for dialog in bare.dialogs.made.values() if dialog.isVisible()]
    assert len(shown) == 2
    assert not any(dialog.isModal() for dialog in shown)
    words = " ".join(label.text() for label in bare.dialogs.made["keys"].findChildren(QLabel))
    assert "Ctrl+R" in words


def test_export_says_that_it_has_to_wait(bare):
    act(bare, "actionExport")
    assert "still being loaded" in bare.status_line._notice._words
    assert "export" not in bare.dialogs.made


def test_an_error_nobody_caught_is_shown_with_its_details(bare, capsys):
    handler = ErrorHandler(bare)
    before = bare.project
    try:
        raise RuntimeError("the <b>unexpected</b>")
    except RuntimeError:
        sys.excepthook(*sys.exc_info())
    handler.restore()
    QApplication.processEvents()
    assert bare.banner.isVisible()
    assert "RuntimeError: the <b>unexpected</b>" in bare.banner._text.text()
    assert bare.banner._text.textFormat() == Qt.TextFormat.PlainText
    bare.banner._offer.click()
    assert "Traceback" in QGuiApplication.clipboard().text()
    assert bare.project is before
    assert "RuntimeError" in capsys.readouterr().err


def test_a_palette_double_click_appends(bare):
    point = bare.palette.list.viewport().mapFromGlobal(bare.palette.kind_point("relu"))
    QTest.mouseClick(bare.palette.list.viewport(), Qt.MouseButton.LeftButton, pos=point)
    QTest.mouseDClick(bare.palette.list.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert [block.kind for block in bare.project.chain][-1] == "relu"


def test_enter_on_a_block_goes_to_its_settings(bare, qtbot):
    bare.activateWindow()
    bare.store.select("dense_1")
    QTest.keyClick(bare.canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QAbstractSpinBox))
    assert QApplication.focusWidget().accessibleName() == "Units"


@pytest.mark.parametrize("speed", ["fast", -1, 0, True, None, [1], 1e9])
def test_any_speed_in_a_file_can_be_lived_with(bare, tmp_path: Path, speed):
    bare.store.replace(engine.load({**PLAIN, "view": {"speed": speed}}))
    bare._opened()
    assert bare.controller.speed is None or bare.controller.speed > 0


def test_the_program_is_shown_with_the_selected_block_marked(bare):
    act(bare, "actionProgram")
    program = bare.dialogs.made["program"]
    text = program._text.toPlainText()
    assert "# dense_1: forward" in text
    calls = [line for line in text.splitlines() if "out=" in line or "copyto" in line]
    assert f"One step is {len(calls)} numpy calls" in program._about.text()
    bare.store.select("tanh_1")
    marked = {selection.cursor.block().text() for selection in program._text.extraSelections()}
    assert "# tanh_1: forward" in marked
    assert any("np.tanh(" in line for line in marked)
    assert not any("dense_2" in line for line in marked)
    bare.store.select("dense_2")
    act(bare, "actionDelete")
    assert "needs 1 output" in program._about.text()
    assert program._text.toPlainText() == ""


def test_the_program_of_two_threads_is_that_of_one_half(bare):
    bare.store.replace(engine.load({**PLAIN, "training": {"batch_size": 20, "threads": 2}}))
    act(bare, "actionProgram")
    program = bare.dialogs.made["program"]
    assert "Each of two threads makes" in program._about.text()
    assert "# One step on a batch of 10." in program._text.toPlainText()


def inside(part, whole):
    """Whether a widget is seen as a whole within another one."""
    place = part.rect().translated(part.mapTo(whole, part.rect().topLeft()))
    return part.isVisible() and whole.rect().contains(place)


@pytest.mark.parametrize(("scale", "width", "height"), [(1.5, 1280, 800), (1.5, 1440, 900), (1.0, 1024, 640)])
def test_the_chain_rule_keeps_its_sentences_at_every_text_scale(window, qtbot, scale, width, height):
    """The text scale is changed in the open window; in every mode nothing is pushed out of panel or screen."""
    panel = window.panels["chain_rule"]
    window.resize(width, height)
    theme.set_scale(scale)
    qtbot.waitUntil(lambda: window.laboratory.answer is not None, timeout=10_000)
    qtbot.wait(50)
    said = panel._sentences
    assert said._adjust.height() >= 2 * said._adjust.fontMetrics().lineSpacing()
    for part in (panel.row, said, said._product, said._result, said._adjust, panel._checks):
        assert inside(part, panel)
    assert said._product.height() >= said._product.fontMetrics().lineSpacing()
    for mode in panel.modes:
        panel.enter(mode)
        qtbot.wait(50)
        assert (window.width(), window.height()) == (width, height)
        assert window.minimumSizeHint().width() <= (1024 if scale == 1.0 else 1280)
        assert inside(mode, panel)
        assert mode.height() >= mode.minimumSizeHint().height() > theme.px(30)
    nudge, *_ = panel.modes
    panel.enter(nudge)
    qtbot.wait(50)
    for part in (nudge.slider, nudge._epsilon, nudge._said):
        assert inside(part, nudge)
    assert nudge._said.height() >= 2 * nudge._said.fontMetrics().lineSpacing()
    panel.enter(None)


def test_back_at_the_first_text_scale_heights_are_the_first_again(window, qtbot):
    window.resize(1280, 900)
    qtbot.wait(50)
    shelf = window.shelf.height()
    theme.set_scale(1.5)
    qtbot.waitUntil(lambda: window.shelf.height() >= 1.3 * shelf)
    theme.set_scale(1.0)
    qtbot.waitUntil(lambda: abs(window.shelf.height() - shelf) <= 2)
