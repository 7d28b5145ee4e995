"""The laboratory on a bench: canvas, chain-rule panel and layer panel around a run that goes on when it is told to."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

import engine
from engine.project import Project
from engine.run.session import InlineSession
from engine.run.snapshot import Snapshot
from gui.canvas import Canvas
from gui.canvas.measures import HEIGHT, block_rect
from gui.chain_rule.answer import Answer
from gui.chain_rule.laboratory import Laboratory
from gui.chain_rule.nudge import Nudge
from gui.chain_rule.panel import ChainRulePanel
from gui.chain_rule.paths import Paths
from gui.chain_rule.question import Question
from gui.chain_rule.stage import Stage
from gui.layer.panel import LayerPanel
from gui.project_store import ProjectStore
from gui.run_controller import RunController
from tests.waiting import wait

LEFT, NO_KEY, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


class Bench(QWidget):
    """What stands around the laboratory in the window, with short names for what a person sees and does."""

    def __init__(self, project: Project, qtbot: QtBot) -> None:
        super().__init__()
        self.qtbot = qtbot
        self.store = ProjectStore(project)
        self.controller = RunController(self.store)
        self.laboratory = Laboratory(self.store)
        self.canvas = Canvas(self.store)
        self.stage = Stage(self.laboratory, self.canvas)
        self.nudge, self.paths = (make(self.laboratory, self.stage) for make in (Nudge, Paths))
        self.panel = ChainRulePanel(self.laboratory, self.stage, [self.nudge, self.paths])
        self.layer = LayerPanel()
        self.stage.add_layer_panel(self.layer)
        self.head = QLabel()
        self.refusals: list[str] = []
        self.laboratory.refused.connect(self.refusals.append)
        self.panel.titled.connect(lambda _, sub: self.head.setText(sub))
        self.laboratory.written.connect(self.controller.expect_written)
        self.controller.frame.connect(self._draw)
        for signal in (self.store.changed, self.store.selection_changed):
            signal.connect(self._show_project)
        self._lay_out()
        self._show_project()
        self.controller.start(InlineSession())

    # What is there

    @property
    def snapshot(self) -> Snapshot:
        """The run as it was published last."""
        snapshot = self.controller.snapshot
        assert snapshot is not None
        return snapshot

    @property
    def question(self) -> Question:
        """What is asked."""
        assert self.laboratory.question is not None
        return self.laboratory.question

    @property
    def answer(self) -> Answer:
        """What is known about it."""
        assert self.laboratory.answer is not None
        return self.laboratory.answer

    @property
    def said(self) -> str:
        """All that the panel says in words, besides its head."""
        return " ".join(label.text() for label in self.panel.findChildren(QLabel) if label.isVisibleTo(self.panel))

    # What is done

    def settle(self) -> Bench:
        """Waits for the answer to what is asked, of the newest snapshot."""
        self.controller._tick()

        def answered() -> bool:
            answer = self.laboratory.answer
            return answer is not None and answer.inquiry.snapshot is self.controller.snapshot

        self.qtbot.waitUntil(answered, timeout=5000)
        return self

    def train(self, steps: int = 1) -> Bench:
        """So many steps, until they are answered for."""
        for _ in range(steps):
            self.controller.step()
        return self.settle()

    def ask(self, parameter: str, index: tuple[int, ...], **more: Any) -> Bench:
        """Asks without the mouse."""
        self.laboratory.ask(Question(parameter, index, **more))
        return self.settle()

    def click_cell(self, row: float, column: float) -> None:
        """Clicks the middle of a cell of the layer panel's heatmap."""
        plot = self.layer.view.picture.plot
        at = plot.mapFromScene(plot.box.mapViewToScene(QPointF(column + 0.5, row + 0.5)))
        QTest.mouseClick(plot.viewport(), LEFT, NO_KEY, at)

    def click_block(self, name: str, keys: Qt.KeyboardModifier = NO_KEY) -> None:
        """Clicks a block, or an end of the chain."""
        QTest.mouseClick(self.canvas.viewport(), LEFT, keys, self.canvas.block_point(name))

    def button(self, text: str) -> QToolButton:
        """The panel's button with this text."""
        return next(each for each in self.findChildren(QToolButton) if each.text() == text)

    def click(self, text: str) -> None:
        """Clicks the button with this text."""
        button = self.button(text)
        QTest.mouseClick(button, LEFT, NO_KEY, button.rect().center())

    def scissors(self, name: str) -> QPoint:
        """Where the scissors of the link before a block are, in the canvas's viewport."""
        link = next(each for each in self.canvas.chain._links if each.target == name)
        return self.canvas.mapFromScene(link.mapToScene(link.scissors.center()))

    def block_span(self, name: str) -> tuple[float, float]:
        """The left and right edge of a block on the screen, by the canvas's own transform."""
        rect = self.canvas.mapFromScene(block_rect(self.canvas.place_of(name))).boundingRect()
        left = self.canvas.viewport().mapToGlobal(QPoint(rect.left(), 0)).x()
        return left, left + rect.width() - 1

    def zoom_so_that_words_are_read(self) -> None:
        """Blocks, links and tags at 100 %."""
        self.canvas.camera.reset_zoom()
        wait(20)  # scroll bars come
        self.canvas.ensureVisible(0, 0, 10, HEIGHT)

    def finish(self) -> None:
        """Ends run and laboratory."""
        self.laboratory.close()
        self.controller.close()

    # Putting together

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        for widget in (self.canvas, self.head):
            column.addWidget(widget)
        controls = QHBoxLayout()
        for control in (*self.panel.controls(), *self.layer.controls()):
            controls.addWidget(control)
        column.addLayout(controls)
        column.addWidget(self.panel)
        column.setStretch(0, 1)
        row = QHBoxLayout(self)
        row.addLayout(column, 3)
        row.addWidget(self.layer, 1)

    def _show_project(self, *_: object) -> None:
        for panel in (self.panel, self.layer):
            panel.show_project(self.store.project, self.store.selection)

    def _draw(self, snapshot: Snapshot) -> None:
        self.canvas.draw(snapshot)
        for panel in (self.panel, self.layer):
            panel.draw(snapshot)


def load(chain: list[dict[str, Any]] | str, **more: Any) -> Project:
    """An example by its name, or a small project with a chain."""
    if isinstance(chain, str):
        return engine.load(f"example:{chain}")
    small = {"data": {"kind": "moons", "samples": 60}, "training": {"batch_size": 16, "seed": 5, "dtype": "float64"}}
    return engine.load({**small, "chain": chain, **more})


def dense(name: str, units: int, **more: Any) -> dict[str, Any]:
    """A dense block."""
    return {"kind": "dense", "name": name, "units": units, **more}


def of(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """A block of any kind."""
    return {"kind": kind, "name": name, **more}


def written(*rows: Any) -> dict[str, Any]:
    """Numbers written down for a parameter."""
    return {"kind": "values", "values": list(rows)}


def read(text: str) -> float:
    """A number as it stands on the screen."""
    return float(text.replace("−", "-").replace("+", ""))
