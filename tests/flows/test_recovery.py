"""What has been learned survives a crash as well: the real window with the real training process."""

from __future__ import annotations

import os
import signal
from multiprocessing import active_children

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

import engine
from engine.journal import RUN, Journal, Origin, left_behind
from engine.project import change, replace_block
from engine.storage import Saved, read_saved, write_saved
from gui.app import create_window
from gui.keeper import Precautions
from gui.settings import state_folder
from tests.flows.conftest import complete
from tests.gui.conftest import PLAIN
from tests.gui.test_window import fake_dialog

PROJECT = engine.load({**PLAIN, "name": "Trained", "training": {"batch_size": 16, "seed": 5, "dtype": "float64"}})


@pytest.fixture
def begin(qtbot):
    """Windows that keep what they do at short intervals, complete."""
    opened = []

    def begin_one(project=PROJECT, recover=""):
        window = create_window(project, Precautions(edits=0.02, training=0.2))
        opened.append(window)
        if recover:
            window.recovery.recover(recover)
        window.show()
        qtbot.waitUntil(lambda: complete(window), timeout=20_000)
        window.controller.set_speed(None)
        return window

    yield begin_one
    for window in opened:
        window.setWindowModified(False)
        window.close()
        window.deleteLater()


def root():
    return state_folder() / "windows"


def trained(project, steps):
    trainer = engine.Trainer(project)
    trainer.run(steps)
    return trainer.saved()


@pytest.fixture
def crash(qapp):
    """What a window leaves that trained a project and was killed; edits may have come after the last training kept."""

    def leave(run, project=None):
        journal = Journal.begin(root())
        journal.write(project or run.project, Origin(), run=run)
        journal.release()
        return journal.folder

    return leave


def act(window, name):
    window.findChild(QAction, name).trigger()


def kept():
    """The run that is kept, where there is one."""
    found = sorted(root().glob(f"window-*/{RUN}"))
    return read_saved(found[0]) if found else None


def restore(window, qtbot):
    qtbot.waitUntil(window.recovery.card.isVisible, timeout=10_000)
    (button,) = [each for each in window.recovery.card.findChildren(QPushButton) if each.text() == "Restore"]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_training_is_kept_while_it_goes_on_and_the_last_of_it_too(begin, qtbot):
    window = begin()
    act(window, "actionRun")
    qtbot.waitUntil(lambda: kept() is not None, timeout=10_000)
    first = kept().checkpoint.steps
    assert first > 0
    qtbot.waitUntil(lambda: kept().checkpoint.steps > first, timeout=10_000)
    act(window, "actionRun")
    qtbot.waitUntil(lambda: window.controller.state.name == "paused")
    qtbot.waitUntil(lambda: kept().checkpoint.steps == window.controller.snapshot.steps, timeout=10_000)
    expected = trained(PROJECT, kept().checkpoint.steps)
    assert np.array_equal(kept().checkpoint.parameters, expected.checkpoint.parameters)
    assert not window.isWindowModified(), "training alone asks no question"


def test_what_was_never_trained_or_is_saved_is_not_kept(begin, qtbot, tmp_path):
    window = begin()
    qtbot.wait(500)
    assert list(root().glob("window-*")) == []
    act(window, "actionStep")
    qtbot.waitUntil(lambda: kept() is not None, timeout=10_000)
    with fake_dialog("getSaveFileName", str(tmp_path / "trained.cascade")):
        act(window, "actionSave")
    assert read_saved(tmp_path / "trained.cascade").checkpoint.steps == 1
    qtbot.waitUntil(lambda: list(root().glob("window-*")) == [], timeout=10_000)
    qtbot.wait(500)
    assert list(root().glob("window-*")) == [], "the file has it"
    act(window, "actionStep")
    qtbot.waitUntil(lambda: kept() is not None and kept().checkpoint.steps == 2, timeout=10_000)


def test_a_reset_throws_it_away_here_too(begin, qtbot):
    window = begin()
    act(window, "actionStep")
    qtbot.waitUntil(lambda: kept() is not None, timeout=10_000)
    act(window, "actionReset")
    qtbot.waitUntil(lambda: list(root().glob("window-*")) == [], timeout=10_000)


def test_a_restored_run_goes_on_bit_for_bit(begin, crash, qtbot):
    folder = crash(trained(PROJECT, 40))
    window = begin()
    restore(window, qtbot)
    qtbot.waitUntil(lambda: window.controller.snapshot.steps == 40, timeout=10_000)
    assert window.project == PROJECT
    assert window.isWindowModified()
    steps, _ = window.panels["loss"].data()
    assert len(steps) == 40
    act(window, "actionStep")
    qtbot.waitUntil(lambda: window.controller.snapshot.steps == 41)
    assert np.array_equal(window.controller.snapshot.parameters, trained(PROJECT, 41).checkpoint.parameters)
    qtbot.waitUntil(lambda: kept().checkpoint.steps == 41, timeout=10_000)
    assert sorted(root().glob("window-*")) == [folder]


