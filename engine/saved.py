"""What a file holds: a project and, where it has been trained, the run as it was left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.project import Project

if TYPE_CHECKING:
    from engine.checkpoint import Checkpoint
    from engine.history import HistoryState


@dataclass(frozen=True, eq=False)
class Saved:
    """A project, the state from which its training goes on bit for bit, and the curves of the run so far. Without a
    checkpoint there is no history either.
    """

    project: Project
    checkpoint: Checkpoint | None = None
    history: HistoryState | None = None
