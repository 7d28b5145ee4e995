"""Edits that begin a drawing or change what kind it is; each is one step to undo, and the ends of the chain follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from engine import start as ways
from engine.data import drawing
from gui import theme
from gui.data.view import tr
from gui.project_store import ProjectStore

if TYPE_CHECKING:
    from engine.data.kinds import AnyData
    from gui.main_window import MainWindow

DRAW = "draw"  # the view of the data panel that is the board
WIDTH = 430  # pixels that its card has at least, while one draws


def open_board(window: MainWindow) -> None:
    """Brings the board to the front, with an empty drawing where the data are none."""
    before = window.store.project.data
    start(window.store)
    if window.store.project.data != before:
        window.status_line.say(tr("An empty board; undo brings back {}.").format(before.title))
    _show(window)


def draw_on(window: MainWindow) -> None:
    """Brings the board to the front, with the points that there are."""
    if not window.store.project.data.by_hand:
        trace(window.store)
    _show(window)


def _show(window: MainWindow) -> None:
    window.workspace.bring("data", theme.px(WIDTH))
    panel: Any = window.panels.get("data")
    if panel is not None:  # else it is still being loaded, and will begin with the board
        panel.show_form(DRAW)


def start(store: ProjectStore, task: str | None = None) -> None:
    """An empty drawing: of that task, or as the data before it are; nothing changes where it is one already."""
    before: Any = store.project.data
    wanted: Any = task or ("regression" if before.classes is None else "classification")
    if not before.by_hand or before.task != wanted:
        _take_over(store, drawing.empty(wanted, before), tr("an empty board"))


def trace(store: ProjectStore) -> None:
    """A drawing of the points that there are. Raises ProjectError where they cannot be drawn."""
    data = drawing.traced(store.project)
    _edit(store, data, tr("draw on {}").format(store.project.data.title))


def add_class(store: ProjectStore) -> None:
    """One more class to draw, as long as there may be more; the last block gets an output for it."""
    data: Any = store.project.data
    if data.classes and data.classes < drawing.MOST_CLASSES:
        _edit(store, msgspec.structs.replace(data, classes=data.classes + 1), tr("add a class"))


def clear(store: ProjectStore) -> None:
    """Nothing is drawn any more."""
    data: Any = store.project.data
    _edit(store, data.with_points(()), tr("rub out everything"))


def _take_over(store: ProjectStore, data: AnyData, text: str) -> None:
    """Other data: with the chain that is there, or a new one where that lets too little through."""
    kept = ways.keep(store.project, data)
    way = kept if kept.works and not kept.narrow else ways.begin(store.project, data)
    store.edit(ways.named(way.project, tr("Drawing")), text)


def _edit(store: ProjectStore, data: AnyData, text: str) -> None:
    """The same data, changed: the chain is kept whatever becomes of it."""
    way = ways.keep(store.project, data)
    store.edit(way.project if way.works else msgspec.structs.replace(store.project, data=data), text)
