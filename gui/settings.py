"""Where the program remembers its window: plain values only, never project data."""

from __future__ import annotations

from PySide6.QtCore import QSettings


def settings() -> QSettings:
    """The settings of the person at the machine, in a readable file."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Cascade", "Cascade")
