"""The canvas widget: shows the chain, zooms and pans, and turns mouse, keys and drops into edits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsView, QWidget

from engine.project import Project, ProjectError
from engine.resolve import Fix
from gui import clipboard, theme
from gui.canvas.badge import Badge
from gui.canvas.camera import Camera
from gui.canvas.edits import ChainEdits
from gui.canvas.gestures import DropBlocks, Gesture, MoveBlocks, Pan
from gui.canvas.measures import HINT_ROOM, block_rect, place_at, slot_centre
from gui.canvas.paths_item import Route
from gui.canvas.scene import ChainScene
from gui.canvas.tag_item import Tag
from gui.project_store import DATA_END, LOSS_END, ProjectStore

if TYPE_CHECKING:
    from engine.explain.diagnosis import Finding
    from engine.run.snapshot import Snapshot

DOT = 24  # distance of the dots of the ground
FEWEST_DOTS = 0.5  # zoom below which there are none


class Canvas(QGraphicsView):
    """The chain of a store's project. What can be done to it without a pointer is in ``edits``."""

    painted = Signal()  # for the first time
    clicked = Signal(str, bool)  # a block, or an end of the chain; whether it was to be added to the selection
    badge_pressed = Signal(str)  # the block whose badge it was
    pointed = Signal(str)  # the block, or the end of the chain, that the pointer is over; empty for none
    opened = Signal()  # a block was double-clicked, or Enter pressed: its settings are wanted

    def __init__(self, store: ProjectStore, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="canvas")
        self.store = store
        self.chain = ChainScene(self)
        self.edits = ChainEdits(store, self)
        self.camera = Camera(self)
        self.edits.reveal.connect(self._reveal)
        self._gesture: Gesture | None = None
        self._pressed: QPoint | None = None
        self._painted = False
        self._over = ""  # what the pointer is over
        # A viewport made here is known to Python. For Qt's own, PySide makes dozens of types to find the one that fits.
        self.setViewport(QWidget())
        self.viewport().setMouseTracking(True)
        self.setScene(self.chain)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAcceptDrops(True)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setMinimumSize(280, 112)
        self.setAccessibleName(self.tr("Chain"))
        self.setAccessibleDescription(
            self.tr("Arrow keys select a block, Alt and an arrow key move it, Delete removes it")
        )
        store.replaced.connect(self.camera.start_over)
        store.changed.connect(self._follow)
        store.selection_changed.connect(self._show_selection)
        theme.signals.changed.connect(self._restyle)
        self._follow(store.project, store.project)

    # What others may ask of the canvas

    def draw(self, snapshot: Snapshot | None) -> None:
        """Shows a run; None before its first step. Needs numpy from here on."""
        shown = snapshot if snapshot is not None and snapshot.computed else None
        if shown is not self.chain.shown.snapshot or not self.chain.shown.ready:
            self.chain.shown.snapshot, self.chain.shown.ready = shown, True
            self.viewport().update()

    def show_diagnosis(self, findings: tuple[Finding, ...]) -> None:
        """Shows on their blocks what a diagnosis found."""
        self.chain.shown.diagnosis = findings
        self.viewport().update()

    def slot_point(self, slot: int) -> QPoint:
        """The middle of a slot in the viewport; scrolls it into view first."""
        return self.camera.seen(slot_centre(slot))

    def block_point(self, name: str) -> QPoint:
        """A point of a block, or of an end of the chain, from which it can be dragged; scrolls it into view first."""
        return self.camera.seen(block_rect(self.place_of(name)).center())

    def place_of(self, name: str) -> int:
        """The place of a block, or of an end of the chain. KeyError where there is none."""
        if name == DATA_END:
            return -1
        return len(self.store.project.chain) if name == LOSS_END else self.store.project.index(name)

    def light(self, names: Collection[str], role: str = "backward") -> None:
        """Lights the blocks of those names, and no others, in one of the theme's colours: somebody points at what
        belongs to them.
        """
        self.chain.light(names, role)

    def show_tags(self, tags: Mapping[str, Tag]) -> None:
        """Hangs tags on the links behind the blocks of those names, in place of those that hang there."""
        if self.chain.show_tags(tags):
            self.camera.follow()

    def show_paths(self, routes: Sequence[Route]) -> None:
        """Draws paths of the chain rule over the blocks, in place of those that are drawn."""
        self.chain.show_paths(routes)

    def show_badges(self, badges: Mapping[str, tuple[Badge, ...]]) -> None:
        """Puts badges on the blocks of those names, in place of those that are there."""
        self.chain.show_badges(badges)

    def show_ground(self, zoom: float) -> None:
        """Paints what lies behind the chain for a zoom."""
        self.setBackgroundBrush(_ground(zoom >= FEWEST_DOTS))

    # Following the store and the theme

    def _follow(self, old: Project, new: Project) -> None:
        self.chain.set_project(new, self.store.resolved)
        self._show_selection()
        self.camera.follow()
        self.viewport().update()

    def _show_selection(self) -> None:
        self.chain.choose(self.store.selection)

    def _restyle(self) -> None:
        self.chain.set_project(self.store.project, self.store.resolved)
        zoom = self.camera.zoom
        self.camera.follow()
        self.camera.zoom_to(zoom)
        self.viewport().update()

    # Places

    def _names(self) -> list[str]:
        return [block.name for block in self.store.project.chain]

    def _name_at(self, point: QPoint) -> str | None:
        at = self.mapToScene(point)
        names = [DATA_END, *self._names(), LOSS_END]
        place = place_at(at.x(), at.y(), len(names) - 2)
        return None if place is None else names[place + 1]

    def _reveal(self, name: str) -> None:
        self.camera.reveal(self.place_of(name))

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.camera.follow()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.camera.moved.emit()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:  # type: ignore[override]
        if not self._painted:
            self._painted = True
            self.painted.emit()
        if self.store.project.chain:
            return
        painter.setFont(theme.unscaled_font(13))
        painter.setPen(theme.current().secondary)
        room = QRectF(-200, -HINT_ROOM, block_rect(0).right() + 400, 20)
        hint = self.tr("Drag a layer from the left into the chain, or double-click it")
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, hint)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        point = event.position().toPoint()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._gesture = Pan(self, point)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if fix := self._fix_at(point):
            self.edits.apply(fix)
            return
        if behind := self.chain.point_at_link(self.mapToScene(point)):
            self.edits.toggle_cut(behind)
            return
        self._pressed = point
        name = self._name_at(point)
        if name is None:
            self._gesture = Pan(self, point)
        else:
            self._press_block(name, event.modifiers())

    def _press_block(self, name: str, keys: Qt.KeyboardModifier) -> None:
        """Selects; with Ctrl or Shift adds to the selection. A block of a selection that is dragged takes it along."""
        chosen = self.store.selection
        if keys & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            self.store.select(*(set(chosen) ^ {name}))
        elif name not in chosen:
            self.store.select(name)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._gesture is None and self._pressed is not None:
            self._begin_move(point)
        if self._gesture is not None:
            self._gesture.follow(point)
        else:
            self._point_at(self._name_at(point) or "")
            over = self._fix_at(point) is not None or bool(self.chain.point_at_link(self.mapToScene(point)))
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def _begin_move(self, point: QPoint) -> None:
        assert self._pressed is not None
        far = (point - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        name = self._name_at(self._pressed)
        if far and name in self.edits.chosen:
            self._gesture = MoveBlocks(self, self.edits.chosen, name, self.mapToScene(self._pressed))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        gesture, self._gesture, pressed, self._pressed = self._gesture, None, self._pressed, None
        if isinstance(gesture, Pan) and pressed is not None and (point - pressed).manhattanLength() < 3:
            self.store.select()
        elif gesture is None and pressed is not None:
            self._press_badge(pressed)
            self._click(self._name_at(pressed), event.modifiers() != Qt.KeyboardModifier.NoModifier)
        if gesture is not None:
            gesture.follow(point)
            gesture.end()

    def _press_badge(self, point: QPoint) -> None:
        name = self._name_at(point)
        if name is not None:
            item, at = self.chain.block(name), self.mapToScene(point)
            if any(badge.rect.contains(item.mapFromScene(at)) for badge in item.badges):
                self.badge_pressed.emit(name)

    def _click(self, name: str | None, adding: bool) -> None:
        if not adding:
            self.store.select(*filter(None, [name]))
        if name is not None:
            self.clicked.emit(name, adding)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.chain.point_at_link(None)
        self._point_at("")

    def _point_at(self, name: str) -> None:
        if name != self._over:
            self._over = name
            self.pointed.emit(name)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._name_at(event.position().toPoint()) is not None:
            self.opened.emit()

    def _fix_at(self, point: QPoint) -> Fix | None:
        """The fix whose button is at a point of the viewport."""
        at = self.mapToScene(point)
        for bubble in self.chain.bubbles:
            if bubble.fix_rect.contains(bubble.mapFromScene(at)):
                return bubble.place.fix
        return None

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier or not event.angleDelta().x():
            self.camera.zoom_by(1.0015 ** event.angleDelta().y(), event.position())
        else:
            self.camera.pan(QPoint(-event.angleDelta().x() // 2, -event.angleDelta().y() // 2))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._gesture is not None:
            self._gesture.cancel()
            self._gesture = self._pressed = None
        elif not self._press_key(event):
            super().keyPressEvent(event)

    def _press_key(self, event: QKeyEvent) -> bool:
        """Does what a key means on the canvas; False where it means nothing."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in steps:
            self._select_next(steps[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._select_place(-1 if key == Qt.Key.Key_Home else len(self._names()))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif key == Qt.Key.Key_Escape:
            self.store.select()
        else:
            return False
        return True

    def _select_next(self, step: int) -> None:
        chosen = self.store.selection
        if chosen:
            self._select_place(self.place_of(chosen[-1 if step > 0 else 0]) + step)
        else:
            self._select_place(-1 if step > 0 else len(self._names()))

    def _select_place(self, place: int) -> None:
        names = [DATA_END, *self._names(), LOSS_END]
        name = names[max(0, min(len(names) - 1, place + 1))]
        self.store.select(name)
        self._reveal(name)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        try:
            blocks = clipboard.blocks_in(event.mimeData())
        except ProjectError as error:
            self.edits.notice.emit(str(error))
            blocks = ()
        if blocks:
            self._gesture = DropBlocks(self, blocks)
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._gesture is None:
            event.ignore()
            return
        self._gesture.follow(event.position().toPoint())
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()

    def dropEvent(self, event: QDropEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            event.ignore()
            return
        gesture.follow(event.position().toPoint())
        gesture.end()
        event.acceptProposedAction()
        self.setFocus(Qt.FocusReason.MouseFocusReason)


def _ground(dotted: bool) -> QBrush:
    """What lies behind the chain: a quiet colour, with dots that show how far one has zoomed and moved."""
    colours = theme.current()
    if not dotted:
        return QBrush(colours.canvas)
    tile = QPixmap(DOT, DOT)
    tile.fill(colours.canvas)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colours.dots, 2.0))
    painter.drawPoint(QPointF(DOT / 2, DOT / 2))
    painter.end()
    return QBrush(tile)
