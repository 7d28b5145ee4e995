"""The panels of a window, in the order in which they are made once numpy and the plots have been loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from gui.balance import Balance

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from gui.panels.panel import Panel

CHAIN_RULE = "chain_rule"
"""The panel that stands on the shelf under the canvas; the others have cards of their names."""

Recipe = tuple[str, Callable[[], "Panel"]]


def recipes(window: MainWindow) -> list[Recipe]:
    """How each panel is made, by its name."""
    from gui.panels.gradients import GradientPanel
    from gui.panels.loss import LossPanel
    from gui.prediction.panel import PredictionPanel

    return [
        (CHAIN_RULE, partial(_chain_rule, window)),
        ("loss", LossPanel),
        ("gradients", GradientPanel),
        ("layer", partial(_layer, window)),
        ("prediction", partial(PredictionPanel, window.store)),
        ("problems", partial(_problems, window)),
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
    from gui.panels.layer import LayerPanel

    panel = LayerPanel()
    window.stage.add_layer_panel(panel)
    window.workshop.add_layer_panel(panel)
    return panel


def _problems(window: MainWindow) -> Panel:
    """The list lies behind another card, and says there that it has something."""
    from gui.panels.problems import ProblemPanel

    panel = ProblemPanel(window.store, window.doctor, window.breaks)
    panel.counted.connect(window.workspace.show_problems)
    return panel
