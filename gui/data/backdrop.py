"""What the network predicts, under what is drawn: regions of the plane, or the curve that it gives."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QObject

from engine.predictions.outcomes import Curve, Field
from engine.predictions.predictor import Predictor, Window
from gui import theme
from gui.background import Background, Work
from gui.data.board_plot import BoardPlot
from gui.panels.plots import pen
from gui.prediction.regions import show_field

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot
    from gui.project_store import ProjectStore

PAUSE = 0.125  # seconds from one answer to the next question


class Backdrop(QObject):
    """Computed beside the window, over all that the plot shows. Nothing is, while nobody looks."""

    def __init__(self, plot: BoardPlot, store: ProjectStore) -> None:
        super().__init__(plot)
        self._plot, self._store = plot, store
        self._snapshot: Snapshot | None = None
        self._wanted = False
        self.outcome: Field | Curve | None = None
        self._predictor = Predictor()
        self._image = pg.ImageItem(axisOrder="row-major")
        self._line = plot.plot()
        plot.addItem(self._image)
        self._image.setZValue(-10)  # below the points; the curve lies above them
        self._line.setZValue(10)
        plot.box.sigRangeChanged.connect(self.ask)
        self._background = Background("backdrop", self._inquire, PAUSE, self)
        self._background.answered.connect(self._take)
        self._background.refused.connect(self.clear)

    def draw(self, snapshot: Snapshot | None) -> None:
        """These are the weights from now on."""
        if snapshot is not self._snapshot:
            self._snapshot = snapshot
            self.ask()

    def ask(self, *_: object) -> None:
        """Something is to be computed anew."""
        self._wanted = True
        self._background.look()

    def clear(self, *_: object) -> None:
        """Nothing is known of what the network predicts."""
        self.outcome = None
        self._image.clear()
        self._line.setData([], [])

    def restyle(self) -> None:
        """The colours are others."""
        if self.outcome is not None:
            self._show(self.outcome)

    def close(self) -> None:
        """Nothing more is computed."""
        self._background.close()

    def _inquire(self) -> Work | None:
        """What is to be computed; nothing where the run is not that of the project as it is."""
        snapshot, project = self._snapshot, self._store.project
        view = self._plot.viewport()
        hidden = not view.isVisible() or view.visibleRegion().isEmpty()
        if snapshot is None or hidden or not self._wanted or not self._store.resolved.ok:
            return None
        ran = snapshot.project
        if (ran.chain, ran.data, ran.loss) != (project.chain, project.data, project.loss):
            return None
        self._wanted = False
        x, y = self._plot.box.viewRange()
        return partial(_answer, self._predictor, snapshot, (*x, *y))

    def _take(self, answer: tuple[Snapshot, Any]) -> None:
        snapshot, outcome = answer
        if snapshot.project.data.input_shape == self._store.project.data.input_shape:
            self.outcome = outcome
            self._show(outcome)

    def _show(self, outcome: Field | Curve) -> None:
        if isinstance(outcome, Field):
            self._line.setData([], [])
            show_field(self._image, outcome)
        else:
            self._image.clear()
            self._line.setData(outcome.x, outcome.outputs[:, 0], pen=pen(theme.current().accent, 2))


def _answer(predictor: Predictor, snapshot: Snapshot, window: Window) -> tuple[Snapshot, Any]:
    """In the thread."""
    predictor.load(snapshot)
    plane = snapshot.project.data.input_shape == (2,)
    return snapshot, predictor.plane(window=window) if plane else predictor.curve(window[:2])
