"""Joins the laboratory with what stands around it: the canvas above, whose blocks are lit and clicked, and the layer
panel, whose numbers are asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QPoint

from gui.canvas import Canvas
from gui.canvas.paths_item import Route
from gui.canvas.tag_item import Tag
from gui.chain_rule.laboratory import Laboratory
from gui.chain_rule.question import INPUT, LOSS, Question
from gui.project_store import DATA_END, LOSS_END

if TYPE_CHECKING:
    from gui.chain_rule.panel import ChainRulePanel
    from gui.layer.panel import LayerPanel


class Stage(QObject):
    """Passes on what each of them says; decides nothing itself."""

    def __init__(self, laboratory: Laboratory, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._laboratory, self._canvas = laboratory, canvas
        self._panel: ChainRulePanel | None = None
        self._layer: LayerPanel | None = None
        laboratory.pointed.connect(self.light)
        laboratory.asked.connect(self._mark)
        canvas.clicked.connect(self._clicked)
        canvas.camera.moved.connect(self._follow)

    def add_panel(self, panel: ChainRulePanel) -> None:
        """The panel of the chain rule is there."""
        self._panel = panel

    def add_layer_panel(self, panel: LayerPanel) -> None:
        """The layer panel is there: its numbers can be asked about."""
        self._layer = panel
        panel.asked.connect(self._laboratory.ask_about_number)
        panel.formula = self._laboratory.cell
        self._laboratory.answered.connect(lambda answer: panel.follow_sample(answer.sample))
        self._mark(self._laboratory.question)

    def span(self, name: str) -> tuple[float, float] | None:
        """Where a block stands, in the coordinates of the panel of the chain rule; None for one that is gone."""
        try:
            place = self._canvas.place_of(_on_canvas(name))
        except KeyError:
            return None
        left, right = self._canvas.camera.span(place)
        window, panel = self._canvas.window(), self._panel
        if panel is None:
            return None
        shift = self._canvas.viewport().mapTo(window, QPoint()).x() - panel.mapTo(window, QPoint()).x()
        return left + shift, right + shift

    def light(self, blocks: Iterable[str], role: str = "backward") -> None:
        """Lights blocks, the input or the loss, and no others, in one of the theme's colours."""
        self._canvas.light([_on_canvas(name) for name in blocks], role)

    def reveal(self, block: str) -> None:
        """Brings a block into sight, with the tag behind it; nothing for one that is gone."""
        try:
            place = self._canvas.place_of(_on_canvas(block))
        except KeyError:
            return
        self._canvas.camera.reveal(place + 1)
        self._canvas.camera.reveal(place)

    def show_tags(self, tags: Mapping[str, Tag]) -> None:
        """Hangs tags on the links behind blocks, or on the loss, in place of those that hang there."""
        self._canvas.show_tags({_on_canvas(name): tag for name, tag in tags.items()})

    def show_paths(self, routes: Iterable[Route]) -> None:
        """Draws paths over the blocks, in place of those that are drawn."""
        self._canvas.show_paths(
            [
                msgspec.structs.replace(route, stops=tuple((_on_canvas(name), depth) for name, depth in route.stops))
                for route in routes
            ]
        )

    def isolate(self, number: int) -> None:
        """Shows the product along one of the strongest paths in the row of factors."""
        if self._panel is not None:
            self._panel.show_path(number)

    def _clicked(self, name: str, adding: bool) -> None:
        """A block was clicked: how does the error answer it? Added to the selection: how does it answer itself?"""
        if adding:
            self._laboratory.ask_of("" if name == LOSS_END else name)
        elif name == DATA_END:
            self._laboratory.ask_about_input()
        else:
            self._laboratory.ask_about_block(name)

    def _mark(self, question: Question | None) -> None:
        if self._layer is not None:
            self._layer.mark(*((question.parameter, question.index) if question else ("", ())))

    def _follow(self) -> None:
        if self._panel is not None:
            self._panel.row.update()


def _on_canvas(name: str) -> str:
    """The canvas's name of what explanations call a block, the input or the loss."""
    return {LOSS: LOSS_END, INPUT: DATA_END}.get(name, name)
