"""The training samples of a project; made once for as long as the data stay the same."""

from __future__ import annotations

import engine
from engine.data.parts import Dataset
from engine.project import Project


class TrainingPart:
    """Keeps the last one."""

    def __init__(self) -> None:
        self._key: object = None
        self._part: Dataset | None = None

    def of(self, project: Project) -> Dataset:
        """The samples, encoded for the project's loss. Raises ProjectError where the data cannot be had."""
        key = (project.data, project.loss.kind, project.training.seed)
        if key != self._key or self._part is None:
            self._key, self._part = key, engine.dataset(project).train
        return self._part
