"""The panel of predictions: chooses the form by the task, asks beside the window, and shows the newest answer."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.data.parts import depends_on
from engine.predictions.outcomes import CONFUSION, CURVE, DRAW, FIT, PLANE, SAMPLES, forms
from engine.predictions.predictor import ANSWERS, Predictor
from engine.project import Project
from engine.resolve import Resolved
from gui.background import Work
from gui.panels.view_panel import ViewPanel
from gui.prediction.confusion import ConfusionView
from gui.prediction.curve import CurveView
from gui.prediction.draw import DrawView
from gui.prediction.fit import FitView
from gui.prediction.gallery import SamplesView
from gui.prediction.plane import PlaneView
from gui.prediction.view import View
from gui.project_store import ProjectStore

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot

PAUSE = 0.03  # seconds that at least lie between two questions: one in every frame
MOST_UNITS = 64  # of a block that are offered one by one
VIEWS: dict[str, type[View]] = {
    PLANE: PlaneView, CURVE: CurveView, SAMPLES: SamplesView, FIT: FitView, CONFUSION: ConfusionView, DRAW: DrawView,
}  # fmt: skip


class PredictionPanel(ViewPanel):
    """Shows what the network of the newest snapshot predicts for the store's project.

    The forms and their numbers (N samples, K outputs; class numbers where there are classes, else values):

    - ``"plane"``: ``x`` (W,), ``y`` (H,), ``outputs`` (H, W, K), ``predicted`` and ``confidence`` (H, W) or None,
      ``unit``, and of the points ``points`` (N, 2), ``truth``, ``point_outputs``, ``misclassified``, ``validation``
    - ``"curve"``: ``x`` (W,), ``outputs`` (W, K), ``shares`` (W, classes) or None; ``points`` (N,), ``truth``,
      ``point_outputs``, ``validation``
    - ``"samples"``, the worst first: ``samples`` (their numbers), ``validation``, ``truth``, ``predicted``, ``shares``,
      ``losses``
    - ``"confusion"``: ``counts`` and ``row_shares`` (true, predicted), ``accuracy``, ``class_accuracy``; where a cell
      is open, ``cell`` and the numbers of its ``samples``
    - ``"fit"``: ``truth``, ``predicted`` and ``residuals`` (N, K), ``samples``, ``validation``, ``r2``,
      ``validation_r2``
    - ``"draw"``: ``ink`` (H, W) from 0 to 1, ``outputs``, ``shares``, ``predicted``, and ``activations``: what every
      block gives out, by name

    ``classes`` are the classes' names, ``total`` says how many samples there are where not all are shown.
    """

    def __init__(self, store: ProjectStore) -> None:
        self._store = store
        self._data: tuple[object, ...] = ()
        self._predictor = Predictor()
        self._under_pointer = ""
        super().__init__("predictionPanel", "Prediction", VIEWS, PAUSE)
        self.show_project(store.project, store.selection)

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        if depends_on(project) != self._data:
            self._data = depends_on(project)
            self.forget()
        self.offer(forms(project), self.tr("Waiting for the first weights"))
        self._prepare(selection)
        self.ask()

    def draw(self, snapshot: Snapshot | None) -> None:
        new = snapshot is not self.snapshot
        super().draw(snapshot)
        self.read_out(self._under_pointer)
        if new:
            self.ask()

    def show_form(self, form: str) -> None:
        super().show_form(form)
        self._prepare(self._store.selection)

    def work(self, form: str) -> Work | None:
        """Nothing while the run is not that of the project as it is."""
        snapshot, project = self.snapshot, self._store.project
        if snapshot is None or not self._store.resolved.ok:
            return None
        ran = snapshot.project
        if (ran.chain, ran.data, ran.loss) != (project.chain, project.data, project.loss):
            return None
        return partial(_answer, self._predictor, snapshot, form, self._shown.question())

    def is_present(self, origin: Snapshot) -> bool:
        return origin.project.data == self._store.project.data and self._store.resolved.ok

    def read_out(self, text: str) -> None:
        self._under_pointer = text
        started = self.snapshot is not None and self.snapshot.computed
        super().read_out(text or ("" if started else self.tr("the first weights, not trained yet: press Run")))

    @property
    def _shown(self) -> View:
        view = self.view
        assert isinstance(view, View)
        return view

    def _prepare(self, selection: tuple[str, ...]) -> None:
        """Tells the view what it has to know of the project; says what keeps anything from being predicted."""
        resolved = self._store.resolved
        if not resolved.ok:
            self.say(self.tr("Nothing can be predicted yet. {}: {}").format(*_first(resolved)))
        self._shown.take_shape(self._store.project.data.input_shape)
        self._shown.select(*self._flat_block(selection))

    def _flat_block(self, selection: tuple[str, ...]) -> tuple[str, int]:
        """The selected block and the number of its units, where these can be looked at one by one."""
        for place in self._store.resolved.blocks if selection and self._store.resolved.ok else ():
            if place.name == selection[0] and place.output_shape and len(place.output_shape) == 1:
                return place.name, min(MOST_UNITS, math.prod(place.output_shape))
        return "", 0


def _first(resolved: Resolved) -> tuple[str, str]:
    """Place and text of the first problem."""
    return resolved.problems[0].place, resolved.problems[0].text


def _answer(predictor: Predictor, snapshot: Snapshot, form: str, question: dict[str, Any]) -> tuple[Any, ...]:
    """In the thread."""
    predictor.load(snapshot)
    return snapshot, form, ANSWERS[form](predictor, **question)
