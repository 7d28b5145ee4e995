"""Says in the banner what stopped a run, and offers what helps."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from engine.run.events import Died, Fault
from gui.banner import Banner
from gui.run_controller import RunController


class Alarm(QObject):
    """Listens to the run for as long as it is there."""

    def __init__(self, controller: RunController, banner: Banner) -> None:
        super().__init__(controller)
        self._controller, self._banner = controller, banner
        controller.fault.connect(self._show_fault)
        controller.died.connect(self._show_death)

    def _show_fault(self, fault: Fault) -> None:
        text = self.tr("Paused. {} The last finite weights are kept. {}").format(fault.text, fault.suggestion)
        self._banner.say(text, self.tr("Reset"), self._controller.reset)

    def _show_death(self, died: Died) -> None:
        text = self.tr("{} Your project is untouched.").format(died.text)
        if died.details:
            copy = partial(QGuiApplication.clipboard().setText, died.details)
            self._banner.say(text, self.tr("Copy details"), copy)
        else:
            self._banner.say(text, self.tr("Run again"), self._controller.run)
