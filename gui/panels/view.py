"""One of several views of a panel: what is shown in it, and how it is taken away."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class View(QWidget):
    """``show_answer`` brings what was computed for it; ``said`` reads out what lies under the pointer."""

    title: ClassVar[str] = ""  # on the button that chooses it
    tip: ClassVar[str] = ""

    said = Signal(str)
    asked = Signal()  # something else is to be computed
    titled = Signal()  # the sub-line is another one

    def show_answer(self, outcome: Any) -> None:
        """Shows what was computed."""
        raise NotImplementedError

    def forget(self) -> None:
        """The data are others."""

    def sub(self) -> str:
        """What is drawn, in words."""
        raise NotImplementedError

    def data(self) -> dict[str, Any]:
        """The numbers that are shown."""
        raise NotImplementedError

    def table(self) -> list[list[Any]]:
        """The same as rows under a row of titles."""
        raise NotImplementedError

    def reset_zoom(self) -> None:
        """Shows everything again."""

    def restyle(self) -> None:
        """The colours are others."""

    def stop(self) -> None:
        """The window is being closed: nothing more is computed for the view."""
