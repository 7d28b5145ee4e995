"""Projects in files: opening, saving, examples. Nothing is replaced before the new project has been read."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from engine import assets
from engine.project import Project, ProjectError
from engine.storage import EXAMPLES, PLAIN, SUFFIX, Saved, Stamp, read_example, read_saved, stamp_of, write_saved
from gui import recents
from gui.data.endings import PATTERNS
from gui.new_window import open_window
from gui.project_store import ProjectStore
from gui.run_controller import RunController
from gui.settings import settings


class Files(QObject):
    """Reads projects into a store and writes them out. ``refused`` says in one sentence why something was not done."""

    refused = Signal(str)
    said = Signal(str)
    asked = Signal(str, object)  # a question, and what can be answered: pairs of words and what they do
    opened = Signal()
    named = Signal()  # the project has got a file
    chosen = Signal(object)  # the path of a file to be opened, whatever it holds

    def __init__(self, store: ProjectStore, run: RunController, window: QWidget) -> None:
        super().__init__(window)
        self._store, self._run, self._window = store, run, window
        self.path: Path | None = None
        self.example = ""  # which one was opened last, while nothing else has been
        self.stamp: Stamp | None = None  # of the file as it was read or written
        self.steps = 0  # that the run in the file has made

    def new(self, *_: object) -> None:
        """An empty chain, after asking for unsaved changes."""
        if self.may_discard():
            self._take(Saved(Project()), None)

    def new_window(self, *words: str) -> bool:
        """Another window, in a process of its own; ``words`` as on the command line."""
        started = open_window(*words)
        if not started:
            self.refused.emit(self.tr("No other window could be started."))
        return started

    def open(self, *_: object) -> None:
        """Asks for a file, a project or data, and has it opened."""
        from PySide6.QtWidgets import QFileDialog

        everything = self.tr("Projects and data (*{} *{} {})").format(SUFFIX, PLAIN, PATTERNS)
        filters, folder = f"{everything};;{self._filter}", settings().text("folder")
        chosen, _filter = QFileDialog.getOpenFileName(self._window, self.tr("Open"), folder, filters)
        if chosen:
            self.chosen.emit(Path(chosen))

    def open_path(self, path: Path) -> bool:
        """Opens a file that was named or dropped, after asking for unsaved changes; False where it was refused."""
        return self.may_discard() and self.read(path)

    def open_example(self, name: str, *_: object) -> None:
        """Opens a project that comes with the program; it is saved into another file."""
        if self.may_discard():
            self._take(Saved(read_example(name)), None, name)

    def read(self, path: Path) -> bool:
        """Opens a file without asking; a file that is refused leaves everything as it is."""
        seen = stamp_of(path)  # first: what changes while it is read has changed since
        try:
            saved = read_saved(path)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        if example := example_in(path):
            self._take(saved, None, example)
        else:
            self._take(saved, path)
            self._note(path, seen)
        return True

    def restore(self, saved: Saved, path: Path | None, example: str, seen: Stamp | None) -> None:
        """Takes over what was not saved when a window ended unexpectedly; it still is not."""
        self._take(saved, path, example)
        self._store.mark_unsaved()
        self.stamp, self.steps = seen, 0

    def save(self, *_: object) -> bool:
        """Writes the project into its file, or asks for one; also where somebody else has changed it."""
        if self.path is None:
            return self.save_as()
        if stamp_of(self.path) not in (None, self.stamp):  # a file that is gone is simply written again
            self._ask_whose(self.path)
            return False
        return self._write(self.path)

    def save_as(self, *_: object) -> bool:
        """Asks for a file and writes the project into it."""
        path = self.ask_where(self._store.project.name, self.path)
        return path is not None and self._write(path)

    def ask_where(self, name: str, before: Path | None = None) -> Path | None:
        """Asks where to write a project of that name; None where it is not to be written."""
        from PySide6.QtWidgets import QFileDialog

        proposed = str(before or Path(settings().text("folder"), f"{file_name(name)}{SUFFIX}"))
        title = self.tr("Save the project")
        chosen, _filter = QFileDialog.getSaveFileName(self._window, title, proposed, self._filter)
        if not chosen:
            return None
        path = Path(chosen)
        if example_in(path):
            self.refused.emit(self.tr("{} comes with the program; choose another place.").format(path.name))
            return None
        return path if path.suffix else path.with_suffix(SUFFIX)

    def may_discard(self) -> bool:
        """Whether unsaved changes may go: asks where there are any, and saves where that is wanted."""
        if not self._window.isWindowModified():
            return True
        from PySide6.QtWidgets import QMessageBox

        choice = QMessageBox.StandardButton
        text = self.tr("Save the changes of “{}”?").format(self.path.name if self.path else self._store.project.name)
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Cascade"), "", parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        box.setInformativeText(self.tr("Without saving they are lost."))
        box.setStandardButtons(choice.Save | choice.Discard | choice.Cancel)
        box.setDefaultButton(choice.Save)
        answer = box.exec()
        return answer == choice.Discard or (answer == choice.Save and self.save())

    @property
    def behind(self) -> bool:
        """Whether the run has gone on since it was written into the project's file."""
        snapshot = self._run.snapshot
        keeps = self.path is not None and self.path.suffix != PLAIN
        return keeps and snapshot is not None and snapshot.steps > self.steps

    @property
    def title(self) -> str:
        """What the window calls what is open: its file, or the project's name while it has none."""
        return self.path.name if self.path else self._store.project.name

    @property
    def _filter(self) -> str:
        return self.tr("Cascade projects (*.cascade *.json);;All files (*)")

    def _ask_whose(self, path: Path) -> None:
        """Without a box: what is being built stays in sight, and nothing is lost by not answering."""
        text = self.tr("{} has changed on disk. Whose version stays?")
        offers = [
            (self.tr("Keep mine"), partial(self._write, path)),
            (self.tr("Open theirs"), partial(self._open_theirs, path)),
            (self.tr("Save as…"), self.save_as),
        ]
        self.asked.emit(text.format(path.name), offers)

    def _open_theirs(self, path: Path) -> None:
        """As one edit, so that undo brings back what was here."""
        seen = stamp_of(path)
        try:
            saved = read_saved(path)
        except ProjectError as error:
            self.refused.emit(str(error))
            return
        self.steps = _steps(saved)
        self._run.expect(saved)
        self._store.edit(saved.project, self.tr("open theirs"))
        self._store.mark_saved()
        self._note(path, seen)

    def _take(self, saved: Saved, path: Path | None, example: str = "") -> None:
        self.path, self.example, self.stamp, self.steps = path, example, None, _steps(saved)
        self._run.expect(saved)
        self._store.replace(saved.project)
        self.opened.emit()

    def _write(self, path: Path) -> bool:
        plain = path.suffix.lower() == PLAIN
        saved = Saved(self._store.project) if plain else self._run.saved()
        if saved is None:
            self.refused.emit(self.tr("Nothing was saved: the training does not say how it stands. Try again."))
            return False
        try:
            seen = write_saved(path, saved)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        self.path, self.steps = path, 0 if plain else _steps(saved)
        self._store.mark_saved()
        self._note(path, seen)
        self.said.emit(self._about(saved, plain).format(path.name))
        return True

    def _about(self, saved: Saved, plain: bool) -> str:
        """What to say of a file that has been written."""
        if plain:
            return self.tr("Saved as {}: the project as text, without its weights.")
        if saved.trained:
            return self.tr("Saved as {}, with the weights that the chain had while it could be trained.")
        if not saved.checkpoint:
            return self.tr("Saved as {}, without weights: there are none yet.")
        return self.tr("Saved as {}.")

    def _note(self, path: Path, seen: Stamp | None) -> None:
        self.stamp = seen
        recents.remember(path)
        settings().put(folder=str(path.absolute().parent))
        self.named.emit()


def example_in(path: Path) -> str:
    """The name of the example that a file is; empty where it is none."""
    try:
        inside = path.resolve().parent == assets.path("examples").resolve()
    except (OSError, ValueError, RuntimeError):  # a name that no file can have, or links in circles
        return ""
    return path.stem if inside and path.stem in EXAMPLES and path.suffix == PLAIN else ""


def _steps(saved: Saved) -> int:
    return saved.checkpoint.steps if saved.checkpoint else 0


def file_name(name: str) -> str:
    """A project's name as a file's name."""
    kept = "".join(sign if sign.isalnum() or sign in " -_" else "_" for sign in name).strip()
    return kept[:60] or "project"
