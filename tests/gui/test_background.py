"""What is computed beside the window: one thing at a time, the newest, with a pause between; errors are sentences."""

from __future__ import annotations

import threading
import time

import pytest

from engine.project import ProjectError
from gui.background import REST, Background

PAUSE = 0.15


class Desk:
    """Hands out what has been asked for last, once."""

    def __init__(self):
        self.newest = None
        self.begun = []

    def next(self):
        work, self.newest = self.newest, None
        return work


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def background(desk, qapp):
    made = Background("test", desk.next, PAUSE, qapp)
    yield made
    made.close()
    made.setParent(None)


def test_answers_come_in_the_windows_thread_from_another_one(background, desk, qtbot):
    desk.newest = threading.current_thread
    taken = []
    background.answered.connect(lambda thread: taken.append((thread, threading.current_thread())))
    background.look()
    qtbot.waitUntil(lambda: bool(taken))
    ((worked, told),) = taken
    assert worked is not told is threading.main_thread()


def test_while_one_thing_is_computed_only_the_newest_waits(background, desk, qtbot):
    go, answers = threading.Event(), []
    background.answered.connect(answers.append)
    desk.newest = lambda: go.wait(5) and "first"
    background.look()
    for name in ("second", "third"):
        desk.newest = lambda name=name: name
        background.look()
    go.set()
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert answers == ["first", "third"]


def test_there_is_a_pause_unless_somebody_waits(background, desk, qtbot):
    answers = []
    background.answered.connect(lambda name: answers.append((name, time.monotonic())))
    for name, look in (("first", background.look), ("second", background.look), ("third", background.hurry)):
        desk.newest = lambda name=name: name
        look()
        qtbot.waitUntil(lambda name=name: bool(answers) and answers[-1][0] == name)
    (_, first), (_, second), (_, third) = answers
    assert second - first >= 0.9 * PAUSE
    assert third - second < 0.9 * PAUSE


def test_a_refusal_is_a_sentence_and_not_the_end(background, desk, qtbot):
    def refuse():
        raise ProjectError("This cannot be.")

    desk.newest = refuse
    with qtbot.waitSignal(background.refused) as told:
        background.look()
    assert told.args == ["This cannot be."]
    desk.newest = lambda: "well"
    with qtbot.waitSignal(background.answered) as told:
        background.look()
    assert told.args == ["well"]


def test_nothing_follows_after_the_end(background, desk, qtbot):
    started, answers = threading.Event(), []
    background.answered.connect(answers.append)
    desk.newest = started.set
    background.look()
    assert started.wait(5)
    background.close()
    desk.newest = lambda: "late"
    background.look()
    qtbot.wait(round(2000 * PAUSE))
    assert answers == []


def test_what_takes_long_is_asked_for_less_often(background, desk, qtbot):
    """The window has the rest of the time for itself: here two parts of three."""
    answers = []
    background.answered.connect(lambda _: answers.append(time.monotonic()))
    background._pause = 0.0
    for count in (1, 2):
        desk.newest = lambda: time.sleep(0.1)
        background.look()
        qtbot.waitUntil(lambda count=count: len(answers) == count)
    assert answers[1] - answers[0] >= 0.9 * (1 + REST) * 0.1
