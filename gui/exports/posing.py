"""A panel that stands in its window takes another size and appearance for as long as it is painted.

Nothing of this is seen: the window is not painted before the panel is again as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QRegion
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from gui import theme
from gui.panels.panel import Panel
from gui.panels.plots import Plot

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot

HANDLES = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)
"""What is there for the hand; links name what they lead to, and stay."""

Take = Callable[[QPainter], None]


@contextmanager
def posed(panel: Panel, snapshot: Snapshot | None, size: QSize, dark: bool, scale: float) -> Iterator[Take]:
    """The panel with a snapshot, in that size, light or dark; gives what paints it at the origin of a painter that
    makes it ``scale`` times as large.
    """
    looks = [_Look(plot) for plot in panel.findChildren(Plot)]
    with ExitStack() as undo:
        undo.callback(_give_back, panel, panel.size(), looks)
        undo.enter_context(theme.worn(dark))
        theme.dress_one(panel)
        panel.pose(True)
        undo.callback(panel.pose, False)
        undo.enter_context(_without_handles(panel))
        panel.resize(size)
        panel.restyle()
        _lay_out(panel)
        panel.draw(snapshot)
        _lay_out(panel)
        undo.enter_context(_for_paper(panel, scale))
        yield lambda painter: panel.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)


class _Look:
    """What a plot does not find back to by itself: its range, where both scales are tied together, and the room that
    its axes leave for the longest number so far.
    """

    def __init__(self, plot: Plot) -> None:
        self._box, self._range = plot.box, plot.box.targetRect()
        self._axes = [(axis, axis.textWidth, axis.textHeight) for axis in map(plot.getAxis, ("left", "bottom"))]

    def narrow(self) -> None:
        """Before the plot is styled and laid out."""
        for axis, width, height in self._axes:
            axis.textWidth, axis.textHeight = width, height

    def look(self) -> None:
        """After it has got its size."""
        self._box.setRange(self._range, padding=0.0, disableAutoRange=True)


def _give_back(panel: Panel, size: QSize, looks: list[_Look]) -> None:
    """To the window, as it was."""
    theme.undress_one(panel)
    for each in looks:
        each.narrow()
    panel.resize(size)
    panel.restyle()
    _lay_out(panel)
    for each in looks:
        each.look()
    panel.draw(panel.snapshot)


@contextmanager
def _without_handles(panel: Panel) -> Iterator[None]:
    """Handles are put away, and lists have no scroll bars."""
    focus = QApplication.focusWidget()
    areas = [(area, area.verticalScrollBarPolicy()) for area in panel.findChildren(QAbstractScrollArea)]
    hands = [hand for hand in panel.findChildren(QWidget) if _is_handle(hand)]
    for area, _ in areas:
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    for hand in hands:
        hand.hide()
    try:
        yield
    finally:
        for hand in hands:
            hand.show()
        for area, policy in areas:
            area.setVerticalScrollBarPolicy(policy)
        if focus is not None and not focus.hasFocus():
            focus.setFocus()


def _is_handle(widget: QWidget) -> bool:
    bar = isinstance(widget, QScrollBar)  # which comes and goes with what is scrolled
    return isinstance(widget, HANDLES) and not bar and not widget.isHidden() and widget.property("role") != "link"


@contextmanager
def _for_paper(panel: Panel, scale: float) -> Iterator[None]:
    """Plots draw curves and points as lines, not as pictures made for one size of screen; curves, which are as wide
    at every zoom, become wider with the picture.
    """
    views = [(view, view.cacheMode()) for view in panel.findChildren(QGraphicsView)]
    items = [item for view, _ in views for item in view.scene().items() if hasattr(item, "setExportMode")]
    curves = [(item, QPen(item.opts["pen"])) for item in items if isinstance(item, pg.PlotCurveItem)]
    for view, _ in views:
        view.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
    for item in items:
        item.setExportMode(True, {"antialias": True, "resolutionScale": scale})
    for item, pen in curves:
        item.setPen(_widened(pen, scale))
    try:
        yield
    finally:
        for item, pen in curves:
            item.setPen(pen)
        for item in items:
            item.setExportMode(False)
        for view, mode in views:
            view.setCacheMode(mode)


def _widened(pen: QPen, scale: float) -> QPen:
    wide = QPen(pen)
    if pen.isCosmetic():
        wide.setWidthF(max(1.0, pen.widthF()) * scale)
    return wide


def _lay_out(panel: Panel) -> None:
    """At once what the next turns of the event loop would do; one that is hidden is told of its size by a picture."""
    if not panel.isVisible():
        panel.grab(QRect(0, 0, 1, 1))
    for widget in (panel, *panel.findChildren(QWidget)):
        layout = widget.layout()
        if layout is not None:
            layout.activate()
