"""What a run tells the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StateName = Literal["starting", "paused", "running", "finished", "failed"]


@dataclass(frozen=True)
class State:
    """The run is in another state; ``text`` says why, where there is something to say."""

    name: StateName
    text: str = ""


@dataclass(frozen=True)
class Adopted:
    """An edited project was taken over; what became of the weights, by block name."""

    kept: tuple[str, ...]
    restored: tuple[str, ...]
    initialised: tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """A number stopped being finite; the last finite weights stand and the run is paused."""

    step: int
    block: str
    text: str


@dataclass(frozen=True)
class Died:
    """The training process is gone. ``details`` is for a report, for example a traceback."""

    text: str
    details: str = ""


@dataclass(frozen=True)
class Switched:
    """From now on the run publishes on the board of that name. Only sessions need to know."""

    board: str


Event = State | Adopted | Fault | Died | Switched
