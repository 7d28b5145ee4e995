"""Runs: process, slices and inline give the same numbers; a lost process is noticed; nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from engine.explain.transcript import of_next_step
from engine.project import change, insert, layer_kind, remove, replace_block
from engine.run.board import Board
from engine.run.events import Adopted, Died, Fault, Health, Kept, State, StepToCome
from engine.run.session import InlineSession, ProcessSession
from engine.run.snapshot import take
from engine.saved import Saved
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project, tanh_chain

MADE = tanh_chain(5, 2, data=of("moons", samples=60), training={"batch_size": 16, "seed": 4})
PATIENCE = 15.0
ROOT = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")


class Watched:
    """A session with everything that it said."""

    def __init__(self, session, made=MADE):
        self.session, self.events = session, []
        session.start(made)

    def until(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.events
            self.events += self.session.poll()
            time.sleep(0.002)

    def until_steps(self, steps):
        self.until(lambda: (snapshot := self.session.snapshot()) is not None and snapshot.steps >= steps)
        return self.session.snapshot()

    def until_said(self, kind, **fields):
        def said():
            return [
                event
                for event in self.events
                if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items())
            ]

        self.until(lambda: bool(said()))
        return said()[-1]


@pytest.fixture(params=["process", "slices"])
def run(request):
    watched = Watched(ProcessSession() if request.param == "process" else InlineSession(slice_seconds=0.004))
    yield watched
    watched.session.close()
    watched.session.close()


@pytest.fixture
def process():
    watched = Watched(ProcessSession())
    watched.until_said(State, name="paused")
    yield watched
    watched.session.close()


def equal(snapshot, trainer):
    history = snapshot.history
    assert snapshot.steps == trainer.steps
    assert np.array_equal(snapshot.parameters, trainer.network.parameters)
    assert np.array_equal(snapshot.gradients, trainer.network.gradients)
    assert np.array_equal(snapshot.statistics, trainer.network.statistics)
    assert np.array_equal(snapshot.slopes, trainer.slopes(), equal_nan=True)
    assert np.array_equal(history.loss, trainer.history.loss)
    assert np.array_equal(history.mean_square, trainer.history.mean_square)
    assert history.evaluation_steps.tolist() == trainer.history.evaluation_steps
    assert {name: each.tolist() for name, each in history.evaluations.items()} == trainer.history.evaluations
    assert snapshot.metrics == trainer.metrics
    assert (snapshot.loss, snapshot.epoch) == (trainer.loss, trainer.epoch)


def test_every_way_of_running_publishes_what_the_trainer_computes(run):
    run.until_steps(0)
    run.session.step(70)
    snapshot = run.until_steps(70)
    trainer = Trainer(MADE)
    trainer.run(70)
    equal(snapshot, trainer)


def test_run_pause_and_reset(run):
    run.until_said(State, name="paused")
    run.session.run()
    run.until_steps(100)
    run.session.pause()
    run.until_said(State, name="running")
    run.until(lambda: isinstance(run.events[-1], State) and run.events[-1].name == "paused")
    snapshot = run.session.snapshot()
    trainer = Trainer(MADE)
    trainer.run(snapshot.steps)
    equal(snapshot, trainer)
    run.session.reset()
    run.until(lambda: run.session.snapshot().steps == 0)
    run.session.step(3)
    trainer = Trainer(MADE)
    trainer.run(3)
    run.until_steps(3)
    equal(run.session.snapshot(), trainer)


def test_an_edit_says_what_became_of_the_weights(run):
    run.session.step(20)
    before = run.until_steps(20).tensors("dense_1", "weight")["weight"]
    run.session.edit(remove(MADE, ["dense_2", "tanh_2"]))
    assert run.until_said(Adopted).kept == ("dense_1", "dense_3")
    run.until(lambda: len(run.session.snapshot().project.chain) == 3)
    assert np.array_equal(run.session.snapshot().tensors("dense_1", "weight")["weight"], before)
    run.session.edit(MADE)
    assert run.until_said(Adopted, restored=("dense_2",)).kept == ("dense_1", "dense_3")
    run.until(lambda: len(run.session.snapshot().project.chain) == 5)
    run.session.edit(insert(MADE, 0, [layer_kind("dense")(units=2)]))
    assert run.until_said(Adopted, initialised=("dense_4",))
    run.until(lambda: len(run.session.snapshot().project.chain) == 6)
    assert set(run.session.snapshot().layout.by_name) == {"dense_1", "dense_2", "dense_3", "dense_4"}


def test_other_data_have_other_metrics_from_then_on(run):
    """A regression without validation becomes a classification with one: each metric keeps to the steps it is of."""
    plane = of("plane", validation=0)
    run.session.reset(tanh_chain(5, 2, data=plane, loss="mean_squared_error", training={"seed": 4}))
    run.session.step(50)
    run.until_steps(50)
    run.session.edit(MADE)
    run.session.step(50)
    history = run.until_steps(100).history
    before = history.evaluation_steps < 50
    assert {len(values) for values in history.evaluations.values()} == {len(history.evaluation_steps)}
    assert not np.isnan(history.evaluations["r2"][before]).any()
    assert np.isnan(history.evaluations["validation_accuracy"][before]).all()
    assert not np.isnan(history.evaluations["validation_accuracy"][-1])


def test_quick_edits_one_after_the_other_all_arrive(run):
    run.session.run()
    for _ in range(5):
        run.session.edit(remove(MADE, ["dense_2", "tanh_2"]))
        run.session.edit(MADE)
    run.until(lambda: sum(isinstance(event, Adopted) for event in run.events) == 10)
    run.until(lambda: run.session.snapshot().project == MADE)
    run.until_steps(run.session.snapshot().steps + 5)


def test_a_low_speed_is_kept(run):
    run.until_said(State, name="paused")
    run.session.set_speed(20.0)
    run.session.run()
    started = time.monotonic()
    run.until_steps(8)
    assert time.monotonic() - started > 0.3
    run.session.set_speed(None)
    run.until_steps(200)


def test_it_stops_by_itself(run):
    run.session.reset(change(MADE, training=change(MADE.training, stop_at_step=30)))
    run.session.run()
    assert "30" in run.until_said(State, name="finished").text
    run.until(lambda: run.session.snapshot().steps == 30)


def test_a_fault_pauses_and_keeps_the_last_finite_weights(run):
    wild = project(
        dense(8), dense(1), loss="mean_squared_error", data=of("sine"), optimizer=of("sgd", learning_rate=100.0)
    )
    run.session.reset(wild)
    run.session.run()
    fault = run.until_said(Fault)
    assert fault.block in {"dense_1", "dense_2", "loss"}
    assert fault.text.startswith(f"Step {fault.step}: ")
    assert fault.kind in {"activation", "loss"}
    assert "smaller learning rate" in fault.suggestion
    run.until(lambda: run.events[-1] == State("paused", fault.text))
    run.until(lambda: run.session.snapshot().project == wild)
    assert np.isfinite(run.session.snapshot().parameters).all()


DYING = project(
    dense(6, bias_init=of("constant", value=-9.0)), of("relu"), dense(1), data=of("moons", samples=60),
    optimizer=of("sgd"), training={"batch_size": 16, "seed": 4},
)  # fmt: skip


def test_sick_units_are_told_and_shown_by_every_snapshot_until_an_edit_heals_them(run):
    run.session.reset(DYING)
    run.session.step(3)  # one epoch
    (finding,) = run.until_said(Health).news
    run.until(lambda: run.session.snapshot().health == (finding,))
    assert (finding.short, finding.step) == ("6 of 6 dead", 3)
    run.session.step(2)
    snapshot = run.until_steps(5)
    assert snapshot.health == (finding,), "it stands although nothing is said"
    assert sum(isinstance(event, Health) for event in run.events) == 1
    assert snapshot.finding(DYING.block("relu_1")) == finding
    assert snapshot.finding(DYING.block("dense_1")) is None
    edited = project(dense(6), of("leaky_relu", name="relu_1")).chain[1]
    assert snapshot.finding(edited) is None, "another block of that name"
    run.session.edit(replace_block(DYING, "relu_1", edited))
    run.until_said(Health, findings=(), news=())
    run.until(lambda: run.session.snapshot().project.block("relu_1") == edited)
    assert run.session.snapshot().health == ()


def test_a_reset_forgets_what_was_found(run):
    run.session.reset(DYING)
    run.session.step(3)
    run.until(lambda: run.session.snapshot() is not None and run.session.snapshot().health)
    run.session.reset()
    run.until_said(Health, findings=())
    run.until(lambda: not run.session.snapshot().health and run.session.snapshot().steps == 0)


def test_an_explosion_is_told_before_the_fault(run):
    wild = project(
        dense(8), of("tanh"), dense(1), loss="mean_squared_error", data=of("sine"),
        optimizer=of("sgd", learning_rate=3.0),
    )  # fmt: skip
    run.session.reset(wild)
    run.session.run()
    fault = run.until_said(Fault)
    told = [event for event in run.events if isinstance(event, Health | Fault)]
    assert told[-1] == fault
    found = [finding for event in told[:-1] for finding in event.news]
    assert {finding.kind for finding in found} == {"exploding", "saturated"}
    assert all(finding.step < fault.step for finding in found)


def test_long_histories_arrive_whole_although_only_what_is_new_is_copied(process):
    process.session.run()
    process.until_steps(9000)
    process.session.pause()
    process.until(lambda: isinstance(process.events[-1], State) and process.events[-1].name == "paused")
    snapshot = process.session.snapshot()
    assert snapshot.history.stride >= 2
    trainer = Trainer(MADE)
    trainer.run(snapshot.steps)
    equal(snapshot, trainer)


def test_no_snapshot_is_torn(process):
    """Whatever moment is read: the last column belongs to the step, loss and gradient to the column. It is read without
    a pause until enough was seen, however slow the machine is.
    """
    process.session.set_speed(2000.0)  # columns are merged after four seconds only
    process.session.run()
    seen = set()

    def look():
        snapshot = process.session.snapshot()
        history = snapshot.history
        if history.stride > 1:
            process.session.reset()
        elif snapshot.computed:
            seen.add(snapshot.counter)
            assert history.columns == snapshot.steps
            assert history.loss[-1] == pytest.approx(snapshot.loss, rel=1e-6)
            sizes = [snapshot.rms(name) for name in history.layers]
            assert np.sqrt(history.mean_square[-1]) == pytest.approx(sizes, rel=1e-6)

    def looked_enough():
        for _ in range(1000):
            look()
        return len(seen) > 50

    process.until(looked_enough)


def test_a_board_is_read_as_it_was_written():
    trainer = Trainer(MADE)
    mine = Board(MADE)
    theirs = Board(MADE, mine.name)
    try:
        assert mine.read(MADE) is None
        for steps in (1, 5, 0, 40):
            trainer.run(steps)
            theirs.publish(trainer, 12.0, 0)
            snapshot = mine.read(MADE)
            equal(snapshot, trainer)
            assert snapshot.rate == 12.0
            assert mine.read(MADE) is snapshot
        kept, parameters = snapshot, snapshot.parameters.copy()
        trainer.run(10)
        theirs.publish(trainer, 12.0, 0)
        mine.read(MADE)
        assert np.array_equal(kept.parameters, parameters), "a snapshot that was handed out does not change"
    finally:
        theirs.close()
        mine.close()
        mine.close()


class Interrupting(dict):
    """The arrays of a slot; the writer gets in while one of them is being copied."""

    def meanwhile(self, name, act):
        self.name, self.act = name, act
        return self

    def __getitem__(self, name):
        if name == self.name:
            self.name = None
            self.act()
        return super().__getitem__(name)


@pytest.mark.parametrize("name", ["losses", "squares", "parameters", "gradients", "statistics", "slopes", "metrics"])
@pytest.mark.parametrize("publishes", [0, 1, 2, 3, 4])
def test_a_writer_that_gets_in_while_a_snapshot_is_copied_does_not_tear_it(name, publishes):
    trainer, twin = Trainer(MADE), Trainer(MADE)
    mine = Board(MADE)
    theirs = Board(MADE, mine.name)

    def publish():
        trainer.run(3)
        theirs.publish(trainer, 0.0, 0)

    try:
        publish()
        before = mine.read(MADE)
        publish()
        whole = mine._slots[0].arrays  # of the second publish
        interrupted = Interrupting(whole).meanwhile(name, lambda: [publish() for _ in range(publishes)])
        mine._slots[0].arrays = interrupted
        found = mine.read(MADE)
        if publishes < 2:
            twin.run(6)
            equal(found, twin)
        else:
            assert found is before
        equal(mine.read(MADE), trainer)
    finally:
        for arrays in (whole, interrupted):
            arrays.clear()  # nothing may look at the memory when it is closed
        theirs.close()
        mine.close()


def test_sizes_and_slopes_of_a_snapshot():
    trainer = Trainer(MADE)
    trainer.run(3)
    snapshot = take(trainer, 1, 0.0)
    gradients = np.concatenate([array.reshape(-1) for array in snapshot.tensors("dense_2").values()]).astype(float)
    assert snapshot.rms("dense_2") == pytest.approx(np.sqrt((gradients**2).mean()), rel=1e-6)
    assert np.isnan(snapshot.rms("tanh_1"))
    assert snapshot.tensors("tanh_1") == {}
    assert snapshot.slope("tanh_1") == trainer.slopes()[1]
    assert np.isnan(snapshot.slope("dense_1"))
    assert np.isnan(snapshot.slope("gone"))


@POSIX
def test_a_killed_process_is_reported_once_and_run_starts_another(process):
    process.session.run()
    snapshot = process.until_steps(50)
    os.kill(process.session.pid, signal.SIGKILL)
    killed = time.monotonic()
    died = process.until_said(Died)
    assert time.monotonic() - killed < 2
    assert "training process" in died.text
    for _ in range(20):
        process.events += process.session.poll()
    assert sum(isinstance(event, Died) for event in process.events) == 1
    assert process.session.snapshot().steps >= snapshot.steps
    last = process.session.snapshot().parameters.copy()
    process.events.clear()
    process.session.step(1)
    process.until_said(State, name="paused")
    process.until(lambda: process.session.snapshot().steps == 1)
    assert np.abs(process.session.snapshot().parameters - last).max() < 0.2, "it goes on from the last weights"


@POSIX
def test_running_statistics_outlive_a_lost_process():
    made = insert(MADE, 1, [layer_kind("batch_norm")()])
    process = Watched(ProcessSession(), made)
    process.session.step(60)
    last = process.until_steps(60)
    assert last.statistics.shape == (10,)
    assert not np.array_equal(last.statistics, Trainer(made).network.statistics)
    os.kill(process.session.pid, signal.SIGKILL)
    process.until_said(Died)
    process.session.step(1)
    process.until(lambda: process.session.snapshot().steps == 1)
    assert np.abs(process.session.snapshot().statistics - last.statistics).max() < 0.5
    twin = Trainer(made)  # the first step of a run that begins with what was published last
    twin.network.parameters[...], twin.network.statistics[...] = last.parameters, last.statistics
    twin.step()
    assert np.array_equal(process.session.snapshot().statistics, twin.network.statistics)
    assert np.array_equal(process.session.snapshot().parameters, twin.network.parameters)
    process.session.close()


def alive(pid):
    """Whether a process runs; one that has ended but was not collected by its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@POSIX
