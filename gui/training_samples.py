"""The samples that a run trains on, as whoever computes beside the window needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import engine
from engine.project import Project

if TYPE_CHECKING:
    from engine.data.parts import Dataset


class TrainingSamples:
    """Makes the training part of a project's data; keeps it as long as the same is asked for."""

    def __init__(self) -> None:
        self._key: object = None
        self._part: Dataset | None = None

    def of(self, project: Project) -> Dataset:
        """The training part, encoded for the project's loss. Raises ProjectError."""
        key = (project.data, project.loss, project.training.seed)
        if self._part is None or key != self._key:
            self._part, self._key = engine.dataset(project).train, key
        return self._part
