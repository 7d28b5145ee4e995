"""The handle on a run: one interface, whether training happens in its own process, in slices of a timer, or on the
spot.
"""

from __future__ import annotations

import multiprocessing
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from engine.breaks import Breaks
from engine.findings import Finding
from engine.network import layout
from engine.project import Project
from engine.run.board import Board
from engine.run.events import Died, Event, Health, State, Switched
from engine.run.runner import Runner
from engine.run.snapshot import Snapshot, take
from engine.run.worker import main as worker_main
from engine.saved import Saved

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

SLICE = 0.006  # seconds of training in one turn of a timer
CLOSE_TIMEOUT = 2.0


class Session(ABC):
    """A run and its commands. Commands return at once; what follows comes out of ``poll`` and ``snapshot``."""

    @abstractmethod
    def start(self, project: Project, left: Saved | None = None) -> None:
        """Begins a run of the project, paused; or takes up one of it that was ``left``."""

    @abstractmethod
    def run(self) -> None:
        """Trains until paused; after the process was lost, in a new one."""

    @abstractmethod
    def pause(self) -> None:
        """Stops between two steps."""

    @abstractmethod
    def step(self, count: int = 1) -> None:
        """So many steps, then paused."""

    @abstractmethod
    def reset(self, project: Project | None = None, left: Saved | None = None) -> None:
        """The run from its first step, of this project or another one; or takes up one of it that was ``left``."""

    @abstractmethod
    def set_speed(self, steps_per_second: float | None) -> None:
        """Another pace; None is as fast as it goes."""

    @abstractmethod
    def edit(self, project: Project, fresh: Collection[str] = ()) -> None:
        """Goes on with an edited project; blocks that still fit keep their weights, ``fresh`` ones take the numbers
        that are written for them.
        """

    @abstractmethod
    def break_blocks(self, breaks: Breaks) -> None:
        """These blocks have a wrong backward pass from now on, until they are gone."""

    @abstractmethod
    def describe_step(self) -> None:
        """Asks what decides the next step: the answer is an event ``StepToCome``. Meant for a paused run."""

    @abstractmethod
    def describe_run(self, revive: bool = True) -> None:
        """Asks for all that decides how the run goes on, and its history: the answer is an event ``Kept``. A process
        that was lost is started again for it where ``revive`` says so; else nothing comes.
        """

    @abstractmethod
    def poll(self) -> list[Event]:
        """The events since the last call."""

    @abstractmethod
    def snapshot(self) -> Snapshot | None:
        """The newest state that has been published; the same object while nothing is new."""

    @abstractmethod
    def close(self) -> None:
        """Ends the run and gives everything back. May be called twice."""


class InlineSession(Session):
    """Trains in this process when told to step, and in ``poll`` for ``slice_seconds`` while running."""

    def __init__(self, slice_seconds: float = SLICE) -> None:
        self._slice = slice_seconds
        self._events: list[Event] = []
        self._runner: Runner | None = None
        self._snapshot: Snapshot | None = None
        self._counter = 0
        self._speed: float | None = None

    def start(self, project: Project, left: Saved | None = None) -> None:
        self._runner = Runner(left or Saved(project), self._events.append)
        self._runner.set_speed(self._speed)
        self._events.append(State("paused"))
        self._publish()

    def run(self) -> None:
        self._do("run")

    def pause(self) -> None:
        self._do("pause")

    def step(self, count: int = 1) -> None:
        self._do("step", count)

    def reset(self, project: Project | None = None, left: Saved | None = None) -> None:
        self._do("reset", left or (Saved(project) if project else None))

    def set_speed(self, steps_per_second: float | None) -> None:
        self._speed = steps_per_second
        if self._runner:
            self._do("set_speed", steps_per_second)

    def edit(self, project: Project, fresh: Collection[str] = ()) -> None:
        self._do("edit", project, fresh)

    def break_blocks(self, breaks: Breaks) -> None:
        self._do("break_blocks", breaks)

    def describe_step(self) -> None:
        self._do("describe_step")

    def describe_run(self, revive: bool = True) -> None:
        self._do("describe_run")

    def poll(self) -> list[Event]:
        if self._runner and self._runner.running:
            before = self._runner.trainer.steps
            self._runner.advance(self._slice)
            if self._runner.trainer.steps != before:
                self._publish()
        events, self._events[:] = list(self._events), []
        return events

    def snapshot(self) -> Snapshot | None:
        return self._snapshot

    def close(self) -> None:
        self._runner = None

    def _do(self, command: str, *arguments: Any) -> None:
        if self._runner:
            getattr(self._runner, command)(*arguments)
            self._publish()

    def _publish(self) -> None:
        assert self._runner
        self._counter += 1
        self._snapshot = take(self._runner.trainer, self._counter, self._runner.rate)


