"""Projects in files: opening, saving, examples. Nothing is replaced before the new project has been read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from engine.project import Project, ProjectError
from engine.storage import PLAIN, SUFFIX, Saved, read_example, read_saved, write_saved
from gui.project_store import ProjectStore
from gui.run_controller import RunController


class Files(QObject):
    """Reads projects into a store and writes them out. ``refused`` says in one sentence why something was not done."""

    refused = Signal(str)
    said = Signal(str)
    opened = Signal()

    def __init__(self, store: ProjectStore, run: RunController, window: QWidget) -> None:
        super().__init__(window)
        self._store, self._run, self._window = store, run, window
        self.path: Path | None = None
        self.example = ""  # which one was opened last, while nothing else has been

    def new(self, *_: object) -> None:
        """An empty chain, after asking for unsaved changes."""
        if self.may_discard():
            self._take(Saved(Project()), None)

    def open(self, *_: object) -> None:
        """Asks for a file and opens it."""
        from PySide6.QtWidgets import QFileDialog

        if not self.may_discard():
            return
        chosen, _filter = QFileDialog.getOpenFileName(self._window, self.tr("Open a project"), "", self._filter)
        if chosen:
            self.read(Path(chosen))

    def open_path(self, path: Path) -> bool:
        """Opens a file that was named or dropped, after asking for unsaved changes; False where it was refused."""
        return self.may_discard() and self.read(path)

    def open_example(self, name: str, *_: object) -> None:
        """Opens a project that comes with the program; it is saved into another file."""
        if self.may_discard():
            self._take(Saved(read_example(name)), None, name)

    def read(self, path: Path) -> bool:
        """Opens a file without asking; a file that is refused leaves everything as it is."""
        try:
            saved = read_saved(path)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        self._take(saved, path)
        return True

    def save(self, *_: object) -> bool:
        """Writes the project into its file, or asks for one."""
        return self.save_as() if self.path is None else self._write(self.path)

    def save_as(self, *_: object) -> bool:
        """Asks for a file and writes the project into it."""
        from PySide6.QtWidgets import QFileDialog

        proposed = str(self.path or f"{_plain(self._store.project.name)}{SUFFIX}")
        chosen, _filter = QFileDialog.getSaveFileName(self._window, self.tr("Save the project"), proposed, self._filter)
        if not chosen:
            return False
        path = Path(chosen)
        return self._write(path if path.suffix else path.with_suffix(SUFFIX))

    def may_discard(self) -> bool:
        """Whether unsaved changes may go: asks where there are any, and saves where that is wanted."""
        if not self._window.isWindowModified():
            return True
        from PySide6.QtWidgets import QMessageBox

        choice = QMessageBox.StandardButton
        text = self.tr("Save the changes of “{}”?").format(self._store.project.name)
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Cascade"), "", parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        box.setInformativeText(self.tr("Without saving they are lost."))
        box.setStandardButtons(choice.Save | choice.Discard | choice.Cancel)
        box.setDefaultButton(choice.Save)
        answer = box.exec()
        return answer == choice.Discard or (answer == choice.Save and self.save())

    @property
    def _filter(self) -> str:
        return self.tr("Cascade projects (*.cascade *.json);;All files (*)")

    def _take(self, saved: Saved, path: Path | None, example: str = "") -> None:
        self.path, self.example = path, example
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
            write_saved(path, saved)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        self.path = path
        self._store.mark_saved()
        self.said.emit(self._about(plain).format(path.name))
        return True

    def _about(self, plain: bool) -> str:
        """What to say of a file that has been written."""
        if plain:
            return self.tr("Saved as {}: the project as text, without its weights.")
        if not self._store.resolved.ok:
            return self.tr("Saved as {}, without weights: the chain cannot be trained as it is.")
        return self.tr("Saved as {}.")


def _plain(name: str) -> str:
    """A project's name as a file's name."""
    kept = "".join(sign if sign.isalnum() or sign in " -_" else "_" for sign in name).strip()
    return kept[:60] or "project"