def test_edits_that_came_after_the_last_training_keep_what_still_fits(begin, crash, qtbot):
    run = trained(PROJECT, 40)
    wider = replace_block(PROJECT, "dense_1", change(PROJECT.block("dense_1"), units=7))
    crash(run, wider)
    window = begin()
    restore(window, qtbot)
    qtbot.waitUntil(lambda: window.controller.snapshot.project == wider, timeout=10_000)
    assert window.project == wider
    assert window.controller.snapshot.steps == 40
    act(window, "actionUndo")
    qtbot.waitUntil(lambda: window.controller.snapshot.project == PROJECT, timeout=10_000)
    assert np.array_equal(window.controller.snapshot.parameters, run.checkpoint.parameters), "and undo brings it back"
    assert window.isWindowModified()


def test_a_damaged_run_leaves_the_project(begin, crash, qtbot):
    folder = crash(trained(PROJECT, 40))
    data = (folder / RUN).read_bytes()
    (folder / RUN).write_bytes(data[: len(data) // 2])
    window = begin()
    restore(window, qtbot)
    assert window.project == PROJECT
    assert window.banner._text.text().startswith("Restored without what it had learned. run.cascade: ")
    act(window, "actionStep")
    qtbot.waitUntil(lambda: kept_or_none() == 1, timeout=10_000)


def kept_or_none():
    try:
        return kept().checkpoint.steps
    except engine.ProjectError:  # the damaged one
        return None


def test_the_offer_says_how_far_it_was_trained(begin, crash, qtbot):
    crash(trained(PROJECT, 1234))
    window = begin()
    qtbot.waitUntil(window.recovery.card.isVisible, timeout=10_000)
    words = [label.accessibleName() for label in window.recovery.card.findChildren(QLabel)]
    assert any(each.endswith("never saved  ·  step 1,234") for each in words)


def test_a_copy_holds_what_was_learned(begin, crash, qtbot, tmp_path):
    run = trained(PROJECT, 40)
    crash(run)
    window = begin()
    qtbot.waitUntil(window.recovery.card.isVisible, timeout=10_000)
    (button,) = [each for each in window.recovery.card.findChildren(QPushButton) if each.text() == "Save a copy…"]
    with fake_dialog("getSaveFileName", str(tmp_path / "copy.cascade")):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    copy = read_saved(tmp_path / "copy.cascade")
    assert copy.checkpoint.steps == 40
    assert np.array_equal(copy.checkpoint.parameters, run.checkpoint.parameters)
    assert window.controller.snapshot.steps == 0


def test_theirs_brings_its_training_along_and_mine_comes_back(begin, qtbot, tmp_path):
    path = tmp_path / "lesson.cascade"
    write_saved(path, Saved(PROJECT))
    window = begin()
    assert window.open_path(path)
    mine = change(PROJECT, name="Mine")
    window.store.edit(mine, "name")
    theirs = trained(PROJECT, 25)
    write_saved(path, theirs)
    act(window, "actionSave")
    QTest.mouseClick(window.banner._offers[1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.controller.snapshot.steps == 25, timeout=10_000)
    assert np.array_equal(window.controller.snapshot.parameters, theirs.checkpoint.parameters)
    assert not window.isWindowModified()
    act(window, "actionUndo")
    assert window.project == mine


def test_saving_while_the_journal_asks_gets_its_own_answer(begin, qtbot, tmp_path):
    """Both ask the run how it stands; an edit comes between the two questions."""
    window = begin()
    told = []
    window.controller.run_told.connect(told.append)
    wider = replace_block(PROJECT, "dense_1", change(PROJECT.block("dense_1"), units=7))
    window.controller.ask_run()
    window.store.edit(wider, "wider")
    with fake_dialog("getSaveFileName", str(tmp_path / "wider.cascade")):
        act(window, "actionSave")
    saved = read_saved(tmp_path / "wider.cascade")
    assert saved.project == wider
    assert saved.checkpoint.parameters.size == engine.Network(wider).parameters.size
    qtbot.waitUntil(lambda: len(told) >= 1)
    assert told[0].project == PROJECT
    assert told[0].checkpoint.parameters.size == engine.Network(PROJECT).parameters.size


def test_an_answer_that_comes_after_another_project_is_none(begin, qtbot):
    window = begin()
    told = []
    window.controller.run_told.connect(told.append)
    window.controller.ask_run()
    window.files.open_example("xor")
    qtbot.waitUntil(lambda: window.controller.snapshot.project == window.project, timeout=10_000)
    qtbot.wait(300)
    assert told == []
    assert left_behind(root()) == ([], [])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_asking_wakes_no_training_process_that_was_lost(begin, qtbot):
    window = begin()
    act(window, "actionStep")
    qtbot.waitUntil(lambda: kept() is not None, timeout=10_000)
    act(window, "actionRun")
    qtbot.waitUntil(lambda: window.controller.snapshot.steps > 5, timeout=10_000)
    (worker,) = active_children()
    os.kill(worker.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: window.controller.state.name == "failed", timeout=10_000)
    qtbot.wait(600)
    assert window.controller.state.name == "failed"
    assert active_children() == []
    assert kept().checkpoint.steps >= 1


def test_a_window_may_begin_with_it_before_there_is_a_training_process(begin, crash):
    """As one that is started for it does."""
    run, edited = trained(PROJECT, 40), change(PROJECT, name="Edited")
    folder = crash(run, edited)
    window = begin(None, recover=folder.name)
    assert window.project == edited
    assert window.controller.snapshot.steps == 40
    assert np.array_equal(window.controller.snapshot.parameters, run.checkpoint.parameters)
