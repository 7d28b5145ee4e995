"""The real window on a project, complete and ready to train; whatever a story does, it is closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import engine
from gui.app import create_window
from gui.main_window import MainWindow
from tests.flows.hands import Hands, Pointer, SentEvents

PANELS = (
    "palette",
    "canvas",
    "propertyPanel",
    "lossPanel",
    "gradientPanel",
    "layerPanel",
    "predictionPanel",
    "problemPanel",
    "dataPanel",
)


@pytest.fixture(params=["sent events", pytest.param("pointer", marks=pytest.mark.slow)])
def hands(request: pytest.FixtureRequest, qtbot: QtBot) -> Hands:
    """The story is told twice: with events sent to the widgets, and with a real pointer where there is a screen."""
    if request.param == "sent events":
        return SentEvents()
    if QGuiApplication.platformName() != "xcb":
        pytest.skip("needs an X screen: QT_QPA_PLATFORM=xcb xvfb-run -a pytest -m slow")
    return Pointer(qtbot)


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[Callable[..., MainWindow]]:
    """Opens windows that are complete: every panel made, the worker standing ready."""
    opened: list[MainWindow] = []

    def open_one(plain: dict[str, Any] | None = None) -> MainWindow:
        window = create_window(None if plain is None else engine.load(plain))
        opened.append(window)
        window.move(0, 0)
        window.resize(1400, 860)
        window.show()
        qtbot.waitUntil(lambda: complete(window), timeout=20_000)
        return window

    yield open_one
    for window in opened:
        window.setWindowModified(False)
        window.close()
        window.deleteLater()


def complete(window: MainWindow) -> bool:
    """Whether all panels are there and training could begin."""
    there = all(window.findChild(QWidget, name) for name in PANELS)
    return there and window.controller.state.name == "paused" and window.controller.snapshot is not None
