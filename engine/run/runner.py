"""The run itself, whatever surrounds it: a trainer, a state and a pace."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection

from engine.breaks import Breaks, fitting
from engine.faults import NumericalFault
from engine.findings import Finding
from engine.lazy import Array
from engine.project import Project, ProjectError
from engine.run.events import Adopted, Event, Fault, Health, Kept, State, StepToCome
from engine.saved import Saved
from engine.trainer import Trainer

RATE_WINDOW = 0.5  # seconds over which steps per second are counted
PIECE = 0.002  # seconds of training between two looks at the clock


class Runner:
    """Trains while it is ``running``, at ``speed`` steps per second (None: as fast as it goes).

    ``story`` counts how often the history began anew, ``emit`` takes the events.
    """

    def __init__(self, saved: Saved, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self.speed: float | None = None
        self.story = 0
        self.rate = 0.0
        self.running = False
        self._piece = 1
        self._reported: tuple[Finding, ...] = ()
        self.trainer = Trainer.resumed(saved)
        self._began = self._counted_from = time.perf_counter()
        self._done = self._counted_steps = 0

    def run(self) -> None:
        """Starts or goes on."""
        if self.trainer.finished:
            self._emit(State("finished", self.trainer.finished))
            return
        self.running = True
        self._begin_pace()
        self._emit(State("running"))

    def pause(self, text: str = "") -> None:
        """Stops between two steps."""
        self.running = False
        self.rate = 0.0
        self._emit(State("paused", text))

    def step(self, count: int = 1) -> None:
        """So many steps, then paused."""
        self.running = False
        self.rate = 0.0
        self._train(count)
        if not self.trainer.finished:
            self._emit(State("paused"))

    def reset(self, saved: Saved | None = None) -> None:
        """The run of the project, or of another one, from its first step or from where it was left; weights kept for
        undo are forgotten.
        """
        self._begin_pace()
        self.story += 1
        breaks = self.trainer.network.breaks
        self.trainer = Trainer.resumed(saved or Saved(self.trainer.project))
        self.break_blocks(breaks)
        self._report()
        if self.running and not self.trainer.finished:
            self._emit(State("running"))
        else:
            self.pause()

    def edit(self, project: Project, fresh: Collection[str] = ()) -> None:
        """Goes on with an edited project; ``fresh`` blocks take the numbers that are written for them."""
        before = self.trainer.history.layers
        adopted = self.trainer.adopt(project, fresh)
        self.story += self.trainer.history.layers != before
        self._emit(Adopted(adopted.kept, adopted.restored, adopted.initialised))
        self._report()
        if self.running and self.trainer.finished:
            self._finish()

    def break_blocks(self, breaks: Breaks) -> None:
        """These blocks' backward pass is wrong on purpose from the next step on, where they are there and offer it."""
        self.trainer.break_blocks(fitting(breaks, self.trainer.project))

    def set_speed(self, speed: float | None) -> None:
        """Another pace, from now on."""
        self.speed = speed
        self._begin_pace()

    def restore(self, parameters: Array, statistics: Array) -> None:
        """Takes over parameters and running statistics that were published earlier, for example after the training
        process was lost.
        """
        network = self.trainer.network
        if parameters.shape == network.parameters.shape and statistics.shape == network.statistics.shape:
            network.parameters[...] = parameters
            network.statistics[...] = statistics

    def describe_step(self) -> None:
        """Says what decides the next step; nothing changes."""
        state = self.trainer.capture()
        self._emit(StepToCome(state.steps, self.trainer.peek(), state.updates, state.vectors, state.generators))

    def describe_run(self) -> None:
        """Says all that decides how the run goes on, and its history; nothing changes."""
        saved = self.trainer.saved()
        assert saved.checkpoint
        assert saved.history
        self._emit(Kept(saved.checkpoint, saved.history))

    def wait(self) -> float | None:
        """Seconds until there is something to do; None while paused."""
        if not self.running:
            return None
        if self.speed is None:
            return 0.0
        return max(0.0, self._began + (self._done + 1) / self.speed - time.perf_counter())

    def advance(self, seconds: float) -> None:
        """Trains for at most about so long, as the pace allows."""
        end = time.perf_counter() + seconds
        while self.running and (now := time.perf_counter()) < end:
            due = math.inf if self.speed is None else math.floor((now - self._began) * self.speed) - self._done
            if due < 1:
                return
            count = int(min(due, self._piece))
            self._train(count)
            self._done += count
            self._adapt(time.perf_counter() - now)
            if self.speed is not None and due > self._piece and time.perf_counter() >= end:
                self._begin_pace()  # slower than asked for: do not try to catch up later

    def _train(self, count: int) -> None:
        try:
            self.trainer.run(count)
        except NumericalFault as fault:
            self.running = False
            self.rate = 0.0
            self._report()
            self._emit(Fault(fault.step, fault.block, fault.text, fault.kind, fault.suggestion))
            self._emit(State("paused", fault.text))
            return
        self._report()
        if self.trainer.finished:
            self._finish()

    def _report(self) -> None:
        """Says what is wrong with blocks, where that is not what was said last."""
        news = tuple(self.trainer.take_news())
        if news or self.trainer.findings != self._reported:
            self._reported = self.trainer.findings
            self._emit(Health(self._reported, news))

    def _finish(self) -> None:
        self.running = False
        self.rate = 0.0
        self._emit(State("finished", self.trainer.finished or ""))

    def _adapt(self, took: float) -> None:
        """Keeps a piece near its length in time, and counts the rate."""
        self._piece = max(1, min(10_000, int(self._piece * min(2.0, PIECE / max(took, 1e-6)))))
        elapsed = time.perf_counter() - self._counted_from
        if elapsed > RATE_WINDOW:
            self.rate = (self.trainer.steps - self._counted_steps) / elapsed
            self._counted_from, self._counted_steps = time.perf_counter(), self.trainer.steps

    def _begin_pace(self) -> None:
        self._began = self._counted_from = time.perf_counter()
        self._done = 0
        self._counted_steps = self.trainer.steps


def sentence(error: Exception) -> str:
    """An error in words, for an event."""
    return str(error) if isinstance(error, ProjectError) else f"{type(error).__name__}: {error}"
