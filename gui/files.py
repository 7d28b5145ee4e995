"""Projects in files: opening, saving, examples. Nothing is replaced before the new project has been read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from engine.project import Project, ProjectError
from engine.storage import SUFFIX, read_example, read_project, write_project
from gui.data.endings import PATTERNS
from gui.project_store import ProjectStore


class Files(QObject):
    """Reads projects into a store and writes them out. ``refused`` says in one sentence why something was not done."""

    refused = Signal(str)
    said = Signal(str)
    opened = Signal()
    chosen = Signal(object)  # the path of a file to be opened, whatever it holds

    def __init__(self, store: ProjectStore, window: QWidget) -> None:
        super().__init__(window)
        self._store, self._window = store, window
        self.path: Path | None = None
        self.example = ""  # which one was opened last, while nothing else has been

    def new(self, *_: object) -> None:
        """An empty chain, after asking for unsaved changes."""
        if self.may_discard():
            self._take(Project(), None)

    def open(self, *_: object) -> None:
        """Asks for a file, a project or data, and has it opened."""
        from PySide6.QtWidgets import QFileDialog

        everything = self.tr("Projects and data (*{} {})").format(SUFFIX, PATTERNS)
        filters = f"{everything};;{self._filter}"
        chosen, _filter = QFileDialog.getOpenFileName(self._window, self.tr("Open"), "", filters)
        if chosen:
            self.chosen.emit(Path(chosen))

    def open_path(self, path: Path) -> bool:
        """Opens a file that was named or dropped, after asking for unsaved changes; False where it was refused."""
        return self.may_discard() and self.read(path)

    def open_example(self, name: str, *_: object) -> None:
        """Opens a project that comes with the program; it is saved into another file."""
        if self.may_discard():
            self._take(read_example(name), None, name)

    def read(self, path: Path) -> bool:
        """Opens a file without asking; a file that is refused leaves everything as it is."""
        try:
            project = read_project(path)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        self._take(project, path)
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
        return self.tr("Cascade projects (*.json);;All files (*)")

    def _take(self, project: Project, path: Path | None, example: str = "") -> None:
        self.path, self.example = path, example
        self._store.replace(project)
        self.opened.emit()

    def _write(self, path: Path) -> bool:
        try:
            write_project(path, self._store.project)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        self.path = path
        self._store.mark_saved()
        self.said.emit(self.tr("Saved as {}.").format(path.name))
        return True


def _plain(name: str) -> str:
    """A project's name as a file's name."""
    kept = "".join(sign if sign.isalnum() or sign in " -_" else "_" for sign in name).strip()
    return kept[:60] or "project"
