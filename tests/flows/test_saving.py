"""Saving what has been trained, and finding it again as it was left."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

import engine
from engine.project import insert, layer_kind, remove
from engine.storage import read_saved
from engine.trainer import Trainer

MOONS = {
    "name": "Moons",
    "data": {"kind": "moons", "samples": 200},
    "chain": [
        {"kind": "dense", "name": "dense_1", "units": 8},
        {"kind": "batch_norm"},
        {"kind": "tanh", "name": "tanh_1"},
        {"kind": "dropout", "rate": 0.1},
        {"kind": "dense", "name": "dense_2", "units": 1},
    ],
    "training": {"batch_size": 16, "seed": 3},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "moons.cascade"


def act(window, name):
    window.findChild(QAction, name).trigger()


def train(window, qtbot, steps):
    """Runs beyond so many steps, without a pause."""
    act(window, "actionRun")
    qtbot.waitUntil(lambda: window.controller.snapshot.steps > steps, timeout=15_000)


def headless(steps):
    trainer = Trainer(engine.load(MOONS))
    trainer.run(steps)
    return trainer


def shown(window, name):
    return window.findChild(QWidget, name).data()


def test_what_is_saved_while_it_trains_is_found_again_as_it_was(open_window, qtbot, path):
    window = open_window(MOONS)
    train(window, qtbot, 300)
    window.files.path = path
    assert window.files.save()
    assert window.controller.state.name == "running"  # saving has not stopped it
    saved = read_saved(path)
    whole = headless(saved.checkpoint.steps)
    assert np.array_equal(saved.checkpoint.parameters, whole.network.parameters)

    other = open_window()
    assert other.files.read(path)
    qtbot.waitUntil(lambda: other.controller.snapshot.steps == saved.checkpoint.steps, timeout=15_000)
    assert other.controller.state.name == "paused"
    assert np.array_equal(other.controller.snapshot.parameters, whole.network.parameters)
    qtbot.waitUntil(lambda: len(shown(other, "lossPanel")[0]) == whole.history.columns)
    steps, losses = shown(other, "lossPanel")
    assert np.array_equal(losses, whole.history.loss)
    assert np.array_equal(steps, whole.history.steps)
    sizes, names, _ = shown(other, "gradientPanel")
    assert np.allclose(sizes, np.sqrt(whole.history.mean_square.T), equal_nan=True)
    assert tuple(names) == whole.history.layers
    assert "not trained yet" not in other.findChild(QWidget, "predictionPanel")._readout.text()

    act(other, "actionStep")
    qtbot.waitUntil(lambda: other.controller.snapshot.steps == saved.checkpoint.steps + 1)
    whole.run(1)
    assert np.array_equal(other.controller.snapshot.parameters, whole.network.parameters)
    assert np.array_equal(other.controller.snapshot.gradients, whole.network.gradients)


def test_it_is_there_before_the_run_has_been_loaded_too(qtbot, path, open_window):
    """A file that the command line names is opened before numpy is there, edited even, and saved at once."""
    from engine.storage import write_saved
    from gui.app import create_window

    write_saved(path, headless(50).saved())
    window = create_window()
    assert window.open_path(path)
    window.files.path = path.with_name("copy.cascade")
    assert window.files.save()
    assert path.with_name("copy.cascade").read_bytes() == path.read_bytes()
    window.show()
    qtbot.waitUntil(lambda: window.controller.snapshot is not None, timeout=20_000)
    assert window.controller.snapshot.steps == 50
    window.close()
    window.deleteLater()


def test_after_an_edit_the_weights_of_before_are_saved_with_the_new_chain(open_window, qtbot, path):
    window = open_window(MOONS)
    train(window, qtbot, 100)
    act(window, "actionRun")
    window.store.edit(remove(window.project, ["dropout_1"]), "remove")
    window.files.path = path
    assert window.files.save()
    saved = read_saved(path)
    assert saved.project == window.project
    assert saved.checkpoint.steps > 100
    assert not window.isWindowModified()


def test_weights_outlive_a_chain_that_is_saved_while_it_is_broken(open_window, qtbot, path):
    window = open_window(MOONS)
    train(window, qtbot, 100)
    window.store.edit(remove(window.project, ["dense_2"]), "remove")
    qtbot.waitUntil(lambda: window.controller.state.name == "paused")
    window.files.path = path
    said = []
    window.files.said.connect(said.append)
    assert window.files.save()
    assert said == ["Saved as moons.cascade, with the weights that the chain had while it could be trained."]
    saved = read_saved(path)
    assert saved.project == window.project
    assert saved.trained == engine.load(MOONS)

    other = open_window()
    assert other.files.read(path)
    steps = saved.checkpoint.steps
    qtbot.waitUntil(lambda: other.controller.snapshot.steps == steps, timeout=15_000)
    assert not other.controller.can_run
    other.files.path = path.with_name("again.cascade")
    assert other.files.save()
    assert path.with_name("again.cascade").read_bytes() == path.read_bytes()
    mended = insert(other.project, 4, [layer_kind("dense")(units=1, name="last")])
    other.store.edit(mended, "insert")
    qtbot.waitUntil(lambda: other.controller.snapshot.project == mended, timeout=15_000)
    assert other.controller.snapshot.steps == steps
    kept = other.controller.snapshot.tensors("dense_1", "weight")["weight"]
    assert np.array_equal(kept, headless(steps).network.state_dict()["dense_1.weight"])


def test_a_chain_that_never_could_be_trained_is_saved_alone(open_window, path):
    window = open_window()
    broken = engine.load({"chain": [{"kind": "dense", "units": 7}]})
    window.store.replace(broken)
    window.files.path = path
    said = []
    window.files.said.connect(said.append)
    assert window.files.save()
    assert said == ["Saved as moons.cascade, without weights: there are none yet."]
    assert read_saved(path).project == broken
    assert read_saved(path).checkpoint is None


def test_a_process_that_was_lost_leaves_the_numbers_it_showed_last(open_window, qtbot, path):
    import os
    import signal

    window = open_window(MOONS)
    train(window, qtbot, 100)
    os.kill(window.controller._session.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: window.controller.state.name == "failed", timeout=15_000)
    last = window.controller.snapshot
    window.files.path = path
    assert window.files.save()
    assert np.array_equal(read_saved(path).checkpoint.parameters, last.parameters)


def test_training_beyond_the_file_is_a_change_that_is_asked_about(open_window, qtbot, path):
    window = open_window(MOONS)
    act(window, "actionStep")
    qtbot.waitUntil(lambda: window.controller.snapshot.steps == 1)
    assert not window.isWindowModified(), "nothing was ever saved: an example that was only tried"
    window.files.path = path
    assert window.files.save()
    qtbot.wait(100)
    assert not window.isWindowModified()
    act(window, "actionStep")
    qtbot.waitUntil(window.isWindowModified)
    assert window.files.save()
    qtbot.waitUntil(lambda: not window.isWindowModified())
    assert read_saved(path).checkpoint.steps == 2
