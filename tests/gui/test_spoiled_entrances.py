"""Ten thousand spoiled files through every entrance of the window: opened, dropped, pasted, found after a crash.
Each is taken or refused in one sentence; the window lives, and a refused one changes nothing.
"""

from __future__ import annotations

import json
import time

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

import engine
from engine.journal import ORIGIN, PREFIX, PROJECT, RUN, Origin, left_behind
from gui.clipboard import MIME
from gui.settings import state_folder
from tests.engine.mutations import spoiled
from tests.gui.conftest import PLAIN
from tests.gui.test_files import drop

SHARES, SHARE = 20, 500
PATIENCE = 3.0  # seconds for one file, on a busy machine


class Desk:
    """A window, and what came of the last file."""

    def __init__(self, window, folder):
        self.window, self.folder = window, folder
        self.taken = self.refused = 0

    def open(self, ending, data, number):
        self.window.open_path(self.file(ending, data, number))

    def drop(self, ending, data, number):
        drop(self.window, self.file(ending, data, number))

    def paste(self, _ending, data, _number):
        """Its blocks where it has any, otherwise whatever it is."""
        mime = QMimeData()
        mime.setData(MIME, blocks_of(data))
        QGuiApplication.clipboard().setMimeData(mime)
        self.window.canvas.edits.paste()

    def recover(self, ending, data, number):
        """As the project, the run or the origin of a window that crashed."""
        root = state_folder() / "windows"
        folder = root / f"{PREFIX}{number}"
        folder.mkdir(parents=True)
        (folder / PROJECT).write_text(engine.load({**PLAIN, "name": "Lost"}).to_json())
        (folder / ORIGIN).write_bytes(json.dumps({"format": 1}).encode())
        (folder / (RUN if ending == ".cascade" else (PROJECT, ORIGIN)[number % 2])).write_bytes(data)
        found = left_behind(root)
        self.window.recovery._offer(found)
        for left in found.found:
            assert isinstance(left.entry.origin, Origin)
            self.window.recovery.card.restored.emit(left)

    def file(self, ending, data, number):
        path = self.folder / f"spoiled {number}{ending}"
        path.write_bytes(data)
        return path

    def judge(self, act, ending, data, number):
        """One file, one entrance."""
        window = self.window
        window.store.mark_saved()
        window.banner.hide()
        before, began = window.project, time.monotonic()
        act(ending, data, number)
        assert time.monotonic() - began < PATIENCE, number
        if window.banner.isVisible():
            text = window.banner._text.text()
            assert 10 < len(text) <= 400, number
            assert text.isprintable(), number
            assert "Traceback" not in text
            self.refused += 1
        if window.project is not before:
            assert engine.load(json.loads(window.project.to_json())) == window.project, number
            self.taken += 1
        else:
            assert window.banner.isVisible() or act == self.paste, number


def blocks_of(data):
    try:
        return json.dumps(json.loads(data)["chain"]).encode()
    except (ValueError, TypeError, KeyError, RecursionError):
        return data


def pass_through(desk, first, count):
    entrances = (desk.open, desk.drop, desk.paste, desk.recover)
    for number in range(first, first + count):
        ending, data = spoiled(number)
        desk.judge(entrances[number % len(entrances)], ending, data, number)


@pytest.fixture
def desk(bare, tmp_path):
    return Desk(bare, tmp_path)


def test_a_share_of_them(desk):
    pass_through(desk, 0, 240)
    assert desk.refused > 80
    assert desk.taken > 10
    desk.window.store.mark_saved()
    desk.window.files.open_example("xor")
    assert desk.window.project == engine.load("example:xor"), "it is as good as before"


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_all_of_them(desk, share):
    pass_through(desk, 1000 + share * SHARE, SHARE)