def test_a_worker_ends_with_its_window():
    code = (
        "import sys, time\n"
        "from engine.run.session import ProcessSession\n"
        "import engine\n"
        "if __name__ == '__main__':\n"
        "    session = ProcessSession()\n"
        "    session.start(engine.load('example:xor'))\n"
        "    session.run()\n"
        "    print(session.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    window = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert window.stdout is not None
    worker = int(window.stdout.readline())
    time.sleep(0.5)
    window.kill()
    window.communicate()
    end = time.monotonic() + 3
    while alive(worker):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_error_inside_the_worker_crosses_with_its_traceback(process):
    process.session._send("no such command")
    died = process.until_said(Died)
    assert "AttributeError" in died.text
    assert "Traceback" in died.details


def test_nothing_is_left_behind():
    watched = Watched(ProcessSession())
    watched.session.edit(remove(MADE, ["dense_2"]))  # closed before the worker has taken it over
    session = watched.session
    names = [session._board.name, *session._coming]
    watched.session.close()
    assert not active_children()
    assert len(names) == 2
    for name in names:
        with pytest.raises(FileNotFoundError):
            Board(MADE, name)


def test_a_run_says_what_decides_its_next_step_and_changes_nothing(run):
    """The step that was foreseen follows, with dropout, Adam's memory and the batch that was named."""
    made = project(dense(6), of("tanh"), of("dropout", rate=0.4, name="drop"), dense(1), data=of("moons", samples=60),
                   optimizer=of("adam", learning_rate=0.05), training={"batch_size": 16, "seed": 4})  # fmt: skip
    session = run.session
    session.reset(made)
    session.step(3)
    before = run.until_steps(3)
    session.describe_step()
    session.describe_step()
    coming = run.until_said(StepToCome)
    run.until(lambda: len([each for each in run.events if isinstance(each, StepToCome)]) == 2)
    first, second = [each for each in run.events if isinstance(each, StepToCome)]
    assert np.array_equal(first.chosen, second.chosen)
    assert first.generators == second.generators
    assert (coming.steps, coming.count, set(coming.vectors)) == (3, 3, {"m", "v"})
    assert np.array_equal(session.snapshot().parameters, before.parameters)
    transcript = of_next_step(before, coming, Trainer(made).train)
    session.step()
    after = run.until_steps(4)
    assert np.array_equal(after.chosen, coming.chosen)
    assert transcript.loss == pytest.approx(after.loss, rel=1e-5)
    np.testing.assert_allclose(transcript.parameters, after.parameters, rtol=1e-4, atol=1e-6)
    straight = Trainer(made)
    straight.run(4)
    assert np.array_equal(straight.network.parameters, after.parameters)


def test_how_a_run_stands_is_told_while_it_trains_and_another_goes_on_from_there(run):
    run.session.run()
    run.until_steps(30)
    run.session.describe_run()
    kept = run.until_said(Kept)
    left = Saved(MADE, kept.checkpoint, kept.history)
    other = Watched(type(run.session)())
    try:
        other.session.start(MADE, left)
        other.until_steps(kept.checkpoint.steps)
        other.session.step(40)
        snapshot = other.until_steps(kept.checkpoint.steps + 40)
        trainer = Trainer(MADE)
        trainer.run(kept.checkpoint.steps + 40)
        equal(snapshot, trainer)
    finally:
        other.session.close()


def test_another_project_takes_the_place_of_a_run_with_a_run_of_its_own(run):
    made = tanh_chain(3, 1)
    trainer = Trainer(made)
    trainer.run(25)
    run.session.step(3)
    run.session.reset(made, trainer.saved())
    snapshot = run.until_steps(25)
    assert np.array_equal(snapshot.parameters, trainer.network.parameters)
    assert np.array_equal(snapshot.history.loss, trainer.history.loss)


class TestDataThatAreMissing:
    """The process ends with one sentence, wherever it was, and prints nothing."""

    GONE = change(of("file"), path="nowhere/gone.csv", samples=60, shape=(2,), class_names=("0", "1"))

    def test_at_the_start(self, capfd):
        watched = Watched(ProcessSession(), change(MADE, data=self.GONE))
        assert watched.until_said(Died).text == "gone.csv is missing; it was expected in nowhere."
        watched.session.close()
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize("width", [None, 9], ids=["on the same board", "on a board of its own"])
    def test_after_an_edit(self, process, capfd, width):
        made = change(MADE, data=self.GONE)
        if width is not None:
            made = replace_block(made, "dense_1", change(made.block("dense_1"), units=width))
        process.session.edit(made)
        assert process.until_said(Died).text == "gone.csv is missing; it was expected in nowhere."
        process.session.close()
        assert capfd.readouterr().err == ""


def test_asking_how_a_lost_run_stands_does_not_hide_that_it_was_lost(process):
    process.session.run()
    process.until_steps(5)
    os.kill(process.session.pid, signal.SIGKILL)
    process.session._process.join()
    process.session.describe_run(revive=False)
    assert "ended unexpectedly" in process.until_said(Died).text
