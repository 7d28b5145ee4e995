"""Slow motion: walking there and back, three levels, reuse, commit and leaving, and why there is nothing to show."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider

import engine
from engine.explain.terms import Term
from engine.project import change, insert, layer_kind, remove, replace_block
from engine.run.session import InlineSession
from engine.trainer import Trainer
from engine.words import short
from gui.canvas import Canvas
from gui.chain_rule import step_source
from gui.chain_rule.laboratory import Laboratory
from gui.chain_rule.moment_view import LAYER, ONE, TERMS
from gui.chain_rule.slow_motion import PACE, SlowMotion
from gui.chain_rule.stage import Stage
from gui.chain_rule.terms_list import MOST, lines
from gui.project_store import LOSS_END, ProjectStore
from gui.run_controller import RunController
from tests.gui.conftest import PLAIN

LEFT = Qt.MouseButton.LeftButton
WITH_DROPOUT = {
    **PLAIN,
    "chain": [
        {"kind": "dense", "name": "dense_1", "units": 20},
        {"kind": "tanh", "name": "tanh_1"},
        {"kind": "dropout", "name": "drop", "rate": 0.3},
        {"kind": "dense", "name": "dense_2", "units": 1},
    ],
    "optimizer": {"kind": "adam", "learning_rate": 0.05},
}
IMAGES = {
    "data": {"kind": "digits"},
    "chain": [
        {"kind": "conv2d", "name": "conv", "filters": 3},
        {"kind": "relu", "name": "relu"},
        {"kind": "max_pool2d", "name": "pool"},
        {"kind": "flatten", "name": "flat"},
        {"kind": "dense", "name": "last", "units": 10},
    ],
    "loss": {"kind": "softmax_cross_entropy"},
    "training": {"batch_size": 4},
}


class Studio:
    """The mode with everything around it that it needs, without a window and without a process."""

    def __init__(self, qtbot, plain, started=True):
        self.qtbot = qtbot
        self.store = ProjectStore(engine.load(plain))
        self.run = RunController(self.store)
        self.laboratory = Laboratory(self.store)
        self.canvas = Canvas(self.store)
        self.stage = Stage(self.laboratory, self.canvas)
        self.mode = SlowMotion(self.store, self.run, self.laboratory, self.stage)
        self.left, self.notices = [], []
        self.mode.left.connect(lambda: self.left.append(True))
        self.run.notice.connect(self.notices.append)
        for widget, top, height in ((self.canvas, 270, 300), (self.mode, 0, 260)):
            qtbot.addWidget(widget)
            widget.setGeometry(0, top, 750, height)
            widget.show()
        if started:
            self.start()

    def start(self):
        self.run.start(InlineSession(slice_seconds=0.002))
        self.qtbot.waitUntil(lambda: self.run.snapshot is not None)

    def enter(self):
        self.mode.begin()
        self.qtbot.waitUntil(lambda: self.mode.told is not None)
        return self.mode

    def click(self, widget, point=None):
        QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, point or widget.rect().center())

    def settle(self):
        """Waits for terms that are being worked out."""
        self.qtbot.waitUntil(lambda: self.mode.view.level != TERMS or self.mode.view.terms.toPlainText() != "…")

    def lit(self):
        return {name: item.lit for name, item in self.canvas.chain._blocks.items() if item.lit}

    def state(self):
        """All that can be seen."""
        self.settle()
        mode, view = self.mode, self.mode.view
        facts = [[label.text() for label in each.labels()] for each in view._facts if not each.isHidden()]
        return (
            mode.sentence.text(), mode._count.text(), mode.counts.text(), view.level, view.looked_at(),
            (view.chooser.number, view.chooser.sample), facts, view.terms.toPlainText(), self.lit(),
            {name: item.tag for name, item in self.canvas.chain.tags.items()},
            mode.back.isEnabled(), mode.forward.isEnabled(), view.row.grab().toImage() if view.level == LAYER else None,
        )  # fmt: skip

    def close(self):
        self.run.close()
        self.laboratory.close()


@pytest.fixture
def studio(qtbot):
    made = []

    def make(plain=PLAIN, **options):
        made.append(Studio(qtbot, plain, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_it_begins_with_the_first_block_and_the_counting_sentence(studio):
    here = studio()
    mode = here.enter()
    phases = [each.phase for each in mode.told.transcript.moments]
    assert phases == ["forward"] * 3 + ["loss"] + ["backward"] * 3 + ["update"] * 2
    assert mode.sentence.text() == "→  " + mode.told.transcript.moments[0].sentence
    assert mode.counts.text() == "Step 1. One backward pass gave all 17 derivatives; nudging needs 18 forward passes."
    assert mode._count.text() == "1 of 9"
    assert here.lit() == {"dense_1": "forward"}
    assert list(here.canvas.chain.tags) == ["dense_1"]
    assert not mode.back.isEnabled()


@pytest.mark.parametrize("level", [LAYER, ONE, TERMS])
@pytest.mark.parametrize("plain", [WITH_DROPOUT, IMAGES], ids=["points", "images"])
def test_there_and_back_is_exactly_the_same(studio, plain, level):
    here = studio(plain)
    mode = here.enter()
    here.click(mode.view.levels.button(level))
    seen = [here.state()]
    while mode.forward.isEnabled():
        here.click(mode.forward)
        seen.append(here.state())
    assert len(seen) == len(mode.told.transcript.moments)
    assert len({state[0] for state in seen}) == len(seen)
    for expected in reversed(seen[:-1]):
        here.click(mode.back)
        assert here.state() == expected
    for expected in seen[1:]:
        QTest.keyClick(mode.timeline, Qt.Key.Key_Right)
        assert here.state() == expected
    QTest.keyClick(mode.back, Qt.Key.Key_Left)  # not the slider's own key, but the mode's
    assert here.state() == seen[-2]


def test_every_phase_has_its_colour_on_the_canvas(studio):
    here = studio()
    mode = here.enter()
    found = []
    for place in range(9):
        mode.timeline.setValue(place)
        found.append(here.lit())
    names = ["dense_1", "tanh_1", "dense_2"]
    assert found[:3] == [{name: "forward"} for name in names]
    assert found[3] == {LOSS_END: "error"}
    assert found[4:7] == [{name: "backward"} for name in reversed(names)]
    assert found[7:] == [{"dense_1": "accent"}, {"dense_2": "accent"}]


def test_the_tag_of_an_activation_is_error_times_slope(studio):
    here = studio()
    mode = here.enter()
    mode.timeline.setValue(5)
    ((_, error), (_, slope)) = here.canvas.chain.tags["tanh_1"].tag.lines
    assert f"error times slope, {error} times {slope} = " in mode.sentence.text()
    assert here.canvas.chain.tags["tanh_1"].tag.role == "backward"


def test_the_slider_is_clicked_and_dragged_and_says_what_lies_where(studio):
    here = studio()
    mode = here.enter()
    point = mode.timeline.cell(4).center().toPoint()
    here.click(mode.timeline, point)
    assert mode.moment.phase == "backward"
    QTest.mousePress(mode.timeline, LEFT, Qt.KeyboardModifier.NoModifier, point)
    QTest.mouseMove(mode.timeline, mode.timeline.cell(8).center().toPoint())
    QTest.mouseRelease(mode.timeline, LEFT, Qt.KeyboardModifier.NoModifier, point)
    assert mode.timeline.value() == 8
    assert isinstance(mode.timeline, QSlider)


def test_play_walks_to_the_end_and_from_there_begins_again(studio, qtbot):
    here = studio()
    mode = here.enter()
    assert mode._playing.interval() == PACE == 1250
    mode._playing.setInterval(5)
    here.click(mode.play)
    assert mode.play.text() == "Pause"
    qtbot.waitUntil(lambda: mode.timeline.value() == 8)
    qtbot.waitUntil(lambda: not mode.play.isChecked())
    assert not mode._playing.isActive()
    here.click(mode.play)
    assert mode.timeline.value() == 0
    here.click(mode.play)
    assert mode.play.text() == "Play"
    assert not mode._playing.isActive()


def test_pointing_at_the_running_product_lights_all_that_reuse_it(studio, qtbot):
    here = studio(WITH_DROPOUT)
    mode = here.enter()
    mode.timeline.setValue(5)
    assert (mode.moment.phase, mode.moment.block) == ("backward", "dense_2")
    for title, lit, said in (
        ("so far: ∂E/∂y", ["dense_1", "dense_2"], "This running product is part of the gradients of dense_1, dense_2."),
        ("input x", ["dense_2"], ""),
        ("handed on: ∂E/∂x", ["dense_1"], "This running product is part of the gradients of dense_1."),
    ):
        QTest.mouseMove(mode.view.row, mode.view.row.cell_point(title, 0, 3).toPoint())
        qtbot.waitUntil(lambda lit=lit: here.lit() == dict.fromkeys(lit, "backward"))
        assert mode._reused.text() == said
    QTest.mouseMove(mode.timeline, QPoint(3, 3))
    qtbot.waitUntil(lambda: here.lit() == {"dense_2": "backward"})


@pytest.mark.parametrize(
    ("plain", "place", "title", "cell"),
    [
        (WITH_DROPOUT, 5, "handed on: ∂E/∂x", (7, 3)),
        (WITH_DROPOUT, 5, "∂E/∂W", (0, 4)),
        (WITH_DROPOUT, 8, "∂E/∂b", (11, 0)),
        (IMAGES, 0, "output y", (2, 9)),
        (IMAGES, 10, "∂E/∂W", (1, 2)),
    ],
)
def test_a_clicked_cell_is_looked_at(studio, plain, place, title, cell):
    """The number that is shown is that of the array, and the one that hovering says."""
    here = studio(plain)
    mode = here.enter()
    mode.timeline.setValue(place)
    row = mode.view.row
    point = row.cell_point(title, *cell).toPoint()
    said = row._words(row.cell_point(title, *cell))
    here.click(row, point)
    assert mode.view.level == ONE
    number, sample = mode.view.looked_at()
    shown = next(each for each in mode.view._arrays if each.title == title)
    value = shown.array[(sample, *number.index) if shown.batch else number.index]
    texts = [[label.text() for label in each.labels()] for each in mode.view._facts if not each.isHidden()]
    mine = next(text for text in texts if text[0] == title)
    assert mine[1] == short(float(value))
    assert f"{list(number.index)} = " in said
    assert (mode.view.chooser.number, mode.view.chooser.sample) == (number, sample)
    if shown.batch and shown.array.ndim == 2:
        assert (number.index, sample) == ((cell[0],), cell[1])


def test_a_tile_of_an_image_leads_to_its_channel(studio):
    here = studio(IMAGES)
    mode = here.enter()
    output = mode.moment.output
    assert output.shape[1:] == (3, 6, 6)  # two tiles in a row, with a gap between them
    here.click(mode.view.row, mode.view.row.cell_point("output y", 7 + 2, 4).toPoint())
    number, sample = mode.view.looked_at()
    assert number.index == (2, 2, 4)
    assert mode.view._facts[0].labels()[0].text() == "output y"
    assert mode.view._facts[0].labels()[1].toolTip() == engine_full(output[(sample, 2, 2, 4)])


def engine_full(value):
    from gui.numbers import full

    return full(float(value))


def test_the_choosers_fields_choose_and_keep_the_choice_for_each_moment(studio):
    here = studio(WITH_DROPOUT)
    mode = here.enter()
    mode.timeline.setValue(5)
    here.click(mode.view.levels.button(ONE))
    chooser = mode.view.chooser
    chooser._what.setFocus()
    QTest.keyClick(chooser._what, Qt.Key.Key_Home)
    QTest.keyClick(chooser._what, Qt.Key.Key_Down)
    chooser._what.activated.emit(chooser._what.currentIndex())
    chosen = mode.view.looked_at()[0]
    assert chosen.parameter == chooser._what.currentData()
    axis = chooser._axes[-1 + len(chosen.index)]
    axis.setFocus()
    QTest.keyClick(axis, Qt.Key.Key_Up)
    moved = mode.view.looked_at()[0]
    assert moved != chosen
    here.click(mode.back)
    assert mode.view.looked_at()[0] != moved
    here.click(mode.forward)
    assert mode.view.looked_at()[0] == moved


def test_the_terms_shown_add_up_to_the_number(studio):
    here = studio(WITH_DROPOUT)
    mode = here.enter()
    here.click(mode.view.levels.button(TERMS))
    for place, moment in enumerate(mode.told.transcript.moments):
        mode.timeline.setValue(place)
        here.settle()
        number, sample = mode.view.looked_at()
        first = mode.view.terms.toPlainText().split("\n")[0]
        if moment.phase == "loss":
            expected = mode.told.transcript.loss
        elif moment.phase == "update":
            expected = moment.weights_after[number.parameter][number.index]
        elif number.parameter:
            expected = moment.weight_gradient[number.parameter][number.index]
        else:
            values = moment.output if moment.phase == "forward" else moment.delta_in
            expected = values[(sample, *number.index)]
        assert f"({engine_full(expected)})" in first
    assert mode.view.terms.isReadOnly()
    assert mode.view.terms.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_a_weights_derivative_of_one_sample_alone(studio):
    """The shares of all samples add up to the derivative; one of them is its own products."""
    here = studio(WITH_DROPOUT)
    mode = here.enter()
    mode.timeline.setValue(5)
    here.click(mode.view.row, mode.view.row.cell_point("∂E/∂W", 0, 4).toPoint())
    chooser, moment = mode.view.chooser, mode.moment
    assert not chooser._alone.isVisible()
    here.click(mode.view.levels.button(TERMS))
    here.settle()
    samples = len(moment.input)
    assert f"the sum of {samples} terms" in mode.view.terms.toPlainText()
    here.click(chooser._alone, QPoint(8, chooser._alone.height() // 2))
    chooser._sample.setValue(3)
    here.settle()
    said = mode.view.terms.toPlainText().split("\n")
    (term,) = moment.weight_terms("weight", (0, 4), 3)
    assert term.value == pytest.approx(moment.delta_out[3, 0] * moment.input[3, 4])
    assert said[0] == (
        f"∂E/∂W[0, 4]: the share of sample 3 = {short(term.value)}  ({engine_full(term.value)}), the sum of 1 term"
    )
    assert said[1].startswith("δ[0] × x[4] = ")
    mode.timeline.setValue(9)
    assert mode.moment.phase == "update"
    assert not chooser._alone.isVisible()
    assert not chooser._sample.isVisible()


def test_the_list_of_terms_names_the_largest_and_adds_up_the_rest():
    terms = [Term(f"w[{n}] × x[{n}]", (float(n), -0.5), -0.5 * n) for n in range(20)]
    said = lines(terms, "y[3]")
    assert said[0] == "y[3] = −95.0  (−95), the sum of 20 terms"
    assert said[1] == "w[19] × x[19] = 19.0 × (−0.500) = −9.50"
    assert len(said) == MOST + 2
    assert said[-1] == "8 more add up to −14.0"
    assert lines([], "∂E/∂x[0]") == ["∂E/∂x[0] = 0: nothing is summed here"]
    assert lines([Term("b[0]", (2.0,), 2.0)], "y[0]")[1] == "b[0] = 2.00"
    assert lines([Term("max(0, x)", (-3.0,), 0.0)], "y[0]")[1] == "max(0, x)(−3.00) = 0"


@pytest.mark.parametrize("plain", [WITH_DROPOUT, IMAGES], ids=["points", "images"])
def test_commit_makes_exactly_that_step_and_shows_the_next(studio, qtbot, plain):
    here = studio(plain)
    mode = here.enter()
    for step in (1, 2):
        first = mode.told
        mode.timeline.setValue(4)
        here.click(mode.commit)
        qtbot.waitUntil(lambda first=first: mode.told not in (None, first))
        real, told = here.run.snapshot, first.transcript
        assert real.steps == step
        np.testing.assert_allclose(told.parameters, real.parameters, rtol=1e-3, atol=2e-6)
        assert told.loss == pytest.approx(real.loss, rel=1e-5)
        assert mode.timeline.value() == 0
        assert mode.counts.text().startswith(f"Step {step + 1}.")
        assert mode.commit.isEnabled()
    trainer = Trainer(here.store.project)
    trainer.run(2)
    assert np.array_equal(trainer.network.parameters, here.run.snapshot.parameters)


def test_leaving_changes_neither_run_nor_project(studio):
    here = studio(WITH_DROPOUT)
    before, project = here.run.snapshot, here.store.project
    mode = here.enter()
    mode.timeline.setValue(7)
    here.click(mode.leave)
    assert here.left == [True]
    mode.end()
    assert here.lit() == {}
    assert here.canvas.chain.tags == {}
    assert here.store.project is project
    assert not here.store.dirty
    after = here.run.snapshot
    assert after.steps == before.steps
    assert np.array_equal(after.parameters, before.parameters)
    here.run.step()
    here.qtbot.waitUntil(lambda: here.run.snapshot.steps == 1)
    trainer = Trainer(project)
    trainer.run(1)
    assert np.array_equal(trainer.network.parameters, here.run.snapshot.parameters)


def test_a_run_that_trains_is_paused_first(studio, qtbot):
    here = studio()
    here.run.run()
    qtbot.waitUntil(lambda: here.run.state.name == "running" and here.run.snapshot.steps > 3)
    mode = here.enter()
    assert here.run.state.name == "paused"
    assert here.notices == ["Paused, to look at the next step."]
    assert mode.told.snapshot.steps == mode.told.coming.steps == here.run.snapshot.steps
    here.run.run()
    qtbot.waitUntil(lambda: here.left == [True])


def test_it_follows_steps_and_edits_made_elsewhere(studio, qtbot):
    here = studio()
    mode = here.enter()
    first = mode.told
    here.run.step()
    qtbot.waitUntil(lambda: mode.told not in (None, first))
    assert mode.told.coming.steps == 1
    second, project = mode.told, here.store.project
    here.store.edit(change(project, training=change(project.training, batch_size=5)), "batch")
    qtbot.waitUntil(lambda: mode.told not in (None, second))
    assert len(mode.told.coming.chosen) == 5
    third = mode.told
    here.store.edit(insert(here.store.project, 1, [layer_kind("relu")()]), "insert")
    qtbot.waitUntil(lambda: mode.told not in (None, third))
    assert len(mode.told.transcript.moments) == 11
    fourth = mode.told
    qtbot.wait(200)
    assert mode.told is fourth  # it does not ask again and again


def test_until_the_next_step_is_known_the_last_one_can_be_walked_but_not_made(studio, qtbot):
    """Even where one of its blocks has been removed meanwhile."""
    here = studio()
    mode = here.enter()
    first = mode.told
    here.store.edit(remove(here.store.project, ["tanh_1"]), "removed")
    assert mode.told is first
    assert not mode.commit.isEnabled()
    for _ in range(8):
        here.click(mode.forward)
    assert mode.timeline.value() == 8
    qtbot.waitUntil(lambda: mode.told is not first)
    assert mode.timeline.value() == 0
    assert mode.commit.isEnabled()


def test_a_frozen_block_is_told_to_stay(studio):
    plain = msgspec.json.decode(msgspec.json.encode(PLAIN))
    plain["chain"][0]["frozen"] = True
    here = studio(plain)
    mode = here.enter()
    mode.timeline.setValue(7)
    assert mode.sentence.text() == "↻  dense_1 is frozen: it does not move."
    for level in (ONE, TERMS, LAYER):
        here.click(mode.view.levels.button(level))
        here.settle()


def test_a_chain_that_cannot_be_trained_says_why_until_it_can(studio, qtbot):
    here = studio()
    project = here.store.project
    broken = replace_block(project, "dense_2", change(project.block("dense_2"), units=7))
    here.store.edit(broken, "broken")
    mode = here.mode
    mode.begin()
    assert mode.sentence.text().startswith("The chain cannot be trained yet. ")
    assert here.store.resolved.problems[0].text in mode.sentence.text()
    assert not any(each.isEnabled() for each in (mode.back, mode.play, mode.forward, mode.commit, mode.timeline))
    assert mode.leave.isEnabled()
    assert not mode.view.isVisible()
    here.store.undo_stack.undo()
    qtbot.waitUntil(lambda: mode.told is not None)
    assert mode.view.isVisible()
    here.store.edit(broken, "broken")
    assert mode.told is None
    assert here.lit() == {}


def test_before_the_run_is_there_it_waits(studio, qtbot):
    here = studio(started=False)
    here.mode.begin()
    assert here.mode.sentence.text() == "Loading…"
    here.start()
    qtbot.waitUntil(lambda: here.mode.told is not None)


def test_a_very_large_chain_is_refused_in_words(studio, monkeypatch):
    monkeypatch.setattr(step_source, "MOST_VALUES", 100)
    here = studio()
    here.mode.begin()
    assert here.mode.sentence.text() == (
        "Slow motion keeps every number of a step: up to 2,000,000 parameters and 100 values in a batch. "
        "This chain has 17 and 144; fewer units or a smaller batch bring it within reach."
    )
    assert not here.mode.commit.isEnabled()


def test_a_gradient_broken_on_purpose_is_not_shown_as_an_honest_one(studio, qtbot):
    here = studio()
    mode = here.enter()
    here.run.break_blocks({"tanh_1": "slope"})
    qtbot.waitUntil(lambda: mode.told is None)
    said = "The gradient is broken on purpose (tanh_1); mend it to see an honest step."
    assert mode.sentence.text() == said
    here.run.break_blocks({})
    qtbot.waitUntil(lambda: mode.told is not None)


def test_a_finished_run_can_be_looked_at_but_not_committed(studio, qtbot):
    here = studio({**PLAIN, "training": {**PLAIN["training"], "stop_at_step": 1}})
    here.run.step()
    qtbot.waitUntil(lambda: here.run.state.name == "finished")
    mode = here.enter()
    assert not mode.commit.isEnabled()
    assert mode.forward.isEnabled()


def test_long_sentences_are_written_smaller_and_nothing_jumps(studio):
    here = studio()
    mode = here.enter()
    height, size = mode.sentence.height(), mode.sentence._size
    mode.sentence.setText("words and more words " * 14)
    assert mode.sentence.height() == height
    assert mode.sentence._size < size


def test_hovering_outside_says_what_the_pictures_are(studio):
    here = studio()
    mode = here.enter()
    row = mode.view.row
    row.resize(900, 100)  # four arrays do not fill it
    assert row._words(QPoint(row.width() - 2, 50).toPointF()) == row.toolTip()
    with pytest.raises(KeyError):
        row.cell_point("nothing", 0, 0)
