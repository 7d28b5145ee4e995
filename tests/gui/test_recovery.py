"""What is kept while it is unsaved, when it goes, and how what a crash has left is offered; in the window itself.

A crash is what it is for the program: a journal whose lock nobody holds.
"""

from __future__ import annotations

import os
import time
from datetime import datetime
from itertools import pairwise
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

import engine
from engine.journal import DAMAGED, ORIGIN, PROJECT, Journal, Origin, left_behind
from engine.project import change
from engine.storage import stamp_of, write_project
from gui import recents
from gui.app import create_window
from gui.glimpse import SIZE, glimpse
from gui.keeper import Precautions
from gui.recovery import OPTION
from gui.recovery_card import when
from gui.settings import state_folder
from tests.gui.conftest import PLAIN
from tests.gui.test_window import act, fake_dialog
from tests.waiting import wait

LOST = engine.load({**PLAIN, "name": "Lost"})
BAD_PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def root(qapp):
    return state_folder() / "windows"


@pytest.fixture
def open_window(qtbot):
    """Windows as they are when they are first painted, with short intervals."""
    opened = []

    def open_one(project=PLAIN, look=True, **precautions):
        window = create_window(engine.load(project), Precautions(edits=0.02, training=0.6, **precautions))
        opened.append(window)
        window._assembly.unpainted.stop()
        window.canvas.painted.disconnect()
        window.show()
        if look:
            window.recovery.look()
        return window

    yield open_one
    for window in opened:
        close(window)
        window.deleteLater()


@pytest.fixture
def crash(root):
    def leave(project=LOST, picture=b"", **origin):
        journal = Journal.begin(root)
        journal.write(project, Origin(**origin), picture)
        journal.release()
        return journal.folder

    return leave


def close(window):
    window.setWindowModified(False)
    window.close()


def rename(window, name):
    window.store.edit(change(window.project, name=name), "name")


def journals(root):
    return sorted(root.glob("window-*")) if root.exists() else []


def kept(folder):
    return engine.load(folder / PROJECT)


def names(root):
    """Of what is kept, once it is."""
    return sorted(kept(folder).name for folder in journals(root) if (folder / PROJECT).exists())


def rows(window):
    """What is offered: by its name, its words and its buttons."""
    found = {}
    for row in window.recovery.card._rows.values():
        name, about = [label.accessibleName() for label in row.findChildren(QLabel) if label.accessibleName()]
        buttons = {each.text(): each for each in row.findChildren(QPushButton)}
        found[name] = SimpleNamespace(about=about, buttons=buttons)
    return found


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


