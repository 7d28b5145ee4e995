"""What is remembered: plain values that survive anything that stands in the file, and never run any of it."""

from __future__ import annotations

import json
import os
import pickle

import pytest
from PySide6.QtCore import QSettings

import engine
from gui import settings as module
from gui.app import create_window
from gui.settings import Settings, settings, settings_path
from tests.gui.conftest import PLAIN

BROKEN = [b"", b"{", b"[1]", b'{"theme": {"a": 1}}', b'{"theme": null}', b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}']


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def kept(tmp_path):
    return Settings(tmp_path / "folder" / "settings.json")


def test_values_come_back_as_they_were(kept):
    kept.put(name="Größe", share=0.5, steps=3, recent=("one", "two"))
    assert kept.text("name") == "Größe"
    assert (kept.number("share", 0), kept.number("steps", 0)) == (0.5, 3)
    assert kept.texts("recent") == ("one", "two")
    kept.put(recent=["only one"])
    assert kept.texts("recent") == ("only one",)
    assert kept.text("name") == "Größe", "the others stay"


def test_a_value_of_another_sort_counts_as_none(kept):
    kept.put(name="text", share=0.5, recent=["one"])
    assert kept.text("share", "nothing") == "nothing"
    assert kept.number("name", 7) == 7
    assert kept.texts("name") == ()


@pytest.mark.parametrize("data", BROKEN)
def test_a_broken_file_counts_as_empty_and_is_replaced(tmp_path, data):
    path = tmp_path / "settings.json"
    path.write_bytes(data)
    kept = Settings(path)
    assert kept.text("theme", "system") == "system"
    kept.put(theme="dark")
    assert Settings(path).text("theme") == "dark"


def test_two_windows_keep_what_the_other_has_put(kept, tmp_path):
    other = Settings(tmp_path / "folder" / "settings.json")
    kept.put(theme="dark")
    other.put(text_scale=1.2)
    assert (other.text("theme"), kept.number("text_scale", 1)) == ("dark", 1.2)


def test_a_folder_that_cannot_be_made_harms_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    kept = Settings(tmp_path / "file" / "settings.json")
    kept.put(theme="dark")
    assert kept.text("theme", "system") == "system"


def test_without_a_file_nothing_is_remembered(qapp, monkeypatch):
    settings().put(theme="dark")
    monkeypatch.setattr(module._State, "ignored", False)  # so that it is put back afterwards
    module.ignore_settings()
    settings().put(theme="light")
    assert settings().text("theme", "system") == "system"
    settings().clear()
    assert json.loads(settings_path().read_text()) == {"theme": "dark"}


def test_what_is_cleared_is_gone(kept):
    kept.put(theme="dark")
    kept.clear()
    assert kept.text("theme") == ""
    kept.clear()


def test_nothing_that_a_stranger_wrote_is_run(qtbot, tmp_path):
    """Qt's own settings would run it as soon as the value is asked for."""
    bomb, target = Bomb(tmp_path / "ran"), settings_path().with_suffix(".ini")
    stored = QSettings(str(target), QSettings.Format.IniFormat)
    for key in ("theme", "text_scale", "window/geometry", "window/layout"):
        stored.setValue(key, bomb)
    stored.sync()
    assert b"PyObjectWrapper" in target.read_bytes()
    settings_path().write_bytes(pickle.dumps(bomb))
    window = create_window(engine.load(PLAIN))
    window.close()
    window.deleteLater()
    assert not (tmp_path / "ran").exists()


def test_what_a_window_remembers_is_text_and_numbers(qtbot):
    window = create_window(engine.load(PLAIN))
    window.close()
    window.deleteLater()
    stored = json.loads(settings_path().read_text())
    assert {"geometry", "layout"} <= stored.keys()
    assert all(isinstance(each, str | int | float) for each in stored.values())


@pytest.mark.parametrize("odd", ["", "no base64 at all ü", "AAAA", "A" * 10_000])
def test_a_layout_that_is_none_is_not_taken(qtbot, odd):
    settings().put(geometry=odd, layout=odd)
    window = create_window(engine.load(PLAIN))
    window.show()
    assert window.width() >= 400
    assert not window.cards["loss"].isHidden()
    window.close()
    window.deleteLater()
