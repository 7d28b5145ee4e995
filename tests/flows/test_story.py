"""The main job from end to end: build a chain by dragging, train it, change it while it trains, take it all back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

import engine
from engine.trainer import Trainer

STORY = {
    "name": "Story",
    "data": {"kind": "moons", "samples": 200, "noise": 0.1},
    "chain": [
        {"kind": "dense", "name": "dense_1", "units": 8},
        {"kind": "dense", "name": "dense_2", "units": 1},
    ],
    "loss": {"kind": "binary_cross_entropy"},
    "optimizer": {"kind": "adam", "learning_rate": 0.01},
    "training": {"batch_size": 16, "seed": 3},
}


class Story:
    """The window with short names for what the story looks at and does."""

    def __init__(self, window, hands, qtbot):
        self.window, self.hands, self.qtbot = window, hands, qtbot
        self.controller = window.controller

    def names(self):
        return [block.name for block in self.window.project.chain]

    def panel(self, name):
        return self.window.findChild(QWidget, name)

    def act(self, name):
        action = self.window.findChild(QAction, name)
        assert action.isEnabled(), name
        action.trigger()

    def until(self, condition, timeout=15_000):
        self.qtbot.waitUntil(condition, timeout=timeout)

    def set_field(self, block, title, value):
        """Selects a block with a click and types into the editor of one of its fields."""
        canvas = self.window.canvas
        self.hands.click(canvas.viewport(), canvas.block_point(block))
        self.until(lambda: self.window.store.selection == (block,))
        editor = self.editor(title)
        editor.setFocus()
        editor.selectAll()
        QTest.keyClicks(editor, str(value))
        QTest.keyClick(editor, Qt.Key.Key_Return)

    def editor(self, title):
        found = self.panel("propertyPanel").findChildren(QAbstractSpinBox)
        (editor,) = (each for each in found if each.accessibleName() == title and each.isVisible())
        return editor

    def tensors(self, block):
        return self.controller.snapshot.tensors(block, "weight")

    def shows(self, names):
        """Whether the worker has taken over a chain of these blocks."""
        return [block.name for block in self.controller.snapshot.project.chain] == names


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


@pytest.fixture
def story(open_window, hands, qtbot):
    return Story(open_window(STORY), hands, qtbot)


def test_the_whole_story(story):
    build(story)
    train(story)
    edit_while_it_trains(story)
    take_everything_back(story)
    story.window.close()
    assert not story.window.isVisible()


def build(story):
    """Two blocks from the palette, one of them reordered, one of them narrowed."""
    story.hands.drag_in(story.window, "tanh", 1)
    story.until(lambda: story.names() == ["dense_1", "tanh_1", "dense_2"])
    story.hands.drag_in(story.window, "dense", 1)
    story.until(lambda: story.names() == ["dense_1", "dense_3", "tanh_1", "dense_2"])
    story.hands.move(story.window, "tanh_1", 1)
    story.until(lambda: story.names() == ["dense_1", "tanh_1", "dense_3", "dense_2"])
    story.set_field("dense_3", "Units", 6)
    story.until(lambda: story.window.project.block("dense_3").units == 6)
    story.until(lambda: story.controller.snapshot.project == story.window.project)


def train(story):
    """At least 200 steps; what the panels draw is what a run without a window computes."""
    story.controller.set_speed(1500)  # slow enough for every step to keep a column of its own
    story.act("actionRun")
    loss, gradients = story.panel("lossPanel"), story.panel("gradientPanel")
    story.until(lambda: gradients.data()[0].shape[1] > 20)
    seen = gradients.data()[0].shape[1]
    story.until(lambda: story.controller.snapshot.steps >= 200 and gradients.data()[0].shape[1] > seen)
    story.act("actionRun")
    story.until(lambda: story.controller.state.name == "paused")
    snapshot = story.controller.snapshot
    story.until(lambda: len(loss.data()[0]) == snapshot.steps)

    trainer = Trainer(story.window.project)
    trainer.run(snapshot.steps)
    assert np.array_equal(snapshot.parameters, trainer.network.parameters)
    steps, losses = loss.data()
    assert np.array_equal(steps, np.arange(1, trainer.steps + 1))
    assert np.allclose(losses, trainer.history.loss, rtol=1e-6)
    assert losses[-20:].mean() < 0.8 * losses[:20].mean()
    rows, layers, columns = gradients.data()
    assert tuple(layers) == trainer.history.layers == ("dense_1", "dense_3", "dense_2")
    assert np.array_equal(columns, steps)
    assert np.allclose(rows, np.sqrt(trainer.history.mean_square).T, rtol=1e-6)


def edit_while_it_trains(story):
    """A removal leaves the other blocks' weights alone, and undo brings the removed block's back."""
    story.controller.set_speed(0.5)  # a step in two seconds: time to look between two of them
    done = story.controller.snapshot.steps
    story.act("actionRun")
    story.until(lambda: story.controller.snapshot.steps > done)
    before = {name: story.tensors(name) for name in ("dense_1", "dense_2", "dense_3")}
    done = story.controller.snapshot.steps
    story.window.store.select("dense_3")
    story.act("actionDelete")
    story.until(lambda: story.shows(["dense_1", "tanh_1", "dense_2"]))
    assert story.controller.state.name == "running"
    removed, at_removal = story.tensors("dense_1"), story.controller.snapshot.steps
    story.act("actionUndo")
    story.until(lambda: story.shows(["dense_1", "tanh_1", "dense_3", "dense_2"]))
    after, at_undo = {name: story.tensors(name) for name in before}, story.controller.snapshot.steps
    assert at_removal == at_undo == done, "a step came in between; the comparison below would be of no value"
    assert same(removed, before["dense_1"])
    for name, tensors in before.items():
        assert same(after[name], tensors), name
    story.controller.set_speed(None)
    story.until(lambda: story.controller.snapshot.steps > done + 20)
    assert not same(story.tensors("dense_3"), before["dense_3"])


def take_everything_back(story):
    undo = story.window.findChild(QAction, "actionUndo")
    while undo.isEnabled():
        undo.trigger()
    assert story.window.project == engine.load(STORY)
    assert not story.window.isWindowModified()
    story.until(lambda: story.controller.snapshot.project == story.window.project)


def test_reset_gives_the_same_run_again(story):
    """Bit for bit, whatever was trained before."""
    story.act("actionRun")
    story.until(lambda: story.controller.snapshot.steps > 30)
    story.act("actionReset")
    story.until(lambda: story.controller.snapshot.steps == 0)
    for count in (1, 2, 3):
        story.act("actionStep")
        story.until(lambda count=count: story.controller.snapshot.steps == count)
    trainer = Trainer(story.window.project)
    trainer.run(3)
    assert np.array_equal(story.controller.snapshot.parameters, trainer.network.parameters)
