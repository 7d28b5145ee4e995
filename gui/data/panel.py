"""The panel of data: what the network is trained on, before any network has seen it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from engine.data.parts import depends_on
from engine.data.summary import CLASSES, COLUMNS, ROWS, SCALING, TARGETS, Survey
from engine.project import Project
from gui.background import Work
from gui.data.histograms import ColumnsView, TargetsView
from gui.data.preparation import PreparationView
from gui.data.shares import SharesView
from gui.data.table import TableView
from gui.data.view import DataView
from gui.panels.view_panel import ViewPanel
from gui.project_store import ProjectStore

PAUSE = 0.1  # seconds from one answer to the next question: a field that is being turned changes the data often
VIEWS: dict[str, type[DataView]] = {
    ROWS: TableView, COLUMNS: ColumnsView, CLASSES: SharesView, TARGETS: TargetsView, SCALING: PreparationView,
}  # fmt: skip


class DataPanel(ViewPanel):
    """Shows the data of the store's project; ``reading`` says whether their file is being read by somebody else.

    ``data()`` gives a dict with ``"form"`` and the numbers that are shown; empty while there is nothing:

    - ``"table"``: ``inputs`` (N, D) or (N, C, H, W) as drawn or read, ``scaled`` the same as the network gets them,
      ``names`` of the inputs; ``labels`` (N,) with ``classes``, or ``values`` (N, K); ``validation`` (N,) and
      ``places`` (N,), the number within the part
    - ``"columns"`` and ``"targets"``: ``names``, ``counts`` (groups, bins) and ``edges`` (bins + 1,) of each column,
      the names of the ``groups``; ``count``, ``min``, ``max``, ``mean``, ``std`` (columns,)
    - ``"classes"``: ``classes`` with ``train`` and ``validation`` (classes,), how many there are in each part
    - ``"scaling"``: ``scaling``, its kind; ``names`` of the inputs with ``mean`` and ``std``, or ``min`` and ``max``,
      (D,) each; ``train`` and ``validation``, how many samples there are; ``seed``
    """

    def __init__(self, store: ProjectStore, reading: Callable[[], bool]) -> None:
        self._store, self._reading = store, reading
        self._key: tuple[object, ...] = ()
        self._survey = Survey()
        super().__init__("dataPanel", "Data", VIEWS, PAUSE)
        self.show_project(store.project, store.selection)

    def show_project(self, project: Project, selection: tuple[str, ...]) -> None:
        key = depends_on(project)
        if key == self._key:
            return
        self._key = key
        self.forget()
        suited = tuple(form for form, view in VIEWS.items() if view.suits(project))
        self.offer(suited, self.tr("The data are being read"))
        self.ask()

    def work(self, form: str) -> Work | None:
        if self._reading():
            return None
        return partial(_answer, self._survey, self._store.project, form)

    def is_present(self, origin: Any) -> bool:
        return bool(origin == self._key)

    def read_out(self, text: str) -> None:
        self._readout.say(text or self.tr("hover to read values"))


def _answer(survey: Survey, project: Project, form: str) -> tuple[Any, ...]:
    """In the thread."""
    survey.load(project)
    return depends_on(project), form, survey.answer(form)