class TestKeeping:
    def test_what_is_saved_is_not_kept(self, open_window, root):
        window = open_window()
        wait(100)
        assert journals(root) == []
        window.files.open_example("xor")
        wait(100)
        assert journals(root) == []

    def test_an_edit_is_kept_at_once_and_a_later_one_soon(self, open_window, root, qtbot):
        window = open_window(look=False)
        rename(window, "One")
        qtbot.waitUntil(lambda: names(root) == ["One"], timeout=10_000)
        rename(window, "Two")
        qtbot.waitUntil(lambda: names(root) == ["Two"], timeout=10_000)
        assert len(journals(root)) == 1
        assert kept(journals(root)[0]) == window.project

    def test_a_flood_of_edits_is_kept_at_its_pace(self, open_window, root, qtbot, monkeypatch):
        window = open_window(look=False)
        written, real = [], Journal.write
        monkeypatch.setattr(Journal, "write", lambda *given: (written.append(time.monotonic()), real(*given)))
        window.recovery.keeper._background._pause = 0.1
        began = time.monotonic()
        while time.monotonic() - began < 1.0:
            rename(window, f"at {time.monotonic()}")
            wait(5)
        qtbot.waitUntil(lambda: names(root) == [window.project.name])
        assert 2 <= len(written) <= 1 + (time.monotonic() - began) / 0.1
        assert all(later - earlier >= 0.09 for earlier, later in pairwise(written))

    def test_with_the_journal_goes_where_it_came_from_and_a_picture(self, open_window, root, qtbot, tmp_path):
        window = open_window(look=False)
        path = tmp_path / "lesson.json"
        write_project(path, window.project)
        window.open_path(path)
        rename(window, "One")
        qtbot.waitUntil(lambda: bool(journals(root)) and (journals(root)[0] / "picture.png").exists())
        journal = Journal(journals(root)[0], None)
        assert journal.read().origin == Origin(path=str(path), stamp=stamp_of(path))
        picture = QImage.fromData(journal.read().picture)
        assert picture.size() == SIZE * 2
        assert len({picture.pixel(x, picture.height() // 2) for x in range(picture.width())}) > 3, "blocks are seen"

    @pytest.mark.parametrize("how", ["saved", "undone", "another project", "closed"])
    def test_it_goes_when_it_is_not_needed(self, open_window, root, qtbot, tmp_path, how):
        window = open_window(look=False)
        rename(window, "One")
        qtbot.waitUntil(lambda: len(journals(root)) == 1)
        if how == "saved":
            with fake_dialog("getSaveFileName", str(tmp_path / "lesson.json")):
                act(window, "actionSave")
        elif how == "undone":
            act(window, "actionUndo")
        elif how == "another project":
            window.setWindowModified(False)
            window.files.open_example("xor")
        else:
            close(window)
            assert journals(root) == []
        qtbot.waitUntil(lambda: journals(root) == [], timeout=10_000)

    def test_closing_waits_for_what_is_being_written(self, open_window, root, monkeypatch):
        window, real = open_window(look=False), Journal.write
        monkeypatch.setattr(Journal, "write", lambda *given: (time.sleep(0.3), real(*given)))
        rename(window, "One")
        close(window)
        assert journals(root) == []

    def test_a_place_that_cannot_be_used_is_said_once_and_harms_nothing(self, open_window, root, qtbot):
        root.parent.parent.mkdir(parents=True, exist_ok=True)
        root.parent.write_text("in the way")
        window = open_window(look=False)
        rename(window, "One")
        assert window.banner.isVisible()
        assert window.banner._text.text().startswith("A crash would take what is not saved.")
        window.banner.hide()
        rename(window, "Two")
        wait(100)
        assert not window.banner.isVisible()
        root.parent.unlink()
        rename(window, "Three")
        qtbot.waitUntil(lambda: names(root) == ["Three"], timeout=10_000)

    def test_a_folder_that_vanishes_is_made_anew(self, open_window, root, qtbot):
        window = open_window(look=False)
        rename(window, "One")
        qtbot.waitUntil(lambda: len(journals(root)) == 1)
        first = journals(root)[0]
        wait(50)
        first.rename(root.parent / "moved")
        rename(window, "Two")
        qtbot.waitUntil(lambda: names(root) == ["Two"], timeout=10_000)

    def test_two_windows_have_one_each(self, open_window, root, qtbot):
        first, second = open_window(), open_window()
        rename(first, "One")
        rename(second, "Two")
        qtbot.waitUntil(lambda: names(root) == ["One", "Two"], timeout=10_000)
        third = open_window()
        wait(200)
        assert not third.recovery.card.isVisible(), "no alarm while the others live"
        close(first)
        assert names(root) == ["Two"]


class TestOffering:
    def test_name_time_place_and_picture(self, open_window, crash, qtbot, bare):
        crash(LOST, glimpse(bare.canvas), path="/somewhere/lesson & 1.json")
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        ((name, row),) = rows(window).items()
        assert name == "Lost"
        assert row.about.startswith("today ")
        assert row.about.endswith("·  lesson & 1.json")
        assert list(row.buttons) == ["Restore", "Save a copy…", "Discard"]
        assert any(not label.pixmap().isNull() for label in window.recovery.card.findChildren(QLabel))
        assert all(button.toolTip() and "Lost" in button.accessibleName() for button in row.buttons.values())

    def test_restored_it_is_there_dirty_and_still_kept(self, open_window, crash, root, qtbot, tmp_path):
        path = tmp_path / "lesson.json"
        write_project(path, engine.load(PLAIN))
        folder = crash(LOST, path=str(path), stamp=stamp_of(path))
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        click(rows(window)["Lost"].buttons["Restore"])
        assert window.project == LOST
        assert window.isWindowModified()
        assert window.windowTitle() == "lesson.json[*] – Cascade"
        assert not window.recovery.card.isVisible()
        wait(100)
        assert journals(root) == [folder], "a second crash would lose nothing"
        rename(window, "Edited")
        qtbot.waitUntil(lambda: kept(folder).name == "Edited", timeout=10_000)
        act(window, "actionUndo")
        assert window.isWindowModified(), "no state of it is in a file"
        act(window, "actionSave")
        assert engine.load(path) == LOST
        qtbot.waitUntil(lambda: journals(root) == [], timeout=10_000)

    def test_a_second_crash_loses_nothing(self, open_window, crash, root, qtbot):
        crash(LOST)
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        click(rows(window)["Lost"].buttons["Restore"])
        window.recovery.keeper._journal.release()  # as the system does when the process is killed
        again = open_window()
        qtbot.waitUntil(again.recovery.card.isVisible)
        click(rows(again)["Lost"].buttons["Restore"])
        assert again.project == LOST
        window.recovery.keeper._journal = None

    def test_a_file_that_changed_meanwhile_is_asked_for(self, open_window, crash, qtbot, tmp_path):
        path = tmp_path / "lesson.json"
        write_project(path, engine.load(PLAIN))
        crash(LOST, path=str(path), stamp=stamp_of(path))
        write_project(path, engine.load({"name": "Theirs"}))
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        click(rows(window)["Lost"].buttons["Restore"])
        act(window, "actionSave")
        assert "has changed on disk" in window.banner._text.text()
        assert engine.load(path).name == "Theirs"

    def test_in_a_window_with_unsaved_edits_it_gets_a_window_of_its_own(
        self, open_window, crash, root, qtbot, monkeypatch
    ):
        folder = crash(LOST)
        started = []
        monkeypatch.setattr("gui.files.open_window", lambda *words: started.append(words) or True)
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        rename(window, "Mine")
        click(rows(window)["Lost"].buttons["Restore"])
        assert started == [(OPTION, folder.name)]
        assert window.project.name == "Mine"
        other = open_window(look=False)
        other.recovery.recover(folder.name)
        assert other.project == LOST
        assert other.isWindowModified()
        assert folder in journals(root)

    def test_where_no_window_can_be_started_it_is_offered_again(self, open_window, crash, qtbot, monkeypatch):
        crash(LOST)
        monkeypatch.setattr("gui.files.open_window", lambda *words: False)
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        rename(window, "Mine")
        click(rows(window)["Lost"].buttons["Restore"])
        assert "No other window" in window.banner._text.text()
        qtbot.waitUntil(window.recovery.card.isVisible)
        assert list(rows(window)) == ["Lost"]

    @pytest.mark.parametrize("name", ["nothing", "../elsewhere", "", "a\0b"])
    def test_a_name_that_is_none_of_a_journal(self, open_window, name):
        window = open_window(look=False)
        before = window.project
        window.recovery.recover(name)
        assert window.project == before
        assert "restored" in window.banner._text.text()

    def test_a_copy_is_saved_and_the_window_left_alone(self, open_window, crash, root, qtbot, tmp_path):
        crash(LOST)
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        before = window.project
        with fake_dialog("getSaveFileName", ""):
            click(rows(window)["Lost"].buttons["Save a copy…"])
        assert list(rows(window)) == ["Lost"]
        with fake_dialog("getSaveFileName", str(tmp_path / "nowhere" / "copy.json")):
            click(rows(window)["Lost"].buttons["Save a copy…"])
        assert "copy.json" in window.banner._text.text()
        assert list(rows(window)) == ["Lost"]
        with fake_dialog("getSaveFileName", str(tmp_path / "copy.json")):
            click(rows(window)["Lost"].buttons["Save a copy…"])
        assert engine.load(tmp_path / "copy.json") == LOST
        assert window.project == before
        assert journals(root) == []
        assert not window.recovery.card.isVisible()
        assert recents.recent()[0] == tmp_path / "copy.json"

    def test_what_is_discarded_can_be_kept_until_the_window_closes(self, open_window, crash, root, qtbot):
        one, two = crash(LOST), crash(engine.load({"name": "Second"}))
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        click(rows(window)["Lost"].buttons["Discard"])
        click(rows(window)["Second"].buttons["Discard"])
        assert not rows(window)["Lost"].buttons["Restore"].isVisible()
        click(rows(window)["Second"].buttons["Keep it after all"])
        assert journals(root) == sorted([one, two])
        close(window)
        assert journals(root) == [two]

    def test_what_nobody_decides_on_is_offered_at_the_next_start(self, open_window, crash, qtbot):
        crash(LOST)
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        again = window.findChild(QAction, "actionRecover")
        assert again.isEnabled()
        window.recovery.card.hide()
        again.trigger()
        assert window.recovery.card.isVisible()
        second = open_window()
        wait(200)
        assert not second.recovery.card.isVisible(), "the first one offers it"
        close(window)
        third = open_window()
        qtbot.waitUntil(third.recovery.card.isVisible)
        assert list(rows(third)) == ["Lost"]

    def test_the_newest_stands_first_and_many_scroll(self, open_window, crash, qtbot):
        for age in range(6):
            moment = time.time() - 1000 * age
            os.utime(crash(engine.load({"name": f"Number {age}"})) / PROJECT, (moment, moment))
        window = open_window()
        window.resize(1024, 640)
        qtbot.waitUntil(window.recovery.card.isVisible)
        assert list(rows(window)) == [f"Number {age}" for age in range(6)]
        card = window.recovery.card
        assert card.height() < 220
        assert window.workspace.rect().contains(card.geometry())
        assert window.height() == 640
        window.resize(1440, 900)
        wait(50)
        assert card.geometry().bottom() > window.workspace.height() - 30
        assert window.childAt(card.mapTo(window, QPoint(20, 12))) in [card, *card.findChildren(QLabel)], "it is on top"

    def test_a_window_that_shall_not_offer_does_not(self, open_window, crash):
        crash(LOST)
        window = open_window(offer=False)
        wait(200)
        assert not window.recovery.card.isVisible()

    def test_names_are_no_markup(self, open_window, crash, qtbot):
        crash(engine.load({"name": "<b>bold</b>"}), path="/x/<i>y</i>.json")
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        assert list(rows(window)) == ["<b>bold</b>"]
        labels = window.recovery.card.findChildren(QLabel)
        assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels if "<" in label.text())


class TestDamage:
    def test_it_is_said_and_set_aside_and_the_rest_is_offered(self, open_window, crash, root, qtbot):
        broken = crash(engine.load({"name": "Broken"}))
        crash(LOST)
        (broken / PROJECT).write_bytes(b'{"name"')
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        assert list(rows(window)) == ["Lost"]
        assert window.banner._text.text().startswith(
            "What a window left behind cannot be restored: project.json: Not JSON"
        )
        assert (root.parent / DAMAGED / broken.name).is_dir()

    def test_several_are_one_sentence(self, open_window, crash, qtbot):
        for _ in range(3):
            (crash() / ORIGIN).write_text("[]")
        window = open_window()
        qtbot.waitUntil(window.banner.isVisible)
        assert window.banner._text.text().endswith("(and 2 more)")
        assert not window.recovery.card.isVisible()

    @pytest.mark.qt_log_ignore("libpng.*", "QImageReader.*", extend=True)
    @pytest.mark.parametrize("data", [b"", b"no picture", BAD_PNG, None])
    def test_a_picture_that_is_none_is_left_out(self, open_window, crash, qtbot, bare, data):
        crash(LOST, glimpse(bare.canvas)[:300] if data is None else data)
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        click(rows(window)["Lost"].buttons["Restore"])
        assert window.project == LOST

    def test_a_picture_of_a_million_pixels_a_side_is_not_made(self, open_window, crash, qtbot):
        image = QImage(5000, 10, QImage.Format.Format_RGB32)
        image.fill(0)
        folder = crash(LOST)
        assert image.save(str(folder / "picture.png"))
        window = open_window()
        qtbot.waitUntil(window.recovery.card.isVisible)
        assert all(label.pixmap().isNull() for label in window.recovery.card.findChildren(QLabel))


def test_the_moment_in_words():
    now = datetime(2026, 11, 25, 16, 0).timestamp()
    at = [
        datetime(2026, 11, 25, 9, 5),
        datetime(2026, 11, 24, 23, 59),
        datetime(2026, 10, 3, 12, 0),
        datetime(2025, 1, 2),
    ]
    said = [when(moment.timestamp(), now) for moment in at]
    assert said == ["today 9:05", "yesterday 23:59", "3 Oct 12:00", "2 Jan 2025 0:00"]


def test_nothing_is_left_behind_by_all_this(root):
    assert left_behind(root) == ([], [])
