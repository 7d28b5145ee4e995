"""The window: puts the parts together and passes on what each says; it decides nothing itself."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QMenuBar, QSplitter, QVBoxLayout, QWidget

from engine.project import Project
from engine.run.events import State
from gui import actions, theme
from gui.alarm import Alarm
from gui.assembly import CHAIN_RULE, Assembly
from gui.banner import Banner
from gui.breaks import Breaks
from gui.canvas import Canvas
from gui.card import Shelf
from gui.chain_rule.laboratory import Laboratory
from gui.chain_rule.stage import Stage
from gui.data import easel
from gui.data.importer import Importer
from gui.dialogs import Dialogs
from gui.doctor import Doctor
from gui.files import Files
from gui.keeper import NORMAL, Keeper, Precautions
from gui.notes import Notes
from gui.palette import Palette
from gui.project_store import ProjectStore
from gui.property_panel import PropertyPanel
from gui.recovery import Recovery
from gui.run_controller import RunController
from gui.settings import settings
from gui.status_line import StatusLine
from gui.top_bar import TopBar
from gui.workshop import Workshop
from gui.workspace import GAP, Workspace

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot
    from gui.panels.panel import Panel

SIZE = QSize(1280, 800)
SHELF = 220  # height of the chain rule under the canvas at first


class MainWindow(QMainWindow):
    """A project's window. Panels with plots follow a moment after it has been painted."""

    store: ProjectStore
    controller: RunController
    workshop: Workshop
    dialogs: Dialogs
    canvas: Canvas
    palette: Palette  # type: ignore[assignment] # in place of Qt's method, which nothing here needs
    files: Files
    recovery: Recovery
    importer: Importer

    def __init__(self, project: Project, precautions: Precautions = NORMAL) -> None:
        super().__init__()
        self.store = ProjectStore(project, self)
        self.breaks = Breaks(self.store, self)
        self.controller = RunController(self.store, self)
        self.laboratory = Laboratory(self.store, self)
        self.canvas = Canvas(self.store)
        self.stage = Stage(self.laboratory, self.canvas)
        self.doctor = Doctor(self.store, self._seen, self)
        self.workshop = Workshop(self.store, self.controller, self.canvas, self.breaks)
        self.palette = Palette()
        self.properties = PropertyPanel(self.store, self.breaks)
        self.notes = Notes(self.store)
        self.banner = Banner()
        Alarm(self.controller, self.banner)
        self.files = Files(self.store, self.controller, self)
        keeper = Keeper(self.store, self.files, self.controller, self.canvas, precautions, self)
        self.recovery = Recovery(self.store, self.files, keeper, precautions.offer, self)
        self.importer = Importer(self.store, self.banner, self.controller, self)
        self.dialogs = Dialogs(self)
        self.workspace = Workspace(self._centre())
        self.recovery.card.lie_over(self.workspace)
        self.cards = self.workspace.cards
        self.cards["palette"].fill(self.palette)
        self.cards["properties"].fill(self.properties)
        self.cards["notes"].fill(self.notes)
        self.cards["notes"].head.add(self.notes.close_button)
        self.actions_by_name: dict[str, QAction] = actions.make(self)
        self.top_bar = TopBar(self.store, self.actions_by_name)
        self.status_line = StatusLine(self.store)
        self._assembly = Assembly(self)
        self.panels = self._assembly.panels
        self._frame()
        self._connect()
        self._take_speed_from_project()
        self._refresh()
        self._restore()
        self.canvas.setFocus()

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self.store.project

    @property
    def complete(self) -> bool:
        """Whether all panels are there, and the first numbers of a chain that can have some."""
        known = self.controller.snapshot is not None or not self.store.resolved.ok
        return self._assembly.complete and known

    def open_path(self, path: Path) -> bool:
        """Opens a project or shows a data file; False where it was refused, which the banner then explains."""
        return self.importer.takes(path) or self.files.open_path(path)

    def toggle_run(self) -> None:
        """Runs, or pauses."""
        self.controller.toggle(self.actions_by_name["actionRun"].isChecked())

    def reset_layout(self) -> None:
        """Every card back to its first place, and shown."""
        self.workspace.reset()
        self.shelf.toggle.setChecked(True)

    def show_slow_motion(self) -> None:
        """Shows the next step block by block."""
        if CHAIN_RULE not in self.panels:
            self.status_line.say(self.tr("Slow motion is still being loaded."))
            return
        from gui.chain_rule.slow_motion import SlowMotion

        self.shelf.toggle.setChecked(True)
        self._chain_rule.enter_mode(SlowMotion)

    # Putting together

    def _centre(self) -> QWidget:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.banner)
        column.addWidget(self.importer.card, 1)
        self.shelf = Shelf(self.tr("The chain rule"))
        self.splitter = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False, handleWidth=GAP)
        self.splitter.addWidget(self.canvas)
        self.splitter.addWidget(self.shelf)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([10_000, theme.px(SHELF)])
        column.addWidget(self.splitter, 1)
        return centre

    def _frame(self) -> None:
        """Bars above and below the workspace."""
        above = QWidget()
        column = QVBoxLayout(above)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QMenuBar()
        actions.fill(bar, self, self.actions_by_name)
        column.addWidget(bar)
        column.addWidget(self.top_bar)
        middle = QWidget()
        rows = QVBoxLayout(middle)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.workspace, 1)
        rows.addWidget(self.status_line)
        self.setMenuWidget(above)
        self.setCentralWidget(middle)
        self.setAcceptDrops(True)

    def _connect(self) -> None:
        self.palette.chosen.connect(self.canvas.edits.append)
        self.canvas.opened.connect(self.properties.focus_first)
        self.properties.notes_wanted.connect(partial(self.workspace.show_notes, True))
        self.properties.data_wanted.connect(partial(self.workspace.bring, "data"))
        self.properties.board_wanted.connect(partial(easel.draw_on, self))
        self.properties.columns_wanted.connect(self.importer.look_again)
        self.notes.closed.connect(partial(self.workspace.show_notes, False))
        self.notes.example_wanted.connect(self.files.open_example)
        self.canvas.edits.notice.connect(self.banner.say)
        self.doctor.found.connect(lambda: self.canvas.show_diagnosis(self.doctor.findings))
        self.store.changed.connect(self._refresh)
        self.store.selection_changed.connect(self._refresh)
        self.store.dirty_changed.connect(self._refresh)
        self.store.undo_stack.indexChanged.connect(self._refresh)
        self.files.chosen.connect(self.open_path)
        self.files.refused.connect(self.banner.say)
        self.files.said.connect(self.status_line.say)
        self.files.asked.connect(self.banner.ask)
        self.files.opened.connect(self._opened)
        self.files.named.connect(self._refresh)
        self.recovery.complained.connect(self.banner.say)
        self.recovery.card.changed.connect(self._refresh)
        self.recovery.said.connect(self.status_line.say)
        self.importer.said.connect(self.status_line.say)
        self.importer.watch.ready.connect(self.canvas.viewport().update)
        self.importer.shown.connect(lambda shown: self.splitter.setVisible(not shown))
        self.top_bar.speed_chosen.connect(self.controller.set_speed)
        self.top_bar.refused.connect(self.status_line.say)
        for card in self.cards.values():
            card.visibilityChanged.connect(self._draw)
        self.shelf.shown.connect(self._draw)
        self.laboratory.written.connect(self.controller.expect_written)
        self.controller.frame.connect(self._draw)
        self.controller.state_changed.connect(self._show_state)
        self.controller.notice.connect(self.status_line.say)
        self.workshop.checker.said.connect(self.status_line.say)
        theme.signals.changed.connect(self._restyle)
        self._assembly.failed.connect(self.banner.say)
        self._assembly.made.connect(self._welcome)
        self._assembly.completed.connect(self.workspace.settle)
        self._assembly.completed.connect(self.recovery.look)
        self._assembly.completed.connect(self._draw, Qt.ConnectionType.QueuedConnection)  # what was published before

    @property
    def _chain_rule(self) -> Any:
        return self.panels[CHAIN_RULE]

    # Passing on

    def _refresh(self, *_: object) -> None:
        """Everything that depends on project, selection or history of edits, and is not a view of its own."""
        self._mark_modified()
        self.setWindowTitle(f"{self.files.title.replace('[*]', '[*][*]')}[*] – Cascade")
        actions.refresh(self, self.actions_by_name)
        self.actions_by_name["actionRun"].setToolTip(self._run_hint())
        for panel in self.panels.values():
            self._show_project(panel)

    def _mark_modified(self) -> None:
        """Edits, or training, that the project's file does not have."""
        self.setWindowModified(self.store.dirty or self.files.behind)

    def _run_hint(self) -> str:
        problems = self.store.resolved.problems
        if problems:
            return self.tr("Cannot run: {}").format(problems[0].text)
        return self.tr("Trains the chain; again to pause (Ctrl+R)")

    def _show_project(self, panel: Panel) -> None:
        panel.show_project(self.project, self.store.selection)

    def _welcome(self, panel: Panel) -> None:
        """A panel has been made."""
        self._show_project(panel)
        panel.draw(self.controller.snapshot)

    def _draw(self, *_: object) -> None:
        """Draws the newest snapshot where it can be seen."""
        if not self.controller.started:  # numpy is not there yet
            return
        snapshot: Snapshot | None = self.controller.snapshot
        self.canvas.draw(snapshot)
        self.doctor.draw(snapshot)
        self.status_line.draw(snapshot)
        self._mark_modified()
        for panel in self.panels.values():
            if panel.isVisible() or panel.pictured:
                panel.draw(snapshot)

    def _seen(self) -> bool:
        return self.isVisible() and not self.isMinimized()

    def _show_state(self, state: State) -> None:
        running = state.name == "running"
        self.actions_by_name["actionRun"].setChecked(running)
        self.top_bar.show_running(running)
        self.status_line.show_state(state)
        actions.refresh(self, self.actions_by_name)

    def _opened(self) -> None:
        self.banner.hide()
        self.notes.offer_neighbours(self.files.example)
        self.workspace.show_notes(bool(self.project.notes.strip()))
        self.importer.leave()
        self._take_speed_from_project()

    def _take_speed_from_project(self) -> None:
        """The speed at which the project wants to be seen; as fast as it goes where it does not say."""
        wanted = self.project.view.get("speed")
        numeric = isinstance(wanted, int | float) and not isinstance(wanted, bool) and wanted > 0
        speed = float(wanted) if numeric else None  # type: ignore[arg-type]
        self.controller.set_speed(speed)
        self.top_bar.show_speed(speed)

    def _restyle(self) -> None:
        self.workspace.size_sides()
        for panel in self.panels.values():
            panel.restyle()
            panel.draw(self.controller.snapshot)

    # The window as a whole

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if (path := _dropped(event)) is not None:
            event.acceptProposedAction()
            self.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_discard():
            event.ignore()
            return
        if "chain_rule" in self.panels:
            self._chain_rule.enter(None)  # what a mode has borrowed is not what a person has arranged
        settings().put(geometry=_text(self.saveGeometry()), layout=_text(self.workspace.stored()))
        self.status_line.stop()
        with contextlib.suppress(RuntimeError, TypeError):
            theme.signals.changed.disconnect(self._restyle)
        self.dialogs.close()
        self._assembly.finish()
        for panel in self.panels.values():
            panel.stop()
        self.workshop.close()
        self.importer.close()
        self.recovery.close()
        self.laboratory.close()
        self.doctor.close()
        self.controller.close()
        event.accept()

    def _restore(self) -> None:
        self.resize(SIZE)
        stored = settings()
        self.restoreGeometry(_data(stored.text("geometry")))
        self.workspace.restore(_data(stored.text("layout")))


def _dropped(event: Any) -> Path | None:
    """The file that is being dropped, where it is exactly one."""
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None


def _text(data: QByteArray) -> str:
    """What Qt wants to remember, as a plain text."""
    return bytes(data.toBase64().data()).decode()


def _data(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode())
