"""The panel of predictions: chooses the form by the task, asks beside the window, and shows the newest answer."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QStackedWidget, QToolButton, QWidget

from engine.data.parts import depends_on
from engine.predictions.outcomes import CONFUSION, CURVE, DRAW, FIT, PLANE, SAMPLES, forms
from engine.predictions.predictor import ANSWERS, Predictor
from engine.project import Project
from gui.background import Background, Work
from gui.panels.panel import Panel
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


class PredictionPanel(Panel):
    """``data()`` gives a dict with ``"form"`` and the numbers that are shown; empty while there is nothing.

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
    - ``"draw"``: ``ink`` (H, W) from 0 to 1, ``outputs``, ``shares``, ``predicted``

    ``classes`` are the classes' names, ``total`` says how many samples there are where not all are shown.
    """

    def __init__(self, store: ProjectStore) -> None:
        self._store = store
        self._forms: tuple[str, ...] = ()
        self._form = ""
        self._views: dict[str, View] = {}
        self._answered: set[str] = set()  # the forms that show the present data
        self._under_pointer = ""
        self._data: tuple[object, ...] = ()
        self._wanted = False  # whether something is to be asked
        self._predictor = Predictor()
        super().__init__("predictionPanel", "Prediction")
        self._background = Background("predicting", self._inquire, PAUSE, self)
        self._background.answered.connect(self._take)
        self._background.refused.connect(self._say)
        self._words = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText, alignment=Qt.AlignmentFlag.AlignCenter)
        self._words.setProperty("role", "caption")
        self._pages = QStackedWidget()
        self._pages.addWidget(self._words)
        self.column.addWidget(self._pages, 1)
        self.add_readout()
        self._switch = QWidget()
        self._buttons = self._make_buttons()
        self.show_project(store.project, store.selection)

    def controls(self) -> list[QWidget]:
        return [self._switch, *super().controls()]

    def data(self) -> dict[str, Any]:
        return self._views[self._form].data() if self._form in self._answered else {}

    def table(self) -> list[list[Any]]:
        return self._views[self._form].table() if self._form in self._answered else []

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        offered = forms(project)
        if offered != self._forms:
            self._offer(offered)
        if depends_on(project) != self._data:
            self._data = depends_on(project)
            for view in self._views.values():
                view.forget()
        if not self._store.resolved.ok:
            problem = self._store.resolved.problems[0]
            self._say(self.tr("Nothing can be predicted yet. {}: {}").format(problem.place, problem.text))
        self._views[self._form].take_shape(project.data.input_shape)
        self._views[self._form].select(*self._flat_block(selection))
        self._ask()

    def draw(self, snapshot: Snapshot | None) -> None:
        if snapshot is not self.snapshot:
            self._wanted = True
        super().draw(snapshot)
        self.read_out(self._under_pointer)
        self._background.look()

    def show_form(self, form: str) -> None:
        """Another of the forms that the task offers."""
        self._form = form
        self._buttons[form].setChecked(True)
        self._view(form)
        self.read_out("")
        self._turn_page()
        self.show_project(self._store.project, self._store.selection)

    def reset_zoom(self) -> None:
        self._views[self._form].reset_zoom()

    def restyle(self) -> None:
        super().restyle()
        for view in self._views.values():
            view.restyle()

    def stop(self) -> None:
        self._background.close()

    def read_out(self, text: str) -> None:
        self._under_pointer = text
        started = self.snapshot is not None and self.snapshot.steps > 0
        super().read_out(text or ("" if started else self.tr("the first weights, not trained yet: press Run")))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Whoever is painted is seen: behind the tab of another card nothing is computed."""
        super().paintEvent(event)
        self._background.look()

    def _offer(self, offered: tuple[str, ...]) -> None:
        """The forms of another task."""
        self._forms = offered
        self._answered.clear()
        for form, button in self._buttons.items():
            button.setVisible(form in offered and len(offered) > 1)
        self._say(self.tr("Waiting for the first weights"))
        self.show_form(offered[0])

    def _view(self, form: str) -> View:
        """The view of a form; made when it is first wanted."""
        if form not in self._views:
            view = self._views[form] = VIEWS[form]()
            view.said.connect(self.read_out)
            view.asked.connect(self._hurry)
            view.titled.connect(self._entitle)
            view.restyle()
            self._pages.addWidget(view)
        return self._views[form]

    def _flat_block(self, selection: tuple[str, ...]) -> tuple[str, int]:
        """The selected block and the number of its units, where these can be looked at one by one."""
        for place in self._store.resolved.blocks if selection and self._store.resolved.ok else ():
            if place.name == selection[0] and place.output_shape and len(place.output_shape) == 1:
                return place.name, min(MOST_UNITS, math.prod(place.output_shape))
        return "", 0

    def _ask(self) -> None:
        self._wanted = True
        self._background.look()

    def _hurry(self) -> None:
        """Somebody waits for the answer."""
        self._wanted = True
        self._background.hurry()

    def _inquire(self) -> Work | None:
        """What is to be computed; nothing while nobody looks, or the run is not that of the project as it is."""
        snapshot, project = self.snapshot, self._store.project
        hidden = not self.isVisible() or self.visibleRegion().isEmpty()
        if snapshot is None or hidden or not self._wanted or not self._store.resolved.ok:
            return None
        ran = snapshot.project
        if (ran.chain, ran.data, ran.loss) != (project.chain, project.data, project.loss):
            return None
        self._wanted = False
        return partial(_answer, self._predictor, snapshot, self._form, self._views[self._form].question())

    def _take(self, answer: tuple[Snapshot, str, Any]) -> None:
        snapshot, form, outcome = answer
        if form != self._form or snapshot.project.data != self._store.project.data or not self._store.resolved.ok:
            return
        self._answered.add(form)
        self._views[form].show_answer(outcome)
        self._turn_page()

    def _turn_page(self) -> None:
        """The view where it has an answer, else the words."""
        view = self._views[self._form]
        self._pages.setCurrentWidget(view if self._form in self._answered else self._words)
        self._entitle()

    def _say(self, text: str) -> None:
        """Words in place of a picture."""
        self._answered.clear()
        self._words.setText(text)
        self._pages.setCurrentWidget(self._words)
        self.titled.emit(self.tr("Prediction"), "")

    def _entitle(self) -> None:
        self.titled.emit(self.tr("Prediction"), self._views[self._form].sub() if self._form in self._answered else "")

    def _make_buttons(self) -> dict[str, QToolButton]:
        group, row = QButtonGroup(self), QHBoxLayout(self._switch)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        buttons = {}
        for form, view in VIEWS.items():
            button = QToolButton(text=view.title, checkable=True)
            button.setProperty("role", "flat")
            button.setAccessibleName(self.tr("Show {}").format(view.title))
            button.setToolTip(view.tip)
            button.clicked.connect(partial(self.show_form, form))
            group.addButton(button)
            row.addWidget(button)
            buttons[form] = button
        return buttons


def _answer(predictor: Predictor, snapshot: Snapshot, form: str, question: dict[str, Any]) -> tuple[Any, ...]:
    """In the thread."""
    predictor.load(snapshot)
    return snapshot, form, ANSWERS[form](predictor, **question)
