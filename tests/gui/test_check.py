"""The gradient check and the breaks in the window: real clicks, badges as the blocks wear them, one click to mend."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton, QRadioButton, QToolButton

import engine
from engine.project import change, replace_block
from engine.run.check import check_snapshot
from engine.run.session import InlineSession
from gui import check_words, pictures, theme
from gui.app import create_window
from gui.badges import all_badges
from gui.breaks import Breaks
from gui.chain_rule.question import Question
from gui.checker import Checked, Checker
from gui.panels import check_picture
from gui.panels.layer import LayerPanel
from gui.project_store import ProjectStore
from tests.gui.conftest import PLAIN, trained

LEFT = Qt.MouseButton.LeftButton
DEEP = {
    **PLAIN,
    "chain": [
        {"kind": "dense", "name": "dense_1", "units": 4},
        {"kind": "tanh", "name": "tanh_1"},
        {"kind": "dense", "name": "dense_2", "units": 4},
        {"kind": "tanh", "name": "tanh_2"},
        {"kind": "dense", "name": "dense_3", "units": 1},
    ],
}


@pytest.fixture
def window(qtbot):
    """The whole window with its own training process."""
    window = create_window(engine.load(DEEP))
    window.resize(1400, 860)
    window.show()
    qtbot.waitUntil(
        lambda: (
            "data" in window.panels  # the last one
            and window.controller.snapshot is not None
            and not window.laboratory._background._busy
        ),
        timeout=20_000,
    )
    yield window
    window.setWindowModified(False)
    window.close()
    window.deleteLater()


def click_check(window, qtbot):
    """Clicks on a button that the action is put on; menus cannot pop up without a screen."""
    button = QToolButton(window)
    button.setDefaultAction(window.actions_by_name["actionCheck"])
    button.show()
    QTest.mouseClick(button, LEFT)
    button.deleteLater()


def checked(window, qtbot):
    click_check(window, qtbot)
    qtbot.waitUntil(lambda: window.workshop.checker.result is not None, timeout=20_000)


def badges(window):
    """What every block wears, as sign and text."""
    items = window.canvas.chain._blocks
    return {name: [(b.sign, b.text) for b in item.badges] for name, item in items.items() if item.badges}


def notice(window):
    return window.status_line._notice.accessibleName()


def test_the_action_is_in_the_menu_with_a_key(window):
    action = window.actions_by_name["actionCheck"]
    menu = next(each for each in window.findChildren(QMenu) if each.title() == "Run")
    assert action in menu.actions()
    assert action.shortcut().toString() == "F8"
    assert action.objectName() == "actionCheck"


def step(window, qtbot, to):
    window.actions_by_name["actionStep"].trigger()
    qtbot.waitUntil(lambda: window.controller.snapshot.steps == to, timeout=10_000)


def choose(window, qtbot, block, name):
    """Clicks on a choice in the section of a selected block."""
    window.store.select(block)
    button = f"break_{name}"
    qtbot.waitUntil(lambda: window.properties.findChild(QRadioButton, button) is not None)
    found = window.properties.findChild(QRadioButton, button)
    window.properties.ensureWidgetVisible(found)
    QTest.mouseClick(found, LEFT, pos=QPoint(8, found.height() // 2))
    assert found.isChecked()


def test_a_whole_chain_is_ticked_on_every_block_and_said_in_a_sentence(window, qtbot):
    step(window, qtbot, 1)
    checked(window, qtbot)
    worn = badges(window)
    assert list(worn) == ["dense_1", "dense_2", "dense_3"]
    assert all(each[0][0] == "✓" and "e−" in each[0][1] for each in worn.values())
    size = window.store.resolved.parameter_count
    assert notice(window).startswith(f"All {size} derivatives agree with central differences (worst ")
    assert "✓ equal to central differences" in window.canvas.chain.block("dense_2").hint()
    assert not any(each.name == "checking" for each in threading.enumerate())


def test_a_broken_block_turns_the_check_red_where_the_gradient_is_wrong(window, qtbot):
    choose(window, qtbot, "tanh_2", "slope")
    qtbot.waitUntil(lambda: window.controller.snapshot.breaks == {"tanh_2": "slope"})
    assert badges(window) == {"tanh_2": [("!", "broken on purpose")]}
    checked(window, qtbot)
    worn = badges(window)
    assert {name: each[0][0] for name, each in worn.items()} == {
        "dense_1": "✗", "dense_2": "✗", "tanh_2": "!", "dense_3": "✓",
    }  # fmt: skip
    assert notice(window).startswith("✗ The first wrong one, seen from the error, is dense_2:")
    assert "dense_3 is still right: the fault lies between them" in window.canvas.chain.block("dense_2").hint()
    assert "dense_2 comes first, seen from the error" in window.canvas.chain.block("dense_1").hint()


def test_a_click_on_a_badge_shows_the_errors_in_the_layer_panel(window, qtbot):
    checked(window, qtbot)
    badge = window.canvas.chain.block("dense_2").badges[0]
    window.canvas.block_point("dense_2")  # scrolls it into view
    at = window.canvas.chain.block("dense_2").mapToScene(badge.rect.center())
    QTest.mouseClick(window.canvas.viewport(), LEFT, pos=window.canvas.mapFromScene(at))
    assert window.store.selection == ("dense_2",)
    panel = window.panels["layer"]
    assert panel._value == "check"
    assert panel._buttons["check"].isChecked()
    tensor = next(each for each in window.workshop.checker.result.check.tensors if each.key == "dense_2.weight")
    assert np.array_equal(panel.data()["weight"], tensor.error)


def test_badges_are_outdated_when_training_has_gone_on_and_gone_when_the_chain_is_edited(window, qtbot):
    checked(window, qtbot)
    step(window, qtbot, 1)
    step(window, qtbot, 2)
    qtbot.waitUntil(lambda: {each[0][1] for each in badges(window).values()} == {"outdated"})
    assert "Outdated: this was at step 0" in window.canvas.chain.block("dense_1").hint()
    block = window.project.block("dense_1")
    window.store.edit(replace_block(window.project, "dense_1", change(block, units=6)), "wider")
    assert badges(window) == {}
    assert window.workshop.checker.result is None


def test_a_break_is_in_the_problem_list_and_one_click_mends_it(window, qtbot):
    before = window.project.to_json()
    choose(window, qtbot, "dense_2", "transpose")
    panel = window.panels["problems"]
    qtbot.waitUntil(lambda: len(panel.data()) == 1)
    assert panel.data()[0][1].startswith(
        "dense_2: broken on purpose. Going back, W stands in the place of its transpose"
    )
    assert window.project.to_json() == before
    assert not window.store.dirty
    assert not window.store.undo_stack.canUndo()
    button = next(each for each in panel.findChildren(QPushButton) if each.text() == "Mend it")
    QTest.mouseClick(button, LEFT)
    assert panel.data() == []
    assert badges(window) == {}
    assert window.properties.findChild(QRadioButton, "break_whole").isChecked()
    qtbot.waitUntil(lambda: window.controller.snapshot.breaks == {})


def test_the_chain_rule_says_that_backpropagation_is_broken(window, qtbot):
    window.laboratory.ask(Question("dense_1.weight", (0, 0)))
    qtbot.waitUntil(lambda: window.laboratory.answer is not None, timeout=10_000)
    checks = window.panels["chain_rule"]._checks
    assert "✓ equals backpropagation" in checks.text()
    choose(window, qtbot, "dense_2", "transpose")
    qtbot.waitUntil(lambda: "✗ backpropagation of dense_2 is broken on purpose" in checks.text(), timeout=10_000)
    assert "✓ equals the nudge" in checks.text()
    window.laboratory.ask(Question("dense_3.weight", (0, 0)))
    qtbot.waitUntil(lambda: "✓ equals backpropagation" in checks.text(), timeout=10_000)


def test_closing_and_editing_stop_a_check(qtbot):
    """A thread that is left behind would be found after the test, too."""
    store = ProjectStore(engine.load("example:convolution"))
    checker = Checker(store)
    said: list[str] = []
    checker.said.connect(said.append)
    snapshot = trained(store.project, 1)
    for stop in (checker.cancel, lambda: store.edit(change(store.project, chain=store.project.chain[:-1]), "shorter")):
        checker.toggle(snapshot)
        assert checker.busy
        qtbot.waitUntil(lambda: any("of" in each and "derivatives" in each for each in said), timeout=10_000)
        stop()
        assert not checker.busy
        assert not any(each.name == "checking" for each in threading.enumerate())
        qtbot.wait(50)
        assert checker.result is None
        said.clear()
    checker.toggle(snapshot)
    assert not checker.busy, "the snapshot is of another chain"


@pytest.fixture
def panel(shown):
    def make(project, breaks=None, entries=500):
        session = InlineSession()
        session.start(project)
        session.break_blocks(breaks or {})
        session.step(3)
        snapshot = session.snapshot()
        session.close()
        panel = shown(LayerPanel(), 380, 280)
        panel.show_project(project, ("dense_1",))
        panel.draw(snapshot)
        panel.show_value("check")
        result = Checked(check_snapshot(snapshot, entries), snapshot)
        panel.show_check(result)
        return panel, result

    return make


def test_hovering_reads_both_numbers_with_all_their_digits(panel):
    made, result = panel(engine.load(DEEP))
    tensor = result.check.tensors[0]
    words = made.words_at(QPointF(1.5, 2.5))
    assert words.startswith("dense_1.weight[2, 1]  backpropagation ")
    for value in (tensor.gradient[2, 1], tensor.difference[2, 1], tensor.error[2, 1]):
        assert check_words.numbers.full(float(value)) in words
    assert made.words_at(QPointF(3.5, 2.5)).startswith("dense_1.bias[2]  backpropagation ")
    assert "worst" in made._readout.text()


def test_what_was_not_drawn_is_said_and_hatched(panel):
    made, result = panel(engine.load(DEEP), entries=3)
    tensor = result.check.tensors[0]
    row, column = map(int, np.argwhere(np.isnan(tensor.error))[0])
    assert "not checked" in made.words_at(QPointF(column + 0.5, row + 0.5))
    found = check_picture.codes(tensor)
    assert (found == check_picture.NOT_CHECKED).sum() == tensor.error.size - 3
    assert check_words.summary(result).startswith(f"All {result.check.checked} derivatives that were drawn out of ")


def test_errors_are_painted_on_a_log_scale_and_kinks_in_the_colour_of_warnings(panel):
    table, colours = pictures.magnitude_table(), theme.current()
    codes = np.array([[1.0, 1.5, 2.0, check_picture.KINK, check_picture.NOT_CHECKED, np.nan]])
    image = check_picture.paint(codes, colours)
    size = image.shape[1] // codes.shape[1]
    cells = [set(map(int, image[:, size * k : size * (k + 1)].ravel())) for k in range(codes.shape[1])]
    assert cells[0] == {int(table[0])}
    assert cells[1] == {int(table[128])}
    assert cells[2] == {int(table[255])}
    assert cells[3] == {colours.warning.rgb(), colours.panel.rgb()}
    assert cells[4] == {colours.line.rgb(), colours.panel.rgb()}
    assert cells[5] == {0}


KINKED = {
    "data": {"kind": "table", "inputs": [[1.0], [1.0]], "targets": [1.0, 2.0], "task": "regression", "validation": 0},
    "chain": [
        {"kind": "dense", "name": "dense_1", "units": 1, "bias": False,
         "weight_init": {"kind": "values", "values": [[0.0]]}},
        {"kind": "relu", "name": "relu_1"},
        {"kind": "dense", "name": "dense_2", "units": 1, "bias": False},
    ],
    "loss": {"kind": "mean_squared_error"},
}  # fmt: skip


def test_a_kink_is_a_question_mark_and_explained_in_words(qapp):
    store = ProjectStore(engine.load(KINKED))
    snapshot = trained(store.project, 0)
    result = Checked(check_snapshot(snapshot, 500), snapshot)
    worn = all_badges(result, Breaks(store))
    assert (worn["dense_1"][0].sign, worn["dense_1"][0].text) == ("?", "kink")
    assert "at a kink, where there is no single derivative" in worn["dense_1"][0].hint
    assert "There is a kink here" in check_words.about_entry(result.check.tensors[0], (0, 0))
    assert check_words.summary(result).endswith("At a kink, not compared: 1.")


class TestBreaks:
    def test_go_with_their_block_and_with_the_project(self, qtbot):
        store = ProjectStore(engine.load(DEEP))
        breaks = Breaks(store)
        breaks.choose("tanh_1", "slope")
        breaks.choose("dense_2", "transpose")
        assert breaks.chosen == {"tanh_1": "slope", "dense_2": "transpose"}
        plain = json.loads(store.project.to_json())
        plain["chain"][0]["units"] = 5  # dense_2 is not square any more
        store.edit(engine.load(plain), "wider")
        assert breaks.chosen == {"tanh_1": "slope"}
        store.undo_stack.undo()
        assert breaks.chosen == {"tanh_1": "slope"}, "undo does not break anything"
        with qtbot.waitSignal(breaks.changed):
            store.replace(engine.load(PLAIN))
        assert breaks.chosen == {}

    def test_stay_while_the_chain_cannot_work(self, qapp):
        store = ProjectStore(engine.load(DEEP))
        breaks = Breaks(store)
        breaks.choose("tanh_2", "slope")
        plain = json.loads(store.project.to_json())
        plain["chain"].insert(0, {"kind": "conv2d", "name": "conv2d_1"})
        store.edit(engine.load(plain), "no image")
        assert not store.resolved.ok
        assert breaks.chosen == {"tanh_2": "slope"}
        store.undo_stack.undo()
        assert breaks.chosen == {"tanh_2": "slope"}
