"""Files in the window: what is remembered, whose changes win, what fails, and what is never written over."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

import engine
from engine import assets
from engine.project import change
from engine.storage import write_project
from gui import recents
from gui.app import create_window
from gui.new_window import command
from gui.recents import MOST
from gui.settings import settings
from tests.gui.conftest import PLAIN
from tests.gui.test_window import act, answer, edited, fake_dialog, press

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of another sort")
not_root = pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write anywhere")
OTHER = engine.load({**PLAIN, "name": "Other"})


@pytest.fixture
def saved(bare, tmp_path):
    """A window on a file of its own."""
    path = tmp_path / "lesson.json"
    write_project(path, bare.project)
    assert bare.open_path(path)
    return path


def rename(window, name):
    window.store.edit(change(window.project, name=name), "name")


def menu_of(window):
    menu = window.findChild(QMenu, "menuRecent")
    menu.aboutToShow.emit()
    return {action.text().partition("\t")[0]: action for action in menu.actions() if not action.isSeparator()}


def said(window):
    assert window.banner.isVisible()
    return window.banner._text.text()


def offers(window):
    return {button.text(): button for button in window.banner._offers if button.isVisible()}


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def drop(window, path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    common = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPointF(20, 20).toPoint(), *common)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(20, 20), *common))


class TestTitle:
    def test_it_is_the_file_once_there_is_one(self, bare, tmp_path):
        assert bare.windowTitle() == "Small[*] – Cascade"
        with fake_dialog("getSaveFileName", str(tmp_path / "lesson.json")):
            act(bare, "actionSaveAs")
        assert bare.windowTitle() == "lesson.json[*] – Cascade"
        edited(bare)
        assert bare.isWindowModified()
        bare.store.undo_stack.setClean()
        bare.files.open_example("xor")
        assert bare.windowTitle() == f"{bare.project.name}[*] – Cascade"

    def test_a_name_may_hold_the_sign_for_the_mark(self, bare):
        rename(bare, "a [*] b")
        assert bare.windowTitle() == "a [*][*] b[*] – Cascade"


class TestRecent:
    def test_the_last_one_comes_first_and_each_once(self, bare, tmp_path):
        for name in ("one", "two", "one"):
            with fake_dialog("getSaveFileName", str(tmp_path / f"{name}.json")):
                act(bare, "actionSaveAs")
        assert list(menu_of(bare)) == ["one.json", "two.json", "Clear the list"]
        assert settings().texts("recent") == (str(tmp_path / "one.json"), str(tmp_path / "two.json"))

    def test_one_of_them_is_opened(self, bare, tmp_path):
        write_project(tmp_path / "other.json", OTHER)
        recents.remember(tmp_path / "other.json")
        menu_of(bare)["other.json"].trigger()
        assert bare.project == OTHER
        assert bare.files.path == tmp_path / "other.json"

    def test_what_is_missing_is_grey_and_can_be_taken_off(self, bare, saved, tmp_path):
        recents.remember(tmp_path / "gone.json")
        entries = menu_of(bare)
        assert (entries["gone.json"].isEnabled(), entries["lesson.json"].isEnabled()) == (False, True)
        assert "no longer there" in entries["gone.json"].toolTip()
        entries["Take off what is missing"].trigger()
        assert list(menu_of(bare)) == ["lesson.json", "Clear the list"]

    def test_the_list_can_be_cleared(self, bare, saved):
        menu_of(bare)["Clear the list"].trigger()
        entries = menu_of(bare)
        assert list(entries) == ["Clear the list"]
        assert not entries["Clear the list"].isEnabled()

    def test_there_are_ten_at_most(self, qapp, tmp_path):
        for number in range(MOST + 5):
            recents.remember(tmp_path / f"{number}.json")
        assert [path.stem for path in recents.recent()] == [str(number) for number in range(14, 4, -1)]

    def test_examples_are_not_files_of_the_person(self, bare):
        bare.files.open_example("xor")
        bare.files.read(assets.path("examples", "iris.json"))
        assert recents.recent() == []

    def test_an_ampersand_is_no_key(self, bare, tmp_path):
        recents.remember(tmp_path / "a & b.json")
        assert "a && b.json" in menu_of(bare)

    @pytest.mark.parametrize("odd", ["a\0b.json", "x" * 5000, "line\nbreak.json", "\udcff.json"])
    def test_names_that_no_file_can_have_do_no_harm(self, bare, odd):
        settings().put(recent=["/fine.json"])
        recents.remember(Path("/", odd))
        assert not any(action.isEnabled() for name, action in menu_of(bare).items() if name.endswith(".json"))

    def test_the_folder_is_where_the_last_file_was(self, bare, saved, monkeypatch):
        bare.files.open_example("xor")
        asked = []
        with fake_dialog("getOpenFileName", ""):
            monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getOpenFileName", record(asked), raising=True)
            act(bare, "actionOpen")
        monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getSaveFileName", record(asked), raising=True)
        act(bare, "actionSave")
        assert Path(asked[0]) == saved.parent
        assert Path(asked[1]).parent == saved.parent
        assert Path(asked[1]).stem == bare.project.name


def record(asked):
    def ask(_parent, _title, place, _filter):
        asked.append(place)
        return "", ""

    return staticmethod(ask)


class TestChangedOnDisk:
    @pytest.fixture
    def both(self, bare, saved):
        """Changed here and by somebody else."""
        rename(bare, "Mine")
        write_project(saved, OTHER)
        act(bare, "actionSave")
        assert engine.load(saved) == OTHER, "nothing is written before it was answered"
        assert bare.isWindowModified()
        return saved

    def test_it_is_asked_without_a_box(self, bare, both):
        assert said(bare).startswith("lesson.json has changed on disk")
        assert list(offers(bare)) == ["Keep mine", "Open theirs", "Save as…"]
        assert QApplication.activeModalWidget() is None

    def test_keep_mine(self, bare, both):
        click(offers(bare)["Keep mine"])
        assert engine.load(both).name == "Mine"
        assert not bare.isWindowModified()
        rename(bare, "Mine again")
        act(bare, "actionSave")
        assert engine.load(both).name == "Mine again", "it is not asked twice"

    def test_open_theirs_can_be_undone(self, bare, both):
        click(offers(bare)["Open theirs"])
        assert bare.project == OTHER
        assert not bare.isWindowModified()
        act(bare, "actionUndo")
        assert bare.project.name == "Mine"
        assert bare.isWindowModified()
        act(bare, "actionSave")
        assert engine.load(both).name == "Mine"

    def test_theirs_may_be_broken(self, bare, both):
        both.write_text("{")
        click(offers(bare)["Open theirs"])
        assert "Not JSON" in said(bare)
        assert bare.project.name == "Mine"
        assert bare.isWindowModified()

    def test_save_as(self, bare, both, tmp_path):
        with fake_dialog("getSaveFileName", str(tmp_path / "mine.json")):
            click(offers(bare)["Save as…"])
        assert engine.load(tmp_path / "mine.json").name == "Mine"
        assert engine.load(both) == OTHER
        assert bare.files.path == tmp_path / "mine.json"

    def test_a_window_that_is_closing_stays_open_with_the_question(self, bare, both):
        bare.banner.hide()
        answer(QMessageBox, press(QMessageBox.StandardButton.Save))
        assert not bare.close()
        assert "has changed on disk" in said(bare)

    def test_a_file_that_is_gone_is_written_again(self, bare, saved):
        rename(bare, "Mine")
        saved.unlink()
        act(bare, "actionSave")
        assert engine.load(saved).name == "Mine"


class TestSavingFails:
    def assert_untouched(self, window, path, before, words):
        assert path.name in said(window)
        assert words in said(window).lower()
        assert len(said(window)) <= 300
        assert window.isWindowModified()
        assert path.read_text(encoding="utf-8") == before
        assert [each.name for each in path.parent.iterdir()] == [path.name]

    @posix
    def test_the_disk_is_full(self, bare, saved, monkeypatch):
        before = saved.read_text(encoding="utf-8")
        rename(bare, "Mine")

        def full(_descriptor):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            act(bare, "actionSave")
        self.assert_untouched(bare, saved, before, "no space left")
        act(bare, "actionSave")
        assert engine.load(saved).name == "Mine", "and it can be saved as soon as there is room"

    @posix
    def test_the_system_refuses_halfway(self, bare, saved):
        import resource

        before = saved.read_text(encoding="utf-8")
        rename(bare, "Mine")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        try:
            act(bare, "actionSave")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        self.assert_untouched(bare, saved, before, "too large")

    @posix
    @not_root
    def test_the_folder_is_read_only(self, bare, saved):
        before = saved.read_text(encoding="utf-8")
        rename(bare, "Mine")
        saved.parent.chmod(0o500)
        try:
            act(bare, "actionSave")
            self.assert_untouched(bare, saved, before, "permission")
        finally:
            saved.parent.chmod(0o700)

    def test_the_folder_has_vanished(self, bare, saved):
        rename(bare, "Mine")
        saved.unlink()
        saved.parent.rename(saved.parent.with_name(f"{saved.parent.name} moved"))
        act(bare, "actionSave")
        assert "lesson.json" in said(bare)
        assert bare.isWindowModified()

    def test_a_file_that_cannot_be_opened_leaves_everything(self, bare, saved, tmp_path):
        rename(bare, "Mine")
        bare.store.undo_stack.setClean()
        broken = tmp_path / "broken.json"
        broken.write_text('{"chain": 7}')
        drop(bare, broken)
        assert said(bare).startswith("broken.json: chain")
        assert bare.project.name == "Mine"
        assert bare.files.path == saved
        assert broken not in recents.recent()


class TestExamples:
    def test_saving_one_asks_for_a_file(self, bare, tmp_path):
        bare.files.open_example("xor")
        before = assets.path("examples", "xor.json").read_bytes()
        edited(bare)
        with fake_dialog("getSaveFileName", str(tmp_path / "mine.json")):
            act(bare, "actionSave")
        assert engine.load(tmp_path / "mine.json") == bare.project
        assert assets.path("examples", "xor.json").read_bytes() == before

    @pytest.mark.parametrize("enter", [lambda w, path: w.open_path(path), drop], ids=["opened", "dropped"])
    def test_one_that_is_opened_by_its_path_has_no_file_either(self, bare, enter):
        enter(bare, assets.path("examples", "xor.json"))
        assert bare.project == engine.load("example:xor")
        assert bare.files.path is None
        assert bare.files.example == "xor"

    def test_no_other_project_is_written_over_one(self, bare):
        target = assets.path("examples", "xor.json")
        before = target.read_bytes()
        edited(bare)
        with fake_dialog("getSaveFileName", str(target)):
            act(bare, "actionSaveAs")
        assert target.read_bytes() == before
        assert "comes with the program" in said(bare)
        assert bare.isWindowModified()

    def test_one_that_has_vanished_is_said(self, bare):
        assert not bare.files.read(assets.path("examples", "nothing.json"))
        assert "nothing.json" in said(bare)


class TestDropping:
    def test_a_dropped_project_is_opened(self, bare, tmp_path):
        write_project(tmp_path / "other.json", OTHER)
        drop(bare, tmp_path / "other.json")
        assert bare.project == OTHER

    def test_unsaved_changes_are_asked_for(self, bare, tmp_path):
        write_project(tmp_path / "other.json", OTHER)
        rename(bare, "Mine")
        answer(QMessageBox, press(QMessageBox.StandardButton.Cancel))
        drop(bare, tmp_path / "other.json")
        assert bare.project.name == "Mine"

    def test_several_files_are_not_taken(self, bare, tmp_path):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("one.json", "two.json")])
        event = QDragEnterEvent(
            QPointF(20, 20).toPoint(), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        event.ignore()
        QApplication.sendEvent(bare, event)
        assert not event.isAccepted()


class TestTwoWindows:
    def test_each_has_its_own_project_file_and_past(self, bare, saved, tmp_path):
        write_project(tmp_path / "other.json", OTHER)
        second = create_window(engine.load(PLAIN))
        try:
            assert second.open_path(tmp_path / "other.json")
            rename(second, "Theirs")
            assert (bare.project.name, bare.isWindowModified(), bare.files.path) == ("Small", False, saved)
            assert not bare.findChild(QAction, "actionUndo").isEnabled()
            rename(bare, "Mine")
            act(second, "actionUndo")
            assert (bare.project.name, second.project) == ("Mine", OTHER)
            act(bare, "actionSave")
            assert (engine.load(saved).name, engine.load(tmp_path / "other.json")) == ("Mine", OTHER)
        finally:
            second.setWindowModified(False)
            second.close()
            second.deleteLater()

    def test_a_new_window_is_a_process_of_its_own(self, bare, tmp_path, monkeypatch):
        """A stand-in for the program says which words it was given, and ends."""
        heard = tmp_path / "heard"
        stand_in = [sys.executable, "-c", f"import sys; open({str(heard)!r}, 'w').write(' '.join(sys.argv[1:]))"]
        monkeypatch.setattr("gui.new_window.command", lambda: stand_in)
        assert bare.files.new_window("example:xor")
        wait_until(heard.exists)
        wait_until(lambda: heard.read_text() == "example:xor")

    def test_one_that_cannot_be_started_is_said(self, bare, monkeypatch):
        monkeypatch.setattr("gui.new_window.command", lambda: ["/nowhere/at/all"])
        assert not bare.files.new_window()
        assert "No other window" in said(bare)

    def test_the_program_is_this_program(self):
        ended = subprocess.run([*command(), "--version"], capture_output=True, text=True, timeout=60)
        assert ended.stdout.split()[0] == "cascade"


def wait_until(true, seconds=20.0):
    waiting = threading.Event()
    for _ in range(round(seconds / 0.05)):
        if true():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not happen")
