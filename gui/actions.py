"""Everything a person can ask for, in one table: it makes menus, buttons, shortcuts and the list of keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QMenuBar, QWidgetAction

from engine.storage import SERIES, examples
from gui import theme
from gui.recents import RecentMenu

if TYPE_CHECKING:
    from gui.main_window import MainWindow

MENUS = ("File", "Edit", "View", "Run", "Help")
SEPARATOR = ""


class Entry(msgspec.Struct, frozen=True):
    """One action. ``enabled`` is asked again whenever project, selection or run have changed."""

    name: str
    menu: str
    text: str
    tip: str
    keys: tuple[str, ...]
    do: Callable[[MainWindow], object]
    enabled: Callable[[MainWindow], bool] | None = None
    checkable: bool = False


def tr(text: str) -> str:
    """A text of the menus in the language of the window."""
    return QCoreApplication.translate("Actions", text)


def _chosen(window: MainWindow) -> bool:
    return bool(window.canvas.edits.chosen)


def _draw_data(window: MainWindow) -> None:
    from gui.data import easel

    easel.open_board(window)


def _can_run(window: MainWindow) -> bool:
    return window.controller.can_run


TABLE: tuple[Entry, ...] = (
    Entry("actionNew", "File", "New", "An empty chain", ("Ctrl+N",), lambda w: w.files.new()),
    Entry("actionNewWindow", "File", "New window", "Another window, for another project", ("Ctrl+Alt+N",),
          lambda w: w.files.new_window()),
    Entry("actionOpen", "File", "Open…", "A project or data from a file", ("Ctrl+O",), lambda w: w.files.open()),
    Entry("actionOpenData", "File", "Open data…", "A table, arrays or images of your own; or drop the file",
          ("Ctrl+Shift+O",), lambda w: w.importer.ask()),
    Entry("actionDrawData", "File", "Draw data…", "Points of several classes or a curve, drawn with the mouse",
          ("Ctrl+Shift+D",), lambda w: _draw_data(w)),
    Entry("actionSave", "File", "Save", "The project and its weights, into its file", ("Ctrl+S",),
          lambda w: w.files.save()),
    Entry(
        "actionSaveAs", "File", "Save as…", "The project and its weights, into another file", ("Ctrl+Shift+S",),
        lambda w: w.files.save_as(),
    ),
    Entry("actionRecover", "File", "After a crash…", "What was not saved when Cascade ended unexpectedly", (),
          lambda w: w.recovery.card.show(), lambda w: w.recovery.card.waiting),
    Entry("actionExport", "File", "Export…", "Programs, numbers and pictures to take away", ("Ctrl+E",),
          lambda w: w.dialogs.export()),
    Entry("actionQuit", "File", "Quit", "Closes the window", ("Ctrl+Q",), lambda w: w.close()),
    Entry(
        "actionUndo", "Edit", "Undo", "Takes the last edit back", ("Ctrl+Z",),
        lambda w: w.store.undo_stack.undo(), lambda w: w.store.undo_stack.canUndo(),
    ),
    Entry(
        "actionRedo", "Edit", "Redo", "Does again what was taken back", ("Ctrl+Shift+Z", "Ctrl+Y"),
        lambda w: w.store.undo_stack.redo(), lambda w: w.store.undo_stack.canRedo(),
    ),
    Entry("actionCut", "Edit", "Cut", "Copies the selected blocks and removes them", ("Ctrl+X",),
          lambda w: w.canvas.edits.cut(), _chosen),
    Entry("actionCopy", "Edit", "Copy", "The selected blocks, as JSON", ("Ctrl+C",),
          lambda w: w.canvas.edits.copy(), _chosen),
    Entry("actionPaste", "Edit", "Paste", "Blocks after the selected one", ("Ctrl+V",),
          lambda w: w.canvas.edits.paste()),
    Entry("actionDuplicate", "Edit", "Duplicate", "The selected blocks once more", ("Ctrl+D",),
          lambda w: w.canvas.edits.duplicate(), _chosen),
    Entry("actionDelete", "Edit", "Delete", "Removes the selected blocks", ("Del", "Backspace"),
          lambda w: w.canvas.edits.delete(), _chosen),
    Entry("actionSelectAll", "Edit", "Select all", "Every block of the chain", ("Ctrl+A",),
          lambda w: w.canvas.edits.select_all()),
    Entry("actionMoveLeft", "Edit", "Move left", "The selected blocks one place to the left", ("Alt+Left",),
          lambda w: w.canvas.edits.shift(-1), _chosen),
    Entry("actionMoveRight", "Edit", "Move right", "The selected blocks one place to the right", ("Alt+Right",),
          lambda w: w.canvas.edits.shift(1), _chosen),
    Entry("actionFind", "Edit", "Find a layer", "To the search field of the palette", ("/",),
          lambda w: w.palette.focus_search()),
    Entry("actionFit", "View", "Fit the chain", "Shows the whole chain", ("Ctrl+2",), lambda w: w.canvas.camera.fit()),
    Entry("actionZoomIn", "View", "Zoom in", "Closer to the chain; the wheel does it too", ("Ctrl+]",),
          lambda w: w.canvas.camera.zoom_in()),
    Entry("actionZoomOut", "View", "Zoom out", "Farther from the chain; the wheel does it too", ("Ctrl+[",),
          lambda w: w.canvas.camera.zoom_out()),
    Entry("actionZoomReset", "View", "Zoom to 100 %", "The chain at its own size", ("Ctrl+1",),
          lambda w: w.canvas.camera.reset_zoom()),
    Entry("actionTextLarger", "View", "Larger text", "For a projector", ("Ctrl++", "Ctrl+="),
          lambda w: theme.larger(1)),
    Entry("actionTextSmaller", "View", "Smaller text", "More in the window", ("Ctrl+-",), lambda w: theme.larger(-1)),
    Entry("actionTextReset", "View", "Normal text", "At its own size", ("Ctrl+0",), lambda w: theme.set_scale(1.0)),
    Entry("actionTheme", "View", "Light or dark", "Switches between light and dark", ("Ctrl+Shift+L",),
          lambda w: theme.set_mode("light" if theme.current().dark else "dark")),
    Entry("actionProgram", "View", "Program…", "The numpy calls that make one training step", ("Ctrl+P",),
          lambda w: w.dialogs.program()),
    Entry("actionResetLayout", "View", "Reset the layout", "Every panel back to its first place", (),
          lambda w: w.reset_layout()),
    Entry("actionRun", "Run", "Run", "Trains the chain; again to pause", ("Ctrl+R", "F5"),
          lambda w: w.toggle_run(), _can_run, checkable=True),
    Entry("actionStep", "Run", "Step", "One update of all weights", ("F10",),
          lambda w: w.controller.step(), _can_run),
    Entry("actionSlowMotion", "Run", "Slow motion", "The next step block by block, before it is made", ("F9",),
          lambda w: w.show_slow_motion()),
    Entry("actionReset", "Run", "Reset", "The same run again from its first step; all weights start anew",
          ("Ctrl+Shift+R",), lambda w: w.controller.reset(), _can_run),
    Entry("actionCheck", "Run", "Check gradients", "Every derivative beside a central difference; again to stop",
          ("F8",), lambda w: w.workshop.toggle_check(), _can_run),
    Entry("actionNewSeed", "Run", "New seed", "Another seed: other first weights, other data, another order",
          ("Ctrl+Shift+N",), lambda w: w.controller.new_seed()),
    Entry("actionKeys", "Help", "Keyboard", "All keys in one list", ("F1",), lambda w: w.dialogs.keys()),
    Entry("actionAbout", "Help", "About Cascade", "What this is, and its licence", (), lambda w: w.dialogs.about()),
)  # fmt: skip

BREAKS = {
    "actionQuit",
    "actionCut",
    "actionSelectAll",
    "actionFind",
    "actionTextLarger",
    "actionTheme",
    "actionNewSeed",
}
"""Actions with a line above them in their menu."""


def make(window: MainWindow) -> dict[str, QAction]:
    """The actions of a window, by name."""
    made = {}
    for entry in TABLE:
        action = QAction(tr(entry.text), window, objectName=entry.name, checkable=entry.checkable)
        action.setIconVisibleInMenu(False)
        action.setShortcuts([QKeySequence(keys) for keys in entry.keys])
        keys = QKeySequence(entry.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if entry.keys else ""
        action.setToolTip(f"{tr(entry.tip)} ({keys})" if keys else tr(entry.tip))
        action.setStatusTip(tr(entry.tip))
        action.triggered.connect(partial(_do, entry, window))
        window.addAction(action)
        made[entry.name] = action
    return made


def _do(entry: Entry, window: MainWindow, *_: object) -> None:
    entry.do(window)


def refresh(window: MainWindow, actions: dict[str, QAction]) -> None:
    """Enables what can be done now."""
    for entry in TABLE:
        if entry.enabled is not None:
            actions[entry.name].setEnabled(entry.enabled(window))
    stack = window.store.undo_stack
    actions["actionUndo"].setText(tr("Undo {}").format(stack.undoText()) if stack.canUndo() else tr("Undo"))
    actions["actionRedo"].setText(tr("Redo {}").format(stack.redoText()) if stack.canRedo() else tr("Redo"))


def fill(bar: QMenuBar, window: MainWindow, actions: dict[str, QAction]) -> None:
    """Makes the menus."""
    menus = {name: bar.addMenu(tr(name)) for name in MENUS}
    for entry in TABLE:
        if entry.name in BREAKS:
            menus[entry.menu].addSeparator()
        menus[entry.menu].addAction(actions[entry.name])
    menus["File"].insertMenu(actions["actionOpenData"], RecentMenu(window.open_path, menus["File"]))
    _add_examples(menus["File"], actions["actionSave"], window)
    _add_modes(menus["View"], actions["actionResetLayout"])
    panels = QMenu(tr("Panels"), menus["View"])
    for card in window.cards.values():
        panels.addAction(card.toggleViewAction())
    panels.addAction(window.shelf.toggle)
    menus["View"].insertMenu(actions["actionResetLayout"], panels)


def _add_examples(menu: QMenu, before: QAction, window: MainWindow) -> None:
    offered = QMenu(tr("Examples"), menu, objectName="menuExamples", toolTipsVisible=True)
    offered.aboutToShow.connect(partial(_list_examples, offered, window))
    menu.insertMenu(before, offered)


def _list_examples(menu: QMenu, window: MainWindow) -> None:
    """Reads the examples when they are first asked for."""
    if menu.isEmpty():
        found = {example.name: example for example in examples()}
        for heading, names in SERIES.items():
            menu.addSeparator()
            menu.addAction(_heading(menu, heading))
            for name in names:
                action = menu.addAction(found[name].title)
                action.setToolTip(found[name].text)
                action.triggered.connect(partial(window.files.open_example, name))


def _heading(menu: QMenu, text: str) -> QAction:
    """Words over a part of a menu; they cannot be chosen."""
    label = QLabel(text)
    label.setProperty("role", "menuHeading")
    action = QWidgetAction(menu)
    action.setDefaultWidget(label)
    action.setEnabled(False)
    return action


def _add_modes(menu: QMenu, before: QAction) -> None:
    modes = QMenu(tr("Colours"), menu)
    group = QActionGroup(modes)
    for name, text in (("system", tr("As the system")), ("light", tr("Light")), ("dark", tr("Dark"))):
        action = modes.addAction(text)
        action.setCheckable(True)
        action.setData(name)
        action.triggered.connect(partial(_set_mode, name))
        group.addAction(action)
    modes.aboutToShow.connect(partial(_check_mode, group))
    menu.insertMenu(before, modes)


def _set_mode(name: str, *_: object) -> None:
    theme.set_mode(name)


def _check_mode(group: QActionGroup) -> None:
    for action in group.actions():
        action.setChecked(action.data() == theme.mode())
