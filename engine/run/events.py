"""What a run tells the window."""

from __future__ import annotations

from typing import Literal

import msgspec

StateName = Literal["starting", "paused", "running", "finished", "failed"]


class State(msgspec.Struct, frozen=True):
    """The run is in another state; ``text`` says why, where there is something to say."""

    name: StateName
    text: str = ""


class Adopted(msgspec.Struct, frozen=True):
    """An edited project was taken over; what became of the weights, by block name."""

    kept: tuple[str, ...]
    restored: tuple[str, ...]
    initialised: tuple[str, ...]


class Fault(msgspec.Struct, frozen=True):
    """A number stopped being finite; the last finite weights stand and the run is paused."""

    step: int
    block: str
    text: str


class Died(msgspec.Struct, frozen=True):
    """The training process is gone. ``details`` is for a report, for example a traceback."""

    text: str
    details: str = ""


class Switched(msgspec.Struct, frozen=True):
    """From now on the run publishes on the board of that name. Only sessions need to know."""

    board: str


Event = State | Adopted | Fault | Died | Switched