class ProcessSession(Session):
    """Trains in a spawned process. A process that is lost is reported once; ``run`` then starts another one."""

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._project: Project | None = None
        self._board: Board | None = None
        self._shown: Project | None = None  # what the current board shows
        self._coming: dict[str, tuple[Board, Project]] = {}
        self._read: Snapshot | None = None  # from the board
        self._snapshot: Snapshot | None = None  # the same, with its health and its breaks, which are not on the board
        self._health: tuple[Finding, ...] = ()
        self._speed: float | None = None
        self._breaks: dict[str, str] = {}
        self._loss_reported = False

    @property
    def alive(self) -> bool:
        """Whether the training process is there."""
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int | None:
        """The training process's number, for tests and reports."""
        return self._process.pid if self._process else None

    def start(self, project: Project, left: Saved | None = None) -> None:
        self.close()
        context = multiprocessing.get_context("spawn")
        self._project, self._board = project, Board(project)
        self._shown, self._loss_reported, self._health = project, False, ()
        self._connection, theirs = context.Pipe()
        arguments = (theirs, project.to_json(), self._board.name, *_run_of(left))
        self._process = context.Process(target=worker_main, args=arguments, name="cascade training", daemon=True)
        self._process.start()
        theirs.close()
        self._send("set_speed", self._speed)
        self._send("break_blocks", self._breaks)

    def run(self) -> None:
        self._revive()
        self._send("run")

    def pause(self) -> None:
        self._send("pause")

    def step(self, count: int = 1) -> None:
        self._revive()
        self._send("step", count)

    def reset(self, project: Project | None = None, left: Saved | None = None) -> None:
        project = project or self._project
        if project and not self.alive:
            self.start(project, left)
        elif project:
            self._send_project("reset", project, *_run_of(left))

    def set_speed(self, steps_per_second: float | None) -> None:
        self._speed = steps_per_second
        self._send("set_speed", steps_per_second)

    def edit(self, project: Project, fresh: Collection[str] = ()) -> None:
        self._send_project("edit", project, tuple(fresh))

    def break_blocks(self, breaks: Breaks) -> None:
        self._breaks = dict(breaks)  # a process started in place of a lost one is told again
        self._send("break_blocks", self._breaks)

    def describe_step(self) -> None:
        self._send("describe_step")

    def describe_run(self, revive: bool = True) -> None:
        if revive:
            self._revive()
        self._send("describe_run")

    def poll(self) -> list[Event]:
        events: list[Event] = []
        while self._connection is not None:
            try:
                if not self._connection.poll():
                    break
                event = self._connection.recv()
            except (EOFError, OSError):
                break
            if isinstance(event, Switched):
                self._switch(event.board)
            else:
                self._note(event)
                events.append(event)
        if self._process is not None and not self._process.is_alive():
            self._lose(events)
        return events

    def snapshot(self) -> Snapshot | None:
        if self._board is not None and self._shown is not None:
            read = self._board.read(self._shown)
            if read is not None and read is not self._read:
                self._read = self._snapshot = read
        told = (self._health, self._breaks)
        if self._snapshot is not None and (self._snapshot.health, self._snapshot.breaks) != told:
            self._snapshot = replace(self._snapshot, health=self._health, breaks=self._breaks)
        return self._snapshot

    def close(self) -> None:
        self._send("close")
        if self._process is not None:
            self._process.join(CLOSE_TIMEOUT)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process.close()
            self._process = None
        self._release()

    def _note(self, event: Event) -> None:
        if isinstance(event, Health):
            self._health = event.findings
        if isinstance(event, Died):
            self._loss_reported = True
            if self._process is not None:  # on its way out: what comes next must not be sent to it
                self._process.join(CLOSE_TIMEOUT)

    def _send(self, *message: Any) -> None:
        """Sends a command; a process that is gone is noticed by ``poll``."""
        if self._connection is not None:
            try:
                self._connection.send(message)
            except OSError:
                return

    def _send_project(self, command: str, project: Project, *more: Any) -> None:
        """Sends a project; when the layout is another one, with a board of its own that is used once the worker says
        so.
        """
        same = self._project is not None and _published_alike(project, self._project)
        self._project = project
        if not self.alive:
            return
        if same and not self._coming:
            self._shown = project
            self._send(command, project.to_json(), None, *more)
            return
        board = Board(project)
        self._coming[board.name] = (board, project)
        self._send(command, project.to_json(), board.name, *more)

    def _switch(self, name: str) -> None:
        if name in self._coming:
            if self._board is not None:
                self._board.close()
            self._board, self._shown = self._coming.pop(name)

    def _revive(self) -> None:
        """Starts a new process where the last one was lost, with the numbers that were published last."""
        if self.alive or self._project is None:
            return
        last = self._snapshot
        self.start(self._project)
        if last is not None and layout(last.project) == layout(self._project):
            self._send("restore", last.parameters, last.statistics)

    def _lose(self, events: list[Event]) -> None:
        """The process has ended without being told to."""
        assert self._process is not None
        code = self._process.exitcode
        self._process.close()
        self._process = None
        self.snapshot()
        self._release()
        if not self._loss_reported:
            events.append(Died(f"The training process ended unexpectedly (exit code {code}). Run starts it again."))

    def _release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        for board in (self._board, *(board for board, _ in self._coming.values())):
            if board is not None:
                board.close()
        self._board = None
        self._coming.clear()


def _run_of(left: Saved | None) -> tuple[Any, ...]:
    """What a process is told of a run besides its project."""
    return (left.checkpoint, left.history) if left else ()


def _published_alike(a: Project, b: Project) -> bool:
    """Whether two projects can share a board: the same layout, precision and blocks."""
    same_blocks = [block.name for block in a.chain] == [block.name for block in b.chain]
    return same_blocks and a.training.dtype == b.training.dtype and layout(a).by_name == layout(b).by_name
