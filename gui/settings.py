"""What the program remembers from one start to the next: plain values, never project data.

They are kept as JSON beside the place that Qt has for settings. Qt's own settings would not do: PySide runs what a
stranger has pickled into such a file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QSettings, QStandardPaths

from engine.storage import write_atomically
from engine.strict import ProjectError

Value = bool | int | float | str | list[str]
MAXIMUM_BYTES = 2**20


class Settings:
    """Values by name in a file. One that cannot be read counts as empty, one that cannot be written stays as it was:
    no work depends on them. Without a file nothing is remembered.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        value = self._read().get(name)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: float) -> float:
        """A number."""
        value = self._read().get(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else default

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._read().get(name)
        return tuple(value) if isinstance(value, list) else ()

    def put(self, **values: str | float | Sequence[str]) -> None:
        """Remembers values; windows in other processes keep what they have put there."""
        if self._path is None:
            return
        with contextlib.suppress(OSError, ProjectError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, msgspec.json.format(msgspec.json.encode(self._read() | values)))

    def clear(self) -> None:
        """Forgets everything. OSError where the file cannot be removed."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _read(self) -> dict[str, Value]:
        if self._path is None:
            return {}
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(MAXIMUM_BYTES), type=dict[str, Value])
        except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
            return {}


class _State:
    ignored = False  # in this process


def settings() -> Settings:
    """The settings of the person at the machine."""
    return Settings(None if _State.ignored else settings_path())


def ignore_settings() -> None:
    """From now on this process reads and remembers nothing."""
    _State.ignored = True


def settings_path() -> Path:
    """The file of the settings: Qt knows the folder on every system."""
    place = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Cascade", "Cascade")
    return Path(place.fileName()).with_suffix(".json")


def state_folder() -> Path:
    """The folder for what is neither a setting nor a file of the person: what a crash may leave behind."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericStateLocation)
    return Path(place) / "cascade"
