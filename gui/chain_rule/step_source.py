"""The step to come, for slow motion: the run is asked for what decides it, and a thread works it out on copies."""

from __future__ import annotations

import math
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from engine.lazy import np
from engine.project import Project, ProjectError
from engine.resolve import Resolved
from engine.run.events import StepToCome
from gui.training_samples import TrainingSamples

if TYPE_CHECKING:
    from engine.explain.transcript import Transcript
    from engine.run.events import State
    from engine.run.snapshot import Snapshot
    from gui.chain_rule.laboratory import Laboratory
    from gui.project_store import ProjectStore
    from gui.run_controller import RunController

MOST_PARAMETERS = 2_000_000
MOST_VALUES = 4_000_000  # outputs of all blocks for one batch; each is kept in double precision, several times over


def tr(text: str) -> str:
    """A text of slow motion in the language of the window."""
    return QCoreApplication.translate("ChainRule", text)


class Told(msgspec.Struct, frozen=True, eq=False):
    """The step to come, with the state of the run that it starts from."""

    transcript: Transcript
    snapshot: Snapshot
    coming: StepToCome

    def starts_from(self, snapshot: Snapshot) -> bool:
        """Whether a run still stands where this step starts."""
        mine = self.snapshot
        if (mine.steps, mine.project, mine.breaks) != (snapshot.steps, snapshot.project, snapshot.breaks):
            return False
        return np.array_equal(mine.parameters, snapshot.parameters) and np.array_equal(
            mine.statistics, snapshot.statistics
        )


class StepSource(QObject):
    """Between ``begin`` and ``end``, ``told`` brings the step to come, and another one when the run or the project has
    changed; ``waiting`` comes before; ``missing`` says in a sentence why there is none; ``overtaken`` that training
    goes on.
    """

    told = Signal(object)
    waiting = Signal()
    missing = Signal(str)
    overtaken = Signal()
    _done = Signal(object)

    def __init__(self, store: ProjectStore, run: RunController, laboratory: Laboratory) -> None:
        super().__init__(laboratory)
        self._store, self._run, self._laboratory = store, run, laboratory
        self._samples = TrainingSamples()
        self._active = self._busy = self._held_up = False
        self._coming: StepToCome | None = None
        self._told: Told | None = None
        run.step_told.connect(self._hear)
        run.frame.connect(self._look)
        run.state_changed.connect(self._follow_state)
        run.fault.connect(self._ask_again)
        run.died.connect(self._ask_again)
        store.changed.connect(self._ask_again)
        self._done.connect(self._take)

    def begin(self) -> None:
        """Somebody wants to see the step to come."""
        self._active, self._told, self._coming = True, None, None
        self._ask()

    def end(self) -> None:
        """Nobody does any more."""
        self._active, self._told, self._coming = False, None, None

    def _ask_again(self, *_: object) -> None:
        if self._active:
            self._told, self._coming = None, None
            self._ask()

    def _ask(self) -> None:
        """Asks the run, or says why that is of no use."""
        reason = self._reason()
        self._held_up = bool(reason)
        if reason:
            self.missing.emit(reason)
            return
        self.waiting.emit()
        self._run.look_ahead()

    def _reason(self) -> str:
        """Why there is no step to be shown; empty where there is one."""
        problems = self._store.resolved.problems
        if problems:
            place = problems[0].place.rstrip(":")
            return tr("The chain cannot be trained yet. {}: {}").format(place, problems[0].text)
        if self._run.state.name == "starting" or not self._run.can_run:
            return tr("Loading…")
        if self._run.state.name == "failed":
            return tr("The training process is gone; Run starts another one.")
        if self._run.snapshot is not None and self._run.snapshot.breaks:
            blocks = ", ".join(self._run.snapshot.breaks)
            return tr("The gradient is broken on purpose ({}); mend it to see an honest step.").format(blocks)
        return too_large(self._store.project, self._store.resolved)

    def _follow_state(self, state: State) -> None:
        if not self._active:
            return
        if state.name == "running" and self._told is not None:
            self.overtaken.emit()
        elif state.name == "paused" and self._held_up:
            self._ask()

    def _hear(self, coming: StepToCome) -> None:
        """The run has answered; the numbers that belong to it have been published, or are within this turn."""
        if self._active:
            self._coming = coming
            QTimer.singleShot(0, self, self._look)

    def _look(self, *_: object) -> None:
        """Whether the answer and the numbers that are there fit together, or another answer is needed."""
        snapshot = self._run.snapshot
        if not self._active or self._busy or snapshot is None:
            return
        if self._held_up and not self._reason():
            self._ask()
            return
        coming, known = self._coming, self._told is not None and self._told.starts_from(snapshot)
        if known:
            self._coming = None
        elif coming is None:
            if self._told is not None:
                self._ask_again()
        elif snapshot.steps > coming.steps:
            self._ask_again()
        elif snapshot.steps == coming.steps and snapshot.project == self._store.project:
            self._coming, self._busy = None, True
            future = self._laboratory.submit(partial(self._work_out, snapshot, coming))
            future.add_done_callback(self._done.emit)

    def _work_out(self, snapshot: Snapshot, coming: StepToCome) -> Told:
        """In the thread."""
        from engine.explain.transcript import of_next_step

        return Told(of_next_step(snapshot, coming, self._samples.of(snapshot.project)), snapshot, coming)

    def _take(self, future: Future[Any]) -> None:
        """In the window's thread."""
        self._busy = False
        if not self._active or future.cancelled():
            return
        try:
            told = future.result()
        except ProjectError as error:
            self.missing.emit(str(error))
            return
        if told.snapshot.project == self._store.project:
            self._told = told
            self.told.emit(told)
        self._look()


def too_large(project: Project, resolved: Resolved) -> str:
    """Says the limit where a chain is beyond it; empty where it is not."""
    parameters = sum(place.parameter_count or 0 for place in resolved.blocks)
    outputs = sum(math.prod(place.output_shape) for place in resolved.blocks if place.output_shape)
    values = outputs * min(project.training.batch_size, project.data.count)
    if parameters <= MOST_PARAMETERS and values <= MOST_VALUES:
        return ""
    limit = tr("Slow motion keeps every number of a step: up to {:,} parameters and {:,} values in a batch.")
    given = tr("This chain has {:,} and {:,}; fewer units or a smaller batch bring it within reach.")
    return f"{limit.format(MOST_PARAMETERS, MOST_VALUES)} {given.format(parameters, values)}"
