"""Looks after the file that a project names: reads it beside the window, and says what to do when it is gone or has
changed.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.project import Project
from engine.run.events import Died
from gui.banner import Banner
from gui.job import Job
from gui.project_store import ProjectStore
from gui.run_controller import RunController


class FileWatch(QObject):
    """Whatever it finds stands in the banner; nothing is changed without being asked for."""

    ready = Signal()  # the samples of the project are at hand
    ended = Signal()  # nothing is being read any more, whatever came of it

    def __init__(self, store: ProjectStore, banner: Banner, controller: RunController, window: QWidget) -> None:
        super().__init__(window)
        self._store, self._banner, self._controller, self._window = store, banner, controller, window
        self._reading, self._taking = Job("reading", self), Job("reading", self)
        self._trouble = ""  # what is wrong with the file of the project
        self._another = False  # whether the project to come is not an edited one
        store.replaced.connect(self._forget)
        self._reading.done.connect(self._settle)
        self._reading.failed.connect(self._tell)
        for signal in (self._reading.done, self._reading.failed):
            signal.connect(lambda *_: self.ended.emit())
        self._taking.done.connect(self._take)
        self._taking.failed.connect(self._tell)
        store.changed.connect(self._follow)
        controller.died.connect(self._follow_death, Qt.ConnectionType.QueuedConnection)  # the last word on it
        self._begin()

    @property
    def reading(self) -> bool:
        """Whether the file of the project is being read."""
        return self._reading.busy

    def close(self) -> None:
        """Nothing is read any more."""
        self._reading.cancel()
        self._taking.cancel()

    def _forget(self) -> None:
        self._another = True

    def _follow(self, old: Project, new: Project) -> None:
        if self._another or new.data != old.data:
            self._another = False
            self._begin()

    def _begin(self) -> None:
        """Reads the file of the project, where it has one that is not at hand."""
        self._reading.cancel()
        self._trouble = ""
        data = self._store.project.data
        if data.place is not None:
            self._reading.start(partial(_read, data))

    def _settle(self, _samples: object) -> None:
        self.ready.emit()

    def _tell(self, text: str) -> None:
        """Says what is wrong, and offers what helps."""
        self._trouble = text
        place = self._store.project.data.place
        if place is not None and place.exists():
            self._banner.say(text, self.tr("Take the file as it is now"), partial(self._retake, place))
        else:
            self._banner.say(text, self.tr("Look for it…"), self._search)

    def _follow_death(self, _died: Died) -> None:
        """The training process could not read the file either."""
        if self._trouble:
            self._tell(self._trouble)

    def _search(self) -> None:
        """Asks where the file is now."""
        data = self._store.project.data
        if data.place is None:
            return
        title, name = self.tr("Where is {}?").format(data.place.name), str(data.place)
        chosen, _filter = QFileDialog.getOpenFileName(self._window, title, name)
        if chosen:
            self._retake(Path(chosen))

    def _retake(self, place: Path) -> None:
        """Reads the file anew, as it was read before."""
        data: Any = self._store.project.data
        self._taking.start(partial(_retaken, msgspec.structs.replace(data, path=str(place))))

    def _take(self, data: Any) -> None:
        """Takes it over as one edit; the chain keeps its weights, its ends are fitted where they have to be."""
        from engine import start

        way = start.keep(self._store.project, data)
        self._store.edit(way.project, self.tr("data: the file as it is now"))
        if self._controller.state.name == "failed":
            self._controller.reset()


def _read(data: Any, watch: Any) -> Any:
    from engine.data.files import load

    return load.samples(data, watch)


def _retaken(data: Any, watch: Any) -> Any:
    from engine.data.files import load

    return load.retake(data, watch)
