"""Drives the run: follows the project's edits, takes commands, hands snapshots to the views at the screen's pace."""

from __future__ import annotations

import os
import time
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.project import Project, change
from engine.run.events import Adopted, Died, Event, Fault, Health, Kept, State, StepToCome
from engine.saved import Saved
from gui.numbers import count
from gui.project_store import ProjectStore

if TYPE_CHECKING:  # both need numpy, which is loaded after the window has been painted
    from engine.findings import Finding
    from engine.run.session import Session
    from engine.run.snapshot import Snapshot

FRAME = 33  # milliseconds
PATIENCE = 30.0  # seconds in which a run says how it stands; a step of a very large chain comes first
LOOK = 0.002  # seconds between two looks whether it has


class RunController(QObject):
    """The window's handle on training. ``start`` begins it; before that only the speed can be set."""

    frame = Signal(object)  # a snapshot that has not been drawn yet; None where another project has no run yet
    state_changed = Signal(object)
    notice = Signal(str)  # something to know, in one sentence
    fault = Signal(object)
    died = Signal(object)
    step_told = Signal(object)  # what decides the next step
    run_told = Signal(object)  # a Saved: the project with its run, as both were when it was asked

    def __init__(self, store: ProjectStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._session: Session | None = None
        self._sent: Project | None = None  # what the session was told last
        self._written: tuple[str, ...] = ()  # blocks whose numbers the next edit writes down
        self._by_hand: tuple[str, ...] = ()  # those of the edit that was sent last
        self._left: Saved | None = None  # the run that the next project brings along, until it has been taken up
        self._asked: deque[Project | None] = deque()  # of which project it was asked how its run stands
        self._another = False  # a project of its own, not an edited one: nothing is kept
        self._snapshot: Snapshot | None = None
        self._read: Snapshot | None = None  # from the session, the newest
        self._state = State("starting")
        self._speed: float | None = None
        self._breaks: dict[str, str] = {}
        self._timer = QTimer(self, interval=FRAME)
        self._timer.timeout.connect(self._tick)
        store.replaced.connect(self._forget)
        store.changed.connect(self._follow)

    @property
    def state(self) -> State:
        """Starting, paused, running, finished or failed."""
        return self._state

    @property
    def snapshot(self) -> Snapshot | None:
        """What was published last."""
        return self._snapshot

    @property
    def speed(self) -> float | None:
        """Steps per second asked for; None is as fast as it goes."""
        return self._speed

    @property
    def started(self) -> bool:
        """Whether there is a session."""
        return self._session is not None

    @property
    def can_run(self) -> bool:
        """Whether Run, Step and Reset have something to work on."""
        return self._session is not None and self._store.resolved.ok

    def start(self, session: Session) -> None:
        """Begins with the store's project, paused; a chain that cannot work is begun when it can."""
        self._session = session
        session.set_speed(self._speed)
        if self._store.resolved.ok or self._left:
            self._begin(self._store.project)
        else:
            self._set_state(State("paused"))
        self._timer.start()

    def run(self) -> None:
        """Trains until paused."""
        if self.can_run and self._session:
            self._session.run()

    def pause(self) -> None:
        """Stops between two steps."""
        if self._session:
            self._session.pause()

    def toggle(self, running: bool) -> None:
        """Runs or pauses."""
        if running:
            self.run()
        else:
            self.pause()

    def step(self, count: int = 1) -> None:
        """So many steps, then paused."""
        if self.can_run and self._session:
            self._session.step(count)

    def look_ahead(self) -> None:
        """Asks what decides the next step, which ``step_told`` brings; a run that is training is paused for it."""
        if not self.can_run or not self._session:
            return
        if self._state.name == "running":
            self._session.pause()
            self.notice.emit(self.tr("Paused, to look at the next step."))
        self._session.describe_step()

    def ask_run(self) -> None:
        """Asks how the run stands, which ``run_told`` brings; training goes on. Nothing comes where there is no run."""
        alive = self._state.name not in ("starting", "failed") and self._left is None
        if self._session and alive and self._sent is not None and not self._another:
            self._asked.append(self._sent)
            self._session.describe_run(revive=False)  # that it is lost may not have been noticed yet

    def reset(self) -> None:
        """The same run again from its first step, paused."""
        if self.can_run and self._session:
            self._session.pause()
            self._session.reset(self._store.project)
            self._sent = self._store.project

    def set_speed(self, steps_per_second: float | None) -> None:
        """Another pace; None is as fast as it goes."""
        self._speed = steps_per_second
        if self._session:
            self._session.set_speed(steps_per_second)

    def break_blocks(self, breaks: dict[str, str]) -> None:
        """These blocks (name: name of the break) are broken on purpose from now on, and no others."""
        self._breaks = breaks
        if self._session and self._sent is not None:
            self._session.break_blocks(breaks)

    def new_seed(self) -> None:
        """Another seed, as an edit: other first weights, other data, another order."""
        project = self._store.project
        seed = 1 + int.from_bytes(os.urandom(4), "big") % 9999  # short enough to be read out in a class
        training = change(project.training, seed=seed)
        self._store.edit(change(project, training=training), self.tr("new seed"))

    def expect_written(self, block: str) -> None:
        """The next edit writes down the numbers of a block: it takes them, whatever it had before."""
        self._written = (block,)

    def expect(self, left: Saved) -> None:
        """The project that comes next has been trained: its run is taken up where it was left."""
        self._left = left if left.checkpoint else None

    def saved(self) -> Saved | None:
        """The project with its run, as both are at this moment; waits for the step that is being made. The project
        alone where there is no run of it, None where the run does not say how it stands.
        """
        project = self._store.project
        if self._left is not None:
            return self._left.under(project) or Saved(project)
        if self._session is None or self._sent is None or self._another:
            return Saved(project)
        self._session.describe_run()
        answer = self._answer(self._session)
        if isinstance(answer, Kept):
            before = None if self._store.resolved.ok else self._sent
            return Saved(project, answer.checkpoint, answer.history, before)
        return Saved(project) if answer else None

    def close(self) -> None:
        """Ends the run; returns when its process is gone."""
        self._timer.stop()
        if self._session:
            self._session.close()
            self._session = None

    def _begin(self, project: Project) -> None:
        """A run of the project; one that was left begins with its own project, as an edit may have come since."""
        assert self._session
        self._another = False
        self._sent = self._left.run_of if self._left else project
        self._session.start(self._sent, self._left)
        self._session.break_blocks(self._breaks)
        if self._sent != project and self._store.resolved.ok:
            self._sent = project
            self._session.edit(project)

    def _answer(self, session: Session) -> Kept | Died | None:
        """How a run stands, which it was asked; that it is gone; or nothing, where it takes too long."""
        end = time.monotonic() + PATIENCE
        found: Kept | Died | None = None
        while not found and time.monotonic() < end:
            for event in session.poll():
                if isinstance(event, Died) or (isinstance(event, Kept) and not self._asked):  # they come in order
                    found = event
                self._take(event)
            time.sleep(LOOK)
        return found

    def _forget(self) -> None:
        """Another project is about to be shown."""
        self._another = True
        self._asked = deque([None] * len(self._asked))  # nobody wants to know any more
        if self._session and self._state.name == "running":
            self._session.pause()

    def _follow(self, old: Project, new: Project) -> None:
        """Sends an edited project to the run. A broken chain pauses it and keeps its weights until it works again."""
        if self._session is None:
            return
        if self._left and self._left.project == new:
            self._another = True  # its run comes with it
        elif self._another:
            self._left = None  # of a project that has not been shown
        left = self._left if self._another else None
        if not self._store.resolved.ok and left is None:
            self._stand_still()
            return
        run_of = left.run_of if left else new
        if self._sent is None:
            self._begin(new)
        elif self._left and not self._another and self._state.name == "failed":  # as for want of a data file
            self._left = self._left.under(new)
            self._set_state(State("starting"))
            self._begin(new)
        elif self._another or not _same_run(self._sent, new):
            self._session.reset(run_of, left)
        else:
            self._session.edit(new, self._written)
            self._by_hand = self._written
        self._sent, self._another, self._written = run_of, False, ()
        if self._breaks:  # of a block that the run has not known before
            self._session.break_blocks(self._breaks)

    def _stand_still(self) -> None:
        """The chain cannot be trained; of another project there is nothing to be shown."""
        if self._session and self._state.name == "running":
            self._session.pause()
        if self._another:
            self._show(None)

    def _tick(self) -> None:
        if self._session is None:
            return
        session = self._session
        for event in session.poll():
            self._take(event)
        snapshot = session.snapshot()
        if snapshot is not None and snapshot is not self._read and not self._another:
            self._read = snapshot
            self._show(snapshot)

    def _show(self, snapshot: Snapshot | None) -> None:
        self._snapshot = snapshot
        self.frame.emit(snapshot)

    def _take(self, event: Event) -> None:
        match event:
            case State():
                self._left = None
                self._set_state(event)
            case Adopted() if text := self._adopted(event):
                self.notice.emit(text)
            case Health() if event.news:
                self.notice.emit(self._news(event.news))
            case Fault():
                self.fault.emit(event)
            case StepToCome():
                self.step_told.emit(event)
            case Kept():
                self._tell_run(event)
            case Died():
                self._asked.clear()
                self._set_state(State("failed", event.text))
                self.died.emit(event)

    def _tell_run(self, kept: Kept) -> None:
        project = self._asked.popleft() if self._asked else None
        if project is not None:
            self.run_told.emit(Saved(project, kept.checkpoint, kept.history))

    def _set_state(self, state: State) -> None:
        self._state = state
        self.state_changed.emit(state)

    def _news(self, news: tuple[Finding, ...]) -> str:
        """What was found, in one line; all of it stands in the list of problems."""
        more = self.tr(" (and {} more)").format(count(len(news) - 1)) if len(news) > 1 else ""
        return news[0].text + more

    def _adopted(self, event: Adopted) -> str:
        """What became of the weights, in words; empty where nothing changed hands."""
        if not event.restored and not event.initialised:
            return ""
        anew = tuple(name for name in event.initialised if name not in self._by_hand)
        parts = [
            (event.restored, self.tr("trained weights restored: {}")),
            (tuple(name for name in event.initialised if name in self._by_hand), self.tr("written by hand: {}")),
            (anew, self.tr("initialised anew: {}")),
            (event.kept, self.tr("kept: {}")),
        ]
        said = "; ".join(text.format(_listed(names)) for names, text in parts if names)
        return said[:1].upper() + said[1:] + "."


def _same_run(old: Project, new: Project) -> bool:
    """Whether an edit goes on with the run; another seed or precision is another run."""
    return (old.training.seed, old.training.dtype) == (new.training.seed, new.training.dtype)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {count(len(names) - 3)} more"
