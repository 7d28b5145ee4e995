"""The board: points of a drawing are painted and rubbed out with the mouse, every stroke one edit of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QWidget

from engine.data.strokes import Erase, Paint, Stroke, Trace
from engine.lazy import Array, np
from engine.project import Project, ProjectError
from engine.random import stream
from gui import numbers, theme
from gui.data import easel
from gui.data.backdrop import Backdrop
from gui.data.board_plot import BoardPlot
from gui.data.brushes import Brushes
from gui.data.view import tr
from gui.prediction.key import ink, symbol
from gui.project_store import ProjectStore

if TYPE_CHECKING:
    from engine.data import drawing
    from engine.run.snapshot import Snapshot

EDGE = 1.05  # of the board at least, to each side of 0
ROOM = 0.05  # beside points that lie farther out
BRUSHES = 136  # pixels: width of the brushes beside the plot
RUBBER = 9  # pixels: radius of the eraser
NEAR = 9  # pixels within which the pointer finds a point
MARK, SMALL, FEW = 8.0, 5.0, 60  # pixels: of a mark, of one among many, and how many are few
MOST_SHOWN = 4000


class Board(QWidget):
    """``said`` reads out what lies under the pointer. The project is edited when the pen is lifted, not before."""

    said = Signal(str)

    def __init__(self, store: ProjectStore) -> None:
        super().__init__()
        self._store = store
        self.plot, self.brushes = BoardPlot(), Brushes()
        self.backdrop = Backdrop(self.plot, store)
        self._marks: list[pg.ScatterPlotItem] = []
        self._wet = pg.ScatterPlotItem()  # what the stroke under way adds
        self._wet.setZValue(5)
        self.plot.addItem(self._wet)
        self._rubber = pg.ScatterPlotItem(symbol="o", size=2 * RUBBER, brush=None)  # how far the eraser reaches
        self._rubber.setZValue(6)
        self.plot.addItem(self._rubber)
        self._drawing: drawing.Drawing | None = None
        self._shown: Array = np.zeros((0, 3))  # the points that are marked, one a row
        self.stroke: Stroke | None = None
        self._own = False  # whether the project changes by a stroke, which leaves the view where it is
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.plot, 1)
        row.addWidget(_scrolling(self.brushes))
        self.plot.began.connect(self._begin)
        self.plot.went_on.connect(self._go_on)
        self.plot.ended.connect(self._end)
        self.plot.let_go.connect(self._let_go)
        self.plot.typed.connect(self.brushes.take_by_key)
        self.plot.hovered.connect(self._hover)
        self.brushes.task_wanted.connect(lambda task: easel.start(store, task))
        self.brushes.class_wanted.connect(lambda: easel.add_class(store))
        self.brushes.clear_wanted.connect(lambda: easel.clear(store))
        self.restyle()

    def show_project(self, project: Project) -> None:
        """Shows the drawing of a project; a stroke on another one is let go."""
        data: Any = project.data
        if not data.by_hand or data == self._drawing:
            return
        self.plot.drop()
        another = self._drawing is None or self._drawing.task != data.task
        self._drawing = data
        self.brushes.show_drawing(data)
        self._show_points(data.points)
        if not self._own:
            self._fit(anyway=another)
        if data.problem:
            self.backdrop.clear()
        self.backdrop.ask()

    def draw(self, snapshot: Snapshot | None) -> None:
        """The predictions of a snapshot lie under the points."""
        self.backdrop.draw(snapshot)

    def reset_zoom(self) -> None:
        """The whole board, and all points."""
        if self._drawing is not None:
            self._fit(anyway=True)

    def restyle(self) -> None:
        """The colours are others."""
        self.plot.restyle()
        self.brushes.restyle()
        self.backdrop.restyle()
        self._rubber.setPen(pg.mkPen(theme.current().text, width=1))
        if self._drawing is not None:
            self._show_points(self._drawing.points)

    def stop(self) -> None:
        """Nothing more is computed."""
        self.backdrop.close()

    def sub(self) -> str:
        """What is drawn, in words."""
        if self._drawing is None:
            return ""
        points = numbers.plural(self._drawing.count, tr("point"), tr("points"))
        if self._drawing.count > MOST_SHOWN:
            points = tr("{} of {} shown").format(numbers.count(MOST_SHOWN), points)
        return tr("{}, {} classes").format(points, self._drawing.classes) if self._drawing.classes else points

    # A stroke

    def _begin(self, at: QPointF) -> None:
        if self._drawing is not None:
            self.stroke = self._made(self._drawing, at.x(), at.y())
            self._show_stroke(self.stroke)

    def _go_on(self, at: QPointF) -> None:
        if self.stroke is not None:
            self.stroke.move(at.x(), at.y())
            self._show_stroke(self.stroke)

    def _end(self) -> None:
        stroke, self.stroke = self.stroke, None
        if stroke is None:
            return
        try:
            data = stroke.drawing.with_points(stroke.points)
        except ProjectError as error:
            self._let_go()
            self.said.emit(str(error))
            return
        self._own = True
        self._store.edit(msgspec.structs.replace(self._store.project, data=data), self._words(stroke))
        self._own = False

    def _let_go(self) -> None:
        """As if the pen had never been put down."""
        self.stroke = None
        if self._drawing is not None:
            self._show_points(self._drawing.points)

    def _made(self, drawing: drawing.Drawing, x: float, y: float) -> Stroke:
        label, spacing = self.brushes.label, self.brushes.spacing
        if label is None:
            return Erase(drawing, x, y, RUBBER * self._pixel())
        if drawing.classes is None:
            return Trace(drawing, x, y, spacing)
        generator = stream(self._store.project.training.seed, f"stroke/{drawing.count}")
        return Paint(drawing, x, y, label, spacing, self.brushes.spread, generator)

    @staticmethod
    def _words(stroke: Stroke) -> str:
        """What a stroke did, as undo names it."""
        if isinstance(stroke, Erase):
            gone = stroke.drawing.count - int(stroke.kept.sum())
            return tr("rub out {}").format(numbers.plural(gone, tr("point"), tr("points")))
        if isinstance(stroke, Paint):
            points = numbers.plural(len(stroke.added), tr("point"), tr("points"))
            return tr("draw {} of class {}").format(points, stroke.label)
        return tr("draw a curve")

    # What is shown

    def _show_stroke(self, stroke: Stroke) -> None:
        """The drawing as it would be; what is only added lies above it, so that thousands of points need not move."""
        if isinstance(stroke, Paint):
            rows = np.array(stroke.added, dtype=float)
            self._mark(self._wet, rows, stroke.label, self._marks[0].opts["size"])
        else:
            self._show_points(stroke.points)

    def _show_points(self, points: tuple[drawing.Point, ...]) -> None:
        """Marks of the points, each class with its own; evenly chosen where there are too many."""
        assert self._drawing is not None
        chosen = points if len(points) <= MOST_SHOWN else [points[k] for k in _even(len(points), MOST_SHOWN)]
        width = 3 if self._drawing.classes else 2
        self._shown = np.array(chosen, dtype=float).reshape(-1, width)
        self._have_marks(self._drawing.classes or 1)
        self._wet.clear()
        for number, item in enumerate(self._marks):
            mine = self._shown[self._shown[:, 2] == number] if self._drawing.classes else self._shown
            self._mark(item, mine, number, MARK if len(points) <= FEW else SMALL)

    def _mark(self, item: pg.ScatterPlotItem, points: Array, number: int, size: float) -> None:
        """Puts points of one class into an item."""
        brush, pen = pg.mkBrush(self._colour(number)), pg.mkPen(theme.current().panel, width=1)
        item.setData(points[:, 0], points[:, 1], symbol=symbol(number), size=size, brush=brush, pen=pen)

    def _have_marks(self, count: int) -> None:
        """Items for the marks of so many classes."""
        while len(self._marks) > count:
            self.plot.removeItem(self._marks.pop())
        while len(self._marks) < count:
            self._marks.append(pg.ScatterPlotItem())
            self.plot.addItem(self._marks[-1])

    def _colour(self, number: int) -> QColor:
        colours, classes = theme.current(), self._drawing and self._drawing.classes
        return ink(colours.of_class(number, classes)) if classes else colours.secondary

    def _fit(self, anyway: bool) -> None:
        """Shows the board from -1 to 1, and more where points lie outside of what is shown."""
        assert self._drawing is not None
        self.plot.box.setAspectLocked(self._drawing.classes is not None)
        (left, right), (below, above) = self.plot.box.viewRange()
        x, y = (self._shown[:, 0], self._shown[:, 1]) if len(self._shown) else (np.zeros(1), np.zeros(1))
        outside = x.min() < left or x.max() > right or y.min() < below or y.max() > above
        if anyway or outside:
            self.plot.show_range(_span(x), _span(y), anyway=anyway)

    def _pixel(self) -> float:
        """The length of a pixel, the larger of both directions."""
        return float(max(self.plot.box.viewPixelSize()))

    def _hover(self, at: QPointF | None) -> None:
        """Where the pointer is, and the point under it; the eraser's reach around it."""
        rubs = [at] if at is not None and self.brushes.label is None else []
        self._rubber.setData([each.x() for each in rubs], [each.y() for each in rubs])
        if at is None or self._drawing is None:
            self.said.emit("")
            return
        words = tr("x = {}, y = {}").format(numbers.short(at.x()), numbers.short(at.y()))
        if len(self._shown):
            wide, tall = self.plot.box.viewPixelSize()
            far = np.hypot((self._shown[:, 0] - at.x()) / wide, (self._shown[:, 1] - at.y()) / tall)
            if far.min() <= NEAR:
                words += f"  ·  {self._point_words(self._shown[int(far.argmin())].tolist())}"
        self.said.emit(words)

    def _point_words(self, point: list[float]) -> str:
        place = tr("point at {}, {}").format(numbers.short(point[0]), numbers.short(point[1]))
        return tr("{} of class {}").format(place, int(point[2])) if len(point) == 3 else place


def _scrolling(brushes: Brushes) -> QScrollArea:
    """As wide as the brushes, and as low as the card wants."""
    area = QScrollArea(widgetResizable=True, horizontalScrollBarPolicy=Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(brushes)
    area.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
    area.setFixedWidth(theme.px(BRUSHES))
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def _even(count: int, most: int) -> list[int]:
    """So many places, evenly chosen."""
    return (np.arange(most) * count // most).tolist()


def _span(values: Array) -> tuple[float, float]:
    """From -1 to 1, or farther where values lie outside."""
    return min(-EDGE, float(values.min()) - ROOM), max(EDGE, float(values.max()) + ROOM)
