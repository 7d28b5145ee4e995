"""From a file that was chosen or dropped to data of the project: looked at, shown, and taken over as one edit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from gui import numbers
from gui.banner import Banner
from gui.data.card import PreviewCard
from gui.data.endings import PATTERNS, is_data
from gui.data.watch import FileWatch
from gui.job import Job
from gui.project_store import DATA_END, ProjectStore
from gui.run_controller import RunController

if TYPE_CHECKING:  # what reads files needs numpy, which is loaded after the window has been painted
    from engine.data.files.load import Choice
    from engine.data.files.preview import Preview
    from engine.project import Project


class Importer(QObject):
    """Holds the card; the project is untouched until its button is pressed."""

    said = Signal(str)
    shown = Signal(bool)  # whether the card wants the room of the canvas

    def __init__(self, store: ProjectStore, banner: Banner, controller: RunController, window: QWidget) -> None:
        super().__init__(window)
        self.watch = FileWatch(store, banner, controller, window)
        self._store, self._banner, self._window = store, banner, window
        self.card = PreviewCard(store)
        self._looking, self._taking = Job("reading", self), Job("reading", self)
        self._path = Path()
        self._fresh = False
        self._looking.done.connect(self._show)
        self._looking.failed.connect(self._refuse)
        self._taking.progressed.connect(self.card.show_progress)
        self._taking.done.connect(self._take)
        self._taking.failed.connect(self.card.refuse)
        self.card.laid_out.connect(self._lay_out)
        self.card.accepted.connect(self._accept)
        self.card.rejected.connect(self.leave)

    def ask(self, *_: object) -> None:
        """Asks for a file and shows what it holds."""
        chosen, _filter = QFileDialog.getOpenFileName(self._window, self.tr("Open data"), "", self._filter)
        if chosen:
            self.look(Path(chosen))

    def look(self, path: Path) -> None:
        """Shows what a file holds."""
        self._path = path
        self._begin(lambda _watch: _loader().look(path))

    def look_again(self, *_: object) -> None:
        """Shows the file of the project as it was taken over, so that its columns can be chosen anew."""
        data: Any = self._store.project.data
        if data.place is not None:
            self._path = data.place
            self._begin(lambda _watch: _loader().look_again(data))

    def takes(self, path: Path) -> bool:
        """Shows what a file holds, where it is one of data rather than a project."""
        if not is_data(path):
            return False
        self.look(path)
        return True

    def leave(self) -> None:
        """Puts the card away; nothing is taken over."""
        self._looking.cancel()
        self._taking.cancel()
        self.card.hide()
        self.shown.emit(False)

    def close(self) -> None:
        """Nothing is read any more."""
        self.watch.close()
        self._looking.cancel()
        self._taking.cancel()

    @property
    def _filter(self) -> str:
        return self.tr("Data ({});;All files (*)").format(PATTERNS)

    def _begin(self, work: Callable[[Any], Preview]) -> None:
        self._taking.cancel()
        self._looking.start(work)

    def _lay_out(self, wanted: dict[str, Any]) -> None:
        self._begin(lambda _watch: _loader().look(self._path, **wanted))

    def _show(self, preview: Preview) -> None:
        self._banner.hide()
        self.shown.emit(True)  # first makes room, so that the window need not grow
        self.card.show_preview(preview)

    def _refuse(self, text: str) -> None:
        if self.card.isVisible():
            self.card.refuse(text, usable=False)
        else:
            self._banner.say(text)

    def _accept(self, chosen: Choice, fresh: bool) -> None:
        self._fresh = fresh
        self.card.show_progress(0.0)
        self._taking.start(partial(_loader().take, chosen))

    def _take(self, data: Any) -> None:
        """One edit: the data, and the chain as it was decided."""
        from engine import start

        project: Project = self._store.project
        if project.data.place == self._path:  # the same file, used otherwise
            data = msgspec.structs.replace(data, seed=project.data.seed)
        way = (start.begin if self._fresh else start.keep)(project, data)
        edited = way.project if way.works else msgspec.structs.replace(project, data=data)
        edited = start.named(edited, self._path.stem)
        self.leave()
        self._store.edit(edited, self.tr("data: {}").format(self._path.name), select=(DATA_END,))
        kind = (
            self.tr("stored in the project")
            if data.place is None
            else self.tr("the project stores where the file lies")
        )
        rows = numbers.plural(data.count, self.tr("sample"), self.tr("samples"))
        self.said.emit(self.tr("{}: {}, {}.").format(self._path.name, rows, kind))


def _loader() -> Any:
    from engine.data.files import load

    return load
