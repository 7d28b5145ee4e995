"""The panel of one block: its numbers as they are chosen, and what has been pinned beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QWidget

from engine.lazy import Array
from engine.probe import INPUT
from engine.project import Project
from gui.layer.controls import Controls
from gui.layer.moment import Formula, Moment
from gui.layer.pins import MOST, Pins
from gui.layer.readings import Asked, Readings
from gui.layer.values import VALUES
from gui.layer.view import SightView
from gui.panels.panel import Panel, tr
from gui.project_store import DATA_END, LOSS_END

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot
    from gui.checker import Checked


class LayerPanel(Panel):
    """``data()`` gives the arrays that are shown, by name: of a block's parameters ``weight`` (out, in) and ``bias``
    (out,), of what passes it ``activation`` or ``delta``; as a histogram ``edges`` and ``counts``.

    ``formula`` gives a gradient in words with the numbers that it is made of, where somebody knows them. ``asked`` says
    which number was clicked: the parameter as ``"dense_1.weight"``, and the index.
    """

    asked = Signal(str, object)

    def __init__(self) -> None:
        self.formula: Formula = lambda parameter, index: ""
        self._project: Project | None = None
        self._order: tuple[str, ...] = ()  # blocks by how near they are to the selection
        self._checked: Checked | None = None
        self._marked: tuple[str, tuple[int, ...]] | None = None
        self._refused = ""
        self.view, self.pins, self.choice = SightView(), Pins(), Controls()
        super().__init__("layerPanel", tr("Layer"))
        self.choice.fill(self._more.menu())
        self._readings = Readings(self._needed, self)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        for place, (widget, stretch) in enumerate(((self.view, 3), (self.pins, 2))):
            self._splitter.addWidget(widget)
            self._splitter.setStretchFactor(place, stretch)
        self.column.addWidget(self.choice.bar)
        self.column.addWidget(self._splitter, 1)
        self.add_readout()
        self._connect()
        self.choice.offer_pin(self.pins.free, MOST)
        self.draw(None)

    def controls(self) -> list[QWidget]:
        return [self.choice.value, self.choice.picture, self.choice.pin, *super().controls()]

    def data(self) -> dict[str, Array]:
        return self.view.data()

    def table(self) -> list[list[Any]]:
        return self.view.table()

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        if self._project is None or _passes(project) != _passes(self._project):
            self._readings.forget()
        self._project = project
        self._order = _nearest([block.name for block in project.chain], selection)
        self.choice.offer_samples(project.data.count)
        self._redraw()

    def show_check(self, checked: Checked | None) -> None:
        """Another gradient check, or none any more."""
        self._checked = checked
        self._redraw()

    def show_value(self, name: str) -> None:
        """Shows one of the values: ``"gradient"``, ``"weight"``, ``"check"`` ..."""
        self.choice.show_value(name)

    def follow_sample(self, sample: int) -> None:
        """The chain rule is shown for another training sample."""
        if sample != self.choice.asked:
            self.choice.asked = sample
            self._choose()

    def mark(self, parameter: str, index: tuple[int, ...]) -> None:
        """Frames the number that is asked about, where it is shown."""
        self._marked = (parameter, index) if parameter else None
        self._redraw()

    def draw(self, snapshot: Snapshot | None) -> None:
        super().draw(snapshot)
        moment = Moment(snapshot, self._checked, self._readings.known, self.formula)
        self._show(moment)
        for pinned in self.pins:
            pinned.show_moment(moment)
        self._readings.look()

    def read_out(self, text: str) -> None:
        """Says what lies under the pointer; where nothing does, what the value says of itself."""
        super().read_out(text or self._refused or self.view.idle())

    def reset_zoom(self) -> None:
        for view in (self.view, *(pinned.view for pinned in self.pins)):
            view.reset_zoom()

    def restyle(self) -> None:
        super().restyle()
        for part in (self.choice, self.view, *self.pins):
            part.restyle()

    def stop(self) -> None:
        self._readings.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.draw(self.snapshot)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Whoever is painted is seen: behind the tab of another card nothing is computed."""
        super().paintEvent(event)
        self._readings.look()

    def _redraw(self) -> None:
        """Draws the same snapshot anew; what is hidden is drawn when it is shown."""
        if self.watched:
            self.draw(self.snapshot)

    def watch(self, pictured: bool) -> None:
        super().watch(pictured)
        self._readings.look()

    def _connect(self) -> None:
        self.view.said.connect(self.read_out)
        self.view.asked.connect(self.asked)
        self.pins.said.connect(self.read_out)
        self.pins.asked.connect(self.asked)
        self.pins.changed.connect(self._repin)
        self.choice.changed.connect(self._choose)
        self.choice.pin.clicked.connect(lambda: self.pins.add(self.view.sight))
        self._readings.changed.connect(self._take)
        self._readings.refused.connect(self._refuse)

    def _show(self, moment: Moment) -> None:
        """Draws what is chosen, of the block that is nearest to the selection and has it."""
        view, block = self.view, VALUES[self.choice.value.current].block(moment, self._order)
        view.moment = moment
        view.look_at(self.choice.sight(block))
        self.choice.offer(view.sight, view.units())
        view.look_at(self.choice.sight(block))  # it may have fewer units than what was chosen
        view.show_moment(moment, self._marked)
        self.titled.emit(block or self.tr("Layer"), "" if self._refused else view.sub())

    def _choose(self) -> None:
        """Something else is to be looked at."""
        self._refused = ""
        self._redraw()
        self._readings.hurry()

    def _repin(self) -> None:
        """A view has been pinned or closed: they share the width, at most half of it for those that are pinned."""
        self.choice.offer_pin(self.pins.free, MOST)
        width = self._splitter.width()
        beside = min(self.pins.wanted, width // 2)
        self._splitter.setSizes([width - beside, beside])
        self._choose()

    def _take(self) -> None:
        self._refused = ""
        self._redraw()

    def _refuse(self, sentence: str) -> None:
        self._refused = sentence
        self._redraw()

    def _needed(self) -> Asked | None:
        """What is to be computed; nothing while nobody looks, or the run is not that of the project as it is."""
        snapshot, project = self.snapshot, self._project
        if snapshot is None or project is None or not self.watched or _passes(snapshot.project) != _passes(project):
            return None
        views = (self.view, *(pinned.view for pinned in self.pins))
        return snapshot, frozenset(view.need for view in views if view.need is not None)


def _nearest(names: list[str], selection: tuple[str, ...]) -> tuple[str, ...]:
    """Blocks from the selected one: to its left first, as an activation belongs to the block before it."""
    chosen = selection[0] if selection else ""
    if chosen == DATA_END:
        return INPUT, *names
    if chosen == LOSS_END:
        return tuple(reversed(names))
    at = names.index(chosen) if chosen in names else -1
    return (*reversed(names[: at + 1]), *names[at + 1 :]) if at >= 0 else tuple(names)


def _passes(project: Project) -> tuple[object, ...]:
    """All of a project that decides what passes its blocks, besides the parameters."""
    return project.chain, project.data, project.loss, project.training.seed
