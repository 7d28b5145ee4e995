"""When the laboratory asks: at most four times a second, only while somebody looks, and never after it was closed."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest

from gui.chain_rule.answer import Answerer
from gui.chain_rule.question import Question
from tests.gui.lab import dense, of

NET = [dense("dense_1", 3), of("tanh", "tanh_1"), dense("dense_2", 1)]
PACE = 0.25


@pytest.fixture
def computed(monkeypatch):
    """When answers were computed."""
    times: list[float] = []
    original = Answerer.answer

    def answer(self, inquiry):
        times.append(time.monotonic())
        return original(self, inquiry)

    monkeypatch.setattr(Answerer, "answer", answer)
    return times


@pytest.fixture
def held(monkeypatch):
    """Answers take until they are let go."""
    begun, go = threading.Event(), threading.Event()
    original = Answerer.answer

    def answer(self, inquiry):
        begun.set()
        assert go.wait(10)
        return original(self, inquiry)

    def hold():
        monkeypatch.setattr(Answerer, "answer", answer)
        return begun, go

    yield hold
    go.set()


def test_answers_come_at_the_pace_that_is_set_while_a_run_goes_on(lab, monkeypatch, computed, qtbot):
    bench = lab(NET)
    monkeypatch.setattr(bench.laboratory._background, "_pause", PACE)
    bench.controller.run()
    computed.clear()
    qtbot.wait(1100)
    bench.controller.pause()
    assert 2 <= len(computed) <= 5
    assert all(later - earlier >= PACE * 0.9 for earlier, later in pairwise(computed))
    bench.settle()  # and the last state of the run is answered for too


def test_another_question_does_not_wait(lab, monkeypatch, computed):
    bench = lab(NET).train()
    monkeypatch.setattr(bench.laboratory._background, "_pause", 60.0)
    bench.ask("dense_2.weight", (0, 1))
    assert bench.answer.question.name == "dense_2.weight[0, 1]"


def test_nothing_is_computed_while_nobody_looks(lab, computed, qtbot):
    bench = lab(NET)
    bench.panel.hide()
    computed.clear()
    bench.controller.step()
    bench.controller._tick()
    bench.laboratory.ask(Question("dense_2.weight", (0, 1)))
    qtbot.wait(60)
    assert computed == []
    bench.panel.show()
    bench.settle()
    assert bench.answer.question.name == "dense_2.weight[0, 1]"


def test_the_same_is_not_computed_twice(lab, computed, qtbot):
    bench = lab(NET)
    computed.clear()
    bench.panel.draw(bench.snapshot)
    bench.panel.hide()
    bench.panel.show()
    qtbot.wait(60)
    assert computed == []


def test_an_answer_that_came_while_nobody_looked_is_asked_for_again(lab, held, qtbot):
    bench = lab(NET)
    begun, go = held()
    bench.laboratory.ask(Question("dense_2.weight", (0, 1)))
    assert begun.wait(5)
    bench.panel.hide()
    go.set()
    qtbot.waitUntil(lambda: not bench.laboratory._background._busy)
    assert bench.laboratory.answer is None
    bench.panel.show()
    bench.settle()


def test_of_questions_that_follow_quickly_only_the_last_is_answered(lab, held, qtbot):
    bench = lab(NET)
    answered = []
    bench.laboratory.answered.connect(lambda answer: answered.append(answer.question.name))
    begun, go = held()
    for index in ((0, 0), (0, 1), (0, 2)):
        bench.laboratory.ask(Question("dense_2.weight", index))
    assert begun.wait(5)
    go.set()
    bench.settle()
    assert answered == ["dense_2.weight[0, 2]"]


def test_closing_while_an_answer_is_computed_leaves_no_thread(lab, held, qtbot):
    bench = lab(NET)
    begun, go = held()
    bench.laboratory.ask(Question("dense_2.weight", (0, 1)))
    assert begun.wait(5)
    threading.Timer(0.05, go.set).start()
    bench.finish()
    assert not [each for each in threading.enumerate() if each.name.startswith("explaining")]
    qtbot.wait(20)  # its answer comes to nobody
    assert bench.laboratory.answer is None


def test_a_broken_chain_asks_nothing_and_a_mended_one_begins_anew(lab):
    bench = lab(NET)
    bench.store.edit(bench.store.project.__class__(chain=bench.store.project.chain[:1]), "another loss and data")
    assert bench.laboratory.question is None
    assert "Click a weight in the layer panel" in bench.said
    assert not bench.panel.bars.isVisible()
    bench.store.undo_stack.undo()
    bench.settle()
    assert bench.question == Question("dense_1.weight", (0, 0))
