"""Completes a window after it has been painted: starts the run once numpy is there, then makes one panel at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from gui import actions
from gui.balance import Balance
from gui.loading import Loader

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from gui.panels.panel import Panel

CHAIN_RULE = "chain_rule"
"""The panel that stands on the shelf under the canvas; the others have cards of their names."""

Recipe = tuple[str, Callable[[], "Panel"]]


UNPAINTED = 150  # milliseconds after which a window that is not shown is completed all the same


class Assembly(QObject):
    """``panels`` by name, each ``made`` in a turn of the event loop of its own: the window answers in between."""

    made = Signal(object)  # a panel
    completed = Signal()
    failed = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.panels: dict[str, Panel] = {}
        self.complete = False
        self._window, self._finished = window, False
        self._waiting: list[Recipe] = []
        self.loader = Loader(self)
        self.loader.run_ready.connect(self._start_run)
        self.loader.panels_ready.connect(self._begin)
        self.loader.failed.connect(self.failed)
        window.canvas.painted.connect(self.loader.start, Qt.ConnectionType.QueuedConnection)
        self.unpainted = QTimer(self, singleShot=True, interval=UNPAINTED)
        self.unpainted.timeout.connect(self.loader.start)
        self.unpainted.start()

    def finish(self) -> None:
        """Nothing more is made."""
        self._finished = True
        self.unpainted.stop()
        self.loader.finish()

    def _start_run(self) -> None:
        if self._finished:  # while it was being loaded
            return
        from engine.run.session import ProcessSession

        self._window.canvas.draw(None)
        self._window.controller.start(ProcessSession())
        actions.refresh(self._window, self._window.actions_by_name)

    def _begin(self) -> None:
        self._waiting = recipes(self._window)
        self._make_next()

    def _make_next(self) -> None:
        if self._finished:
            return
        name, make = self._waiting.pop(0)
        panel = self.panels[name] = make()
        card = self._window.shelf if name == CHAIN_RULE else self._window.cards[name]
        panel.titled.connect(card.head.say)
        for control in panel.controls():
            card.head.add(control)
        panel.chosen.connect(self._window.store.select)
        panel.picture_wanted.connect(partial(self._window.dialogs.picture, name))
        card.fill(panel)
        self.made.emit(panel)
        if self._waiting:
            QTimer.singleShot(0, self, self._make_next)
        else:
            self.complete = True
            self.completed.emit()


def recipes(window: MainWindow) -> list[Recipe]:
    """How each panel is made, by its name."""
    from gui.panels.gradients import GradientPanel
    from gui.panels.loss import LossPanel

    return [
        (CHAIN_RULE, partial(_chain_rule, window)),
        ("loss", LossPanel),
        ("gradients", GradientPanel),
        ("layer", partial(_layer, window)),
        ("prediction", partial(_prediction, window)),
        ("problems", partial(_problems, window)),
        ("data", partial(_data, window)),
    ]


def _chain_rule(window: MainWindow) -> Panel:
    """The panel with its modes; one that needs more room borrows it from the canvas."""
    from gui.chain_rule.nudge import Nudge
    from gui.chain_rule.panel import ChainRulePanel
    from gui.chain_rule.paths import Paths
    from gui.chain_rule.slow_motion import SlowMotion

    slow_motion = partial(SlowMotion, window.store, window.controller)
    modes = [make(window.laboratory, window.stage) for make in (Nudge, Paths, slow_motion)]
    panel = ChainRulePanel(window.laboratory, window.stage, modes)
    panel.room_wanted.connect(Balance(window.splitter, window.workspace).lend)
    return panel


def _layer(window: MainWindow) -> Panel:
    from gui.layer.panel import LayerPanel

    panel = LayerPanel()
    window.stage.add_layer_panel(panel)
    window.workshop.add_layer_panel(panel)
    return panel


def _prediction(window: MainWindow) -> Panel:
    """A block under the pointer shows there what it gives out."""
    from gui.prediction.panel import PredictionPanel

    panel = PredictionPanel(window.store)
    window.canvas.pointed.connect(panel.point_at)
    return panel


def _problems(window: MainWindow) -> Panel:
    """The list lies behind another card, and says there that it has something."""
    from gui.panels.problems import ProblemPanel

    panel = ProblemPanel(window.store, window.doctor, window.breaks)
    panel.counted.connect(window.workspace.show_problems)
    return panel


def _data(window: MainWindow) -> Panel:
    """A file is read once: the panel waits for whoever has begun with it."""
    from gui.data.panel import DataPanel

    watch = window.importer.watch
    panel = DataPanel(window.store, lambda: watch.reading)
    watch.ended.connect(panel.ask)
    panel.begun.connect(partial(window.workspace.bring, "data"))
    return panel
