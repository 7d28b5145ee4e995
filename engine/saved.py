"""What a file holds: a project and, where it has been trained, the run as it was left."""

from __future__ import annotations

from dataclasses import dataclass, replace
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

    def under(self, project: Project) -> Saved | None:
        """The same run under an edited project; None where something has been edited that decides how it goes on. Data
        of the same form may lie in another place.
        """
        return replace(self, project=project) if _decisive(project) == _decisive(self.project) else None


def _decisive(project: Project) -> tuple[object, ...]:
    data = project.data
    form = (data.kind, data.count, data.held_out, data.input_shape, data.classes, data.values)
    return form, project.chain, project.loss, project.optimizer, project.training
