"""The last chance: an error nobody caught is shown in the window, with details to copy; program and project live on."""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from gui.main_window import MainWindow


class ErrorHandler(QObject):
    """Takes over ``sys.excepthook`` for a window, also for other threads; ``restore`` gives it back."""

    _caught = Signal(str, str)  # queued: errors of other threads are shown by this one

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._before = sys.excepthook, threading.excepthook
        self._caught.connect(self._show)
        sys.excepthook = self._catch
        threading.excepthook = lambda args: self._catch(args.exc_type, args.exc_value, args.exc_traceback)

    def restore(self) -> None:
        """Errors go where they went before."""
        sys.excepthook, threading.excepthook = self._before

    def _catch(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(details)
        self._caught.emit(f"{kind.__name__}: {error}".splitlines()[0][:200], details)

    def _show(self, text: str, details: str) -> None:
        said = self.tr("Something went wrong inside Cascade; your project is untouched. {}").format(text)
        self._window.banner.say(said, self.tr("Copy details"), lambda: QGuiApplication.clipboard().setText(details))
