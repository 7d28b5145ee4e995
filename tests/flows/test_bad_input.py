"""What may go wrong in front of a class: the training process is killed, numbers overflow, a file is broken."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import active_children

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel

import engine
from engine.project import layer_kind, replace_block
from tests.gui.conftest import SICK, SICK_TEXT

MALFORMED = {
    "not JSON": "{",
    "unknown kind": '{"chain": [{"kind": "transformer"}]}',
    "unknown field": '{"colour": "red"}',
    "out of range": '{"chain": [{"kind": "dense", "units": -3}]}',
    "a key twice": '{"name": "one", "name": "two"}',
    "not finite": '{"optimizer": {"kind": "adam", "learning_rate": NaN}}',
    "bytes": "\udcff\udcfe",
    "deep": "[" * 100_000,
}


def shown_text(window):
    """All that stands in visible labels of the window."""
    return " ".join(label.text() for label in window.findChildren(QLabel) if label.isVisible())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_worker_gives_a_banner_and_run_works_again(open_window, qtbot):
    window = open_window()
    project = window.project
    run = window.findChild(QAction, "actionRun")
    run.trigger()
    qtbot.waitUntil(lambda: window.controller.snapshot.steps > 5, timeout=10_000)
    (worker,) = active_children()
    os.kill(worker.pid, signal.SIGKILL)
    killed = time.monotonic()
    qtbot.waitUntil(lambda: window.controller.state.name == "failed", timeout=5_000)
    qtbot.waitUntil(lambda: "training process" in shown_text(window).lower(), timeout=5_000)
    assert time.monotonic() - killed < 2.0
    assert window.project == project
    assert run.isEnabled()
    assert not run.isChecked()
    run.trigger()
    qtbot.waitUntil(lambda: window.controller.state.name == "running", timeout=10_000)
    before = window.controller.snapshot.steps
    qtbot.waitUntil(lambda: window.controller.snapshot.steps > before, timeout=10_000)


def test_a_loss_that_overflows_pauses_and_names_block_and_step(open_window, qtbot):
    plain = {
        "data": {"kind": "sine"},
        "chain": [{"kind": "dense", "units": 8}, {"kind": "dense", "units": 1}],
        "loss": {"kind": "mean_squared_error"},
        "optimizer": {"kind": "sgd", "learning_rate": 100.0},
    }
    window = open_window(plain)
    faults = []
    window.controller.fault.connect(faults.append)
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: bool(faults), timeout=10_000)
    (fault,) = faults
    assert fault.block in {"dense_1", "dense_2", "loss"}
    assert fault.step >= 1
    qtbot.waitUntil(lambda: window.controller.state.name != "running", timeout=5_000)
    qtbot.waitUntil(lambda: fault.block in shown_text(window) and str(fault.step) in shown_text(window), timeout=5_000)
    assert not window.findChild(QAction, "actionRun").isChecked()
    assert np.isfinite(window.controller.snapshot.parameters).all()
    assert window.project == engine.load(plain)


def test_sick_units_show_on_their_block_and_among_the_problems_until_an_edit_heals_them(open_window, qtbot):
    window = open_window(SICK)
    step = window.findChild(QAction, "actionStep")
    for _ in range(3):
        step.trigger()
    panel = window.panels["problems"]
    qtbot.waitUntil(lambda: panel.data() == [("relu_1", SICK_TEXT)], timeout=10_000)
    qtbot.waitUntil(lambda: SICK_TEXT in shown_text(window), timeout=5_000)
    assert SICK_TEXT in window.canvas.chain.block("relu_1").hint()
    leaky = layer_kind("leaky_relu")(name="relu_1")
    window.store.edit(replace_block(window.project, "relu_1", leaky), "leaky")
    qtbot.waitUntil(lambda: window.controller.snapshot.project == window.project, timeout=10_000)
    assert panel.data() == []
    assert window.controller.snapshot.health == ()
    window.store.undo_stack.undo()
    qtbot.waitUntil(lambda: panel.data() != [], timeout=10_000)


@pytest.fixture(params=MALFORMED.values(), ids=MALFORMED.keys())
def malformed(request, tmp_path):
    path = tmp_path / "broken.json"
    path.write_bytes(request.param.encode(errors="surrogateescape"))
    return path


@pytest.fixture(scope="module")
def one_window():
    """One window for all files: the project it shows must outlive every one of them."""


def test_a_malformed_file_leaves_the_project_untouched(open_window, malformed, qtbot):
    window = open_window()
    project, undo = window.project, window.store.undo_stack.count()
    window.open_path(malformed)
    assert window.project is project
    assert window.store.undo_stack.count() == undo
    qtbot.waitUntil(lambda: "broken.json" in shown_text(window), timeout=2_000)


def test_a_dropped_file_is_opened_and_a_broken_one_is_not(open_window, tmp_path, qtbot):
    window = open_window()
    project = window.project
    broken, good = tmp_path / "broken.json", tmp_path / "good.json"
    broken.write_text('{"chain": [{"kind": "dense", "units": 0}]}')
    good.write_text(engine.load({"name": "Dropped"}).to_json())
    drop(window, broken)
    qtbot.waitUntil(lambda: "units" in shown_text(window), timeout=2_000)
    assert window.project is project
    drop(window, good)
    qtbot.waitUntil(lambda: window.project.name == "Dropped", timeout=2_000)


def drop(window, path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    common = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    middle = window.rect().center()
    QApplication.sendEvent(window, QDragEnterEvent(middle, *common))
    QApplication.sendEvent(window, QDropEvent(QPointF(middle), *common))


def test_an_empty_project_shows_nothing_of_the_run_before(open_window, qtbot):
    window = open_window()
    window.findChild(QAction, "actionStep").trigger()
    heatmap = window.panels["gradients"]
    qtbot.waitUntil(lambda: len(heatmap.data()[1]) > 0, timeout=10_000)
    window.setWindowModified(False)
    window.findChild(QAction, "actionNew").trigger()
    qtbot.wait(300)
    assert window.controller.snapshot is None
    assert len(heatmap.data()[1]) == len(window.panels["loss"].data()[0]) == 0
    window.files.open_example("xor")
    qtbot.waitUntil(lambda: window.controller.snapshot is not None, timeout=10_000)
    assert window.controller.snapshot.project == window.project
    window.findChild(QAction, "actionStep").trigger()
    qtbot.waitUntil(lambda: window.controller.snapshot.steps == 1, timeout=10_000)
    assert len(heatmap.data()[1]) > 0
