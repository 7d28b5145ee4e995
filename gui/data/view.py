"""What the views of the data panel have in common."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.project import Project
from gui.panels import view


def tr(text: str) -> str:
    """A text of the data panel in the language of the window."""
    return QCoreApplication.translate("DataPanel", text)


class DataView(view.View):
    """One view of a project's data."""

    @classmethod
    def suits(cls, project: Project) -> bool:
        """Whether there is something to be shown of these data."""
        return True
