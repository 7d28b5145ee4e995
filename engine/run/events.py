"""What a run tells the window."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from engine.checkpoint import Checkpoint
from engine.findings import Finding
from engine.history import HistoryState
from engine.lazy import Array

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
    """A number stopped being finite; the last finite weights stand and the run is paused. ``kind`` says what it was:
    an activation, the loss, a gradient or a weight.
    """

    step: int
    block: str
    text: str
    kind: str = ""
    suggestion: str = ""


class Health(msgspec.Struct, frozen=True):
    """What is wrong with blocks, all of it as it stands now, and what of it is new or has passed."""

    findings: tuple[Finding, ...]
    news: tuple[Finding, ...] = ()


class StepToCome(msgspec.Struct, frozen=True, eq=False):
    """What decides the next step besides the published numbers of a run that has made ``steps`` of them: the training
    samples ``chosen`` for its batch, how many updates the optimizer has ``count``-ed and its ``vectors`` by name, the
    states of the ``generators`` of dropout by block name.
    """

    steps: int
    chosen: Array
    count: int
    vectors: dict[str, Array]
    generators: dict[str, dict[str, Any]]


class Kept(msgspec.Struct, frozen=True, eq=False):
    """The run as it stands: the state from which it goes on bit for bit, and its history."""

    checkpoint: Checkpoint
    history: HistoryState


class Died(msgspec.Struct, frozen=True):
    """The training process is gone. ``details`` is for a report, for example a traceback."""

    text: str
    details: str = ""


class Switched(msgspec.Struct, frozen=True):
    """From now on the run publishes on the board of that name. Only sessions need to know."""

    board: str


Event = State | Adopted | Fault | Health | StepToCome | Kept | Died | Switched
