"""The controller: what an edit means for the run, and what the run says to the window."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.project import change, insert, layer_kind, remove, replace_block
from engine.run.session import InlineSession
from engine.trainer import Trainer
from gui.project_store import ProjectStore
from gui.run_controller import RunController
from tests.gui.conftest import SICK, SICK_TEXT


class Watched:
    """A controller over an inline run, and everything it said."""

    def __init__(self, store):
        self.store = store
        self.controller = RunController(store)
        self.states, self.notices, self.faults, self.frames = [], [], [], []
        self.controller.state_changed.connect(lambda state: self.states.append(state.name))
        self.controller.notice.connect(self.notices.append)
        self.controller.fault.connect(self.faults.append)
        self.controller.frame.connect(self.frames.append)
        self.controller.start(InlineSession(slice_seconds=0.002))
        self.tick()

    def tick(self):
        self.controller._tick()

    @property
    def snapshot(self):
        return self.controller.snapshot


@pytest.fixture
def run(store):
    watched = Watched(store)
    yield watched
    watched.controller.close()


def weights(run, name):
    return run.snapshot.tensors(name, "weight")["weight"].copy()


def test_it_begins_paused_with_a_snapshot(run):
    assert run.controller.state.name == "paused"
    assert run.snapshot.steps == 0
    assert run.controller.can_run


def test_run_pause_and_single_steps(run):
    run.controller.run()
    for _ in range(4):
        run.tick()
    assert run.snapshot.steps > 0
    run.controller.pause()
    run.tick()
    done = run.snapshot.steps
    run.tick()
    assert run.snapshot.steps == done
    run.controller.step()
    run.tick()
    assert run.snapshot.steps == done + 1
    assert run.states[-1] == "paused"


def test_a_frame_is_said_once(run):
    before = len(run.frames)
    run.tick()
    run.tick()
    assert len(run.frames) == before
    run.controller.step()
    run.tick()
    assert len(run.frames) == before + 1


def test_reset_is_the_same_run_again(run):
    for _ in range(3):
        run.controller.step()
    run.tick()
    first = run.snapshot.parameters.copy()
    run.controller.reset()
    run.tick()
    assert run.snapshot.steps == 0
    for _ in range(3):
        run.controller.step()
    run.tick()
    assert np.array_equal(run.snapshot.parameters, first)


def test_an_edit_of_the_chain_keeps_weights_and_says_so(run):
    for _ in range(5):
        run.controller.step()
    run.tick()
    before = {name: weights(run, name) for name in ("dense_1", "dense_2")}
    run.store.edit(insert(run.store.project, 1, [layer_kind("dense")(units=4)]), "insert")
    run.tick()
    assert np.array_equal(weights(run, "dense_1"), before["dense_1"])
    assert run.notices[-1] == "Initialised anew: dense_3; kept: dense_1, dense_2."
    run.store.edit(remove(run.store.project, ["dense_1", "dense_3"]), "remove")
    run.tick()
    run.store.undo_stack.undo()
    run.tick()
    assert np.array_equal(weights(run, "dense_1"), before["dense_1"])
    assert "Trained weights restored: dense_1" in run.notices[-1]


def test_settings_of_the_optimizer_act_without_a_restart(run):
    for _ in range(5):
        run.controller.step()
    run.tick()
    faster = change(run.store.project, optimizer=change(run.store.project.optimizer, learning_rate=0.5))
    before = run.snapshot.parameters.copy()
    run.store.edit(faster, "faster")
    run.tick()
    assert run.snapshot.steps == 5
    assert np.array_equal(run.snapshot.parameters, before)
    assert not run.notices
    run.controller.step()
    run.tick()
    assert np.abs(run.snapshot.parameters - before).max() > 0.1


@pytest.mark.parametrize("field", [{"seed": 77}, {"dtype": "float64"}])
def test_another_seed_or_precision_is_another_run(run, field):
    run.controller.step()
    run.tick()
    run.store.edit(change(run.store.project, training=change(run.store.project.training, **field)), "seed")
    run.tick()
    assert run.snapshot.steps == 0
    assert np.array_equal(run.snapshot.parameters, Trainer(run.store.project).network.parameters)


def test_a_new_seed_is_an_edit_that_can_be_undone(run):
    before = run.store.project
    run.controller.new_seed()
    assert run.store.project.training.seed != before.training.seed
    run.store.undo_stack.undo()
    assert run.store.project == before


def test_a_broken_chain_pauses_and_keeps_its_weights_until_it_works_again(run):
    run.controller.run()
    for _ in range(3):
        run.tick()
    before, done = weights(run, "dense_1"), run.snapshot.steps
    run.store.edit(remove(run.store.project, ["dense_2"]), "break")
    run.tick()
    assert run.controller.state.name == "paused"
    assert not run.controller.can_run
    run.controller.run()
    run.controller.step()
    run.tick()
    assert run.snapshot.steps == done
    run.store.undo_stack.undo()
    run.tick()
    assert run.controller.can_run
    assert np.array_equal(weights(run, "dense_1"), before)


def test_another_project_keeps_nothing(run):
    for _ in range(5):
        run.controller.step()
    run.tick()
    run.store.replace(run.store.project)
    run.tick()
    assert run.snapshot.steps == 0
    assert np.array_equal(run.snapshot.parameters, Trainer(run.store.project).network.parameters)


def test_a_chain_that_cannot_work_at_first_begins_when_it_can():
    run = Watched(ProjectStore(engine.load({"chain": [{"kind": "dense", "units": 3}]})))
    assert run.controller.state.name == "paused"
    assert run.snapshot is None
    mended = replace_block(run.store.project, "dense_1", change(run.store.project.block("dense_1"), units=1))
    run.store.edit(mended, "mend")
    run.tick()
    assert run.snapshot.steps == 0
    run.controller.step()
    run.tick()
    assert run.snapshot.steps == 1
    run.controller.close()


def test_a_fault_pauses_and_names_block_and_step():
    plain = {
        "data": {"kind": "sine"},
        "chain": [{"kind": "dense", "units": 4}, {"kind": "dense", "units": 1}],
        "loss": {"kind": "mean_squared_error"},
        "optimizer": {"kind": "sgd", "learning_rate": 1e6},
    }
    run = Watched(ProjectStore(engine.load(plain)))
    run.controller.run()
    for _ in range(10):
        run.tick()
    (fault,) = run.faults
    assert fault.block in {"dense_1", "dense_2", "loss"}
    assert run.controller.state.name == "paused"
    assert np.isfinite(run.snapshot.parameters).all()
    run.controller.close()


def test_what_is_found_about_units_is_said_and_shown_until_an_edit_heals_it():
    run = Watched(ProjectStore(engine.load(SICK)))
    for _ in range(3):
        run.controller.step()
    run.tick()
    assert run.notices == [SICK_TEXT]
    assert [finding.text for finding in run.snapshot.health] == [SICK_TEXT]
    assert run.frames[-1] is run.snapshot
    leaky = layer_kind("leaky_relu")(name="relu_1")
    run.store.edit(replace_block(run.store.project, "relu_1", leaky), "leaky")
    run.tick()
    assert run.snapshot.health == ()
    assert run.notices == [SICK_TEXT]
    run.controller.close()


def test_speed_is_kept_from_before_the_run(store):
    controller = RunController(store)
    controller.set_speed(20.0)
    session = InlineSession(slice_seconds=0.05)
    controller.start(session)
    controller.run()
    controller._tick()
    controller._tick()
    assert controller.speed == 20.0
    assert controller.snapshot.steps <= 3
    controller.close()
    controller.close()


class TestSaving:
    def test_the_project_with_its_run_as_both_are_now(self, run):
        run.controller.step()
        saved = run.controller.saved()
        assert saved.project == run.store.project
        assert saved.checkpoint.steps == 1
        run.controller.step()
        assert saved.checkpoint.steps == 1

    def test_a_project_that_was_left_goes_on_from_there(self, run, project):
        trainer = Trainer(change(project, name="Left"))
        trainer.run(20)
        run.controller.expect(trainer.saved())
        run.store.replace(trainer.project)
        run.tick()
        assert run.snapshot.steps == 20
        assert np.array_equal(weights(run, "dense_1"), trainer.network.state_dict()["dense_1.weight"])
        run.controller.reset()
        run.tick()
        assert run.snapshot.steps == 0

    def test_what_was_left_of_a_project_that_was_not_shown_is_forgotten(self, run, project):
        trainer = Trainer(change(project, name="Left"))
        trainer.run(20)
        run.controller.expect(trainer.saved())
        run.store.replace(change(project, name="Another"))
        run.tick()
        assert run.snapshot.steps == 0

    def test_edits_before_the_run_is_loaded_act_on_what_was_left(self, store, project):
        trainer = Trainer(change(project, name="Left"))
        trainer.run(20)
        controller = RunController(store)
        controller.expect(trainer.saved())
        store.replace(trainer.project)
        store.edit(change(store.project, notes="read before"), "notes")
        assert controller.saved().checkpoint.steps == 20
        assert controller.saved().project == store.project
        store.edit(replace_block(store.project, "dense_2", change(store.project.block("dense_2"), bias=False)), "bias")
        assert controller.saved().checkpoint is None  # nobody has fitted the weights to the chain yet
        controller.start(InlineSession())
        controller._tick()
        assert controller.snapshot.steps == 20
        assert controller.snapshot.project == store.project
        assert controller.saved().checkpoint.steps == 20
        controller.close()
