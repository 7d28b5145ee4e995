"""What a crash leaves: whose it is, what is in it, and what becomes of it when it is damaged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import engine
from engine import journal as module
from engine.journal import DAMAGED, MOST_DAMAGED, ORIGIN, PICTURE, PROJECT, Journal, Origin, left_behind
from engine.lock import Lock
from engine.storage import Stamp
from tests.engine.chains import tanh_chain

ROOT = Path(__file__).resolve().parent.parent.parent
ONE, OTHER = tanh_chain(2, 1, name="One"), tanh_chain(3, 1, name="Other")
HOLDER = """
import sys, time
from pathlib import Path
from engine.journal import Journal, Origin
import engine
journal = Journal.begin(Path(sys.argv[1]))
journal.write(engine.load({"name": sys.argv[2]}), Origin())
print(journal.folder, flush=True)
time.sleep(60)
"""

posix = pytest.mark.skipif(os.name != "posix", reason="links and signals of another sort")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "state" / "windows"


@pytest.fixture
def crash(root):
    """Leaves a journal as a window does that ends without closing; returns its folder."""

    def leave(project=ONE, **origin):
        journal = Journal.begin(root)
        journal.write(project, Origin(**origin), b"picture")
        journal.release()
        return journal.folder

    return leave


@pytest.fixture
def holder(root):
    """Another process with a journal of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root), "Held"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    folder = Path(process.stdout.readline().strip())
    assert folder.is_dir()
    yield process, folder
    process.kill()
    process.wait()
    process.stdout.close()


class TestLock:
    def test_one_owner_at_a_time_even_in_one_process(self, tmp_path):
        first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
        assert first.take()
        assert not second.take()
        first.release()
        first.release()
        assert second.take()
        second.release()

    @posix
    def test_what_was_removed_meanwhile_is_not_ours(self, tmp_path, monkeypatch):
        path = tmp_path / "lock"
        real = os.open

        def opened_and_removed(*arguments):
            descriptor = real(*arguments)
            path.unlink()
            return descriptor

        with monkeypatch.context() as patched:
            patched.setattr(os, "open", opened_and_removed)
            assert not Lock(path).take()

    def test_where_there_can_be_no_file(self, tmp_path):
        with pytest.raises(OSError, match="nowhere"):
            Lock(tmp_path / "nowhere" / "lock").take()

    def test_a_program_that_we_start_does_not_inherit_it(self, tmp_path):
        lock, other = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
        assert lock.take()
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        try:
            lock.release()
            assert other.take()
        finally:
            child.kill()
            child.wait()
            other.release()


class TestJournal:
    def test_what_is_written_is_read(self, crash, root, tmp_path):
        before = time.time()
        folder = crash(ONE, path=str(tmp_path / "lesson.json"), example="xor", stamp=Stamp(1, 2, 3))
        ((left,), sentences) = left_behind(root)
        assert sentences == []
        assert left.entry.project == ONE
        assert left.entry.origin == Origin(path=str(tmp_path / "lesson.json"), example="xor", stamp=Stamp(1, 2, 3))
        assert left.entry.picture == b"picture"
        assert before - 2 < left.entry.written < time.time() + 2
        assert left.journal.folder == folder
        left.journal.release()

    def test_the_last_state_counts(self, root):
        journal = Journal.begin(root)
        for project in (ONE, OTHER):
            journal.write(project, Origin())
        assert journal.read().project == OTHER
        assert journal.read().picture == b""
        journal.remove()

    def test_paths_to_data_stay_whole(self, root, tmp_path, monkeypatch):
        """The journal lies elsewhere than the file that the project is saved in."""
        monkeypatch.chdir(tmp_path)
        project = engine.load({"data": {"kind": "file", "path": "table.csv", "shape": [2]}})
        journal = Journal.begin(root)
        journal.write(project, Origin())
        assert journal.read().project.data.path == str(tmp_path / "table.csv")
        journal.remove()

    def test_nobody_is_offered_what_a_living_window_has(self, holder, root, crash):
        process, folder = holder
        assert left_behind(root) == ([], [])
        process.kill()
        process.wait()
        ((left,), _) = left_behind(root)
        assert (left.journal.folder, left.entry.project.name) == (folder, "Held")
        assert left_behind(root) == ([], []), "not offered twice"
        left.journal.release()
        assert len(left_behind(root)[0]) == 1, "unless nobody took it"

    @posix
    def test_a_window_that_hangs_still_lives(self, holder, root):
        process, _ = holder
        process.send_signal(signal.SIGSTOP)
        try:
            assert left_behind(root) == ([], [])
        finally:
            process.send_signal(signal.SIGCONT)

    def test_the_newest_comes_first(self, crash, root):
        for age, project in ((50, ONE), (10, OTHER)):
            moment = time.time() - age
            os.utime(crash(project) / PROJECT, (moment, moment))
        found, _ = left_behind(root)
        assert [left.entry.project for left in found] == [OTHER, ONE]
        for left in found:
            left.journal.remove()
        assert list(root.iterdir()) == []

    def test_an_empty_one_is_cleared_away(self, root):
        Journal.begin(root).release()
        assert left_behind(root) == ([], [])
        assert list(root.iterdir()) == []

    def test_others_may_look_while_one_begins(self, root, monkeypatch):
        """The first folder is taken for a leftover before it is locked."""
        real, taken = Journal.claim, []

        def claim(folder):
            if not taken:
                taken.append(folder)
                left_behind(root)
                assert not folder.exists()
            return real(folder)

        with monkeypatch.context() as patched:
            patched.setattr(Journal, "claim", claim)
            taken_first = Journal.begin(root)
        assert taken_first.folder not in taken
        taken_first.remove()

    @pytest.mark.parametrize("name", ["", "..", "other", "window-nothing", "window-\0"])
    def test_only_what_is_called_a_journal_is_one(self, crash, root, name):
        crash()
        (root / "other").mkdir()
        assert Journal.claim(root / name) is None
        assert sorted(each.name.partition("-")[0] for each in root.iterdir()) == ["other", "window"]
        assert len(list(root.rglob("lock"))) == 1

    def test_no_folder_no_harm(self, tmp_path):
        assert left_behind(tmp_path / "nowhere") == ([], [])

    def test_a_place_that_cannot_be_used_is_said(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(engine.ProjectError, match="file/windows cannot be used"):
            Journal.begin(tmp_path / "file" / "windows")

    def test_a_folder_that_is_gone_is_said(self, root):
        journal = Journal.begin(root)
        journal.remove()
        with pytest.raises(engine.ProjectError, match=ORIGIN):
            journal.write(ONE, Origin())

    @posix
    def test_it_is_for_its_owner_alone(self, crash, root):
        assert crash().stat().st_mode & 0o077 == 0
        assert root.stat().st_mode & 0o077 == 0


DAMAGE = {
    "no JSON": lambda folder: (folder / PROJECT).write_text("{"),
    "an empty project": lambda folder: (folder / PROJECT).write_bytes(b""),
    "another project": lambda folder: (folder / PROJECT).write_text('{"chain": 3}'),
    "a folder for a project": lambda folder: ((folder / PROJECT).unlink(), (folder / PROJECT).mkdir()),
    "no origin": lambda folder: (folder / ORIGIN).unlink(),
    "a broken origin": lambda folder: (folder / ORIGIN).write_bytes(b"\xff\0"),
    "an origin of another sort": lambda folder: (folder / ORIGIN).write_text('{"path": ["a"]}'),
    "a newer origin": lambda folder: (folder / ORIGIN).write_text('{"format": 2}'),
}


class TestDamage:
    @pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
    def test_it_is_said_in_one_sentence_and_set_aside(self, crash, root, damage):
        broken = crash(ONE)
        whole = crash(OTHER)
        damage(broken)
        (found, (sentence,)) = left_behind(root)
        assert [left.journal.folder for left in found] == [whole]
        assert sentence.startswith("What a window left behind cannot be restored: ")
        assert len(sentence) <= 300
        assert (root.parent / DAMAGED / broken.name).is_dir()
        assert not broken.exists()
        found[0].journal.remove()
        assert left_behind(root) == ([], []), "it is not said again"

    def test_only_the_last_ones_are_kept(self, crash, root):
        for _ in range(MOST_DAMAGED + 3):
            (crash() / PROJECT).write_text("{")
            left_behind(root)
        assert len(list((root.parent / DAMAGED).iterdir())) == MOST_DAMAGED

    def test_a_picture_is_not_needed(self, crash, root):
        folder = crash()
        (folder / PICTURE).unlink()
        ((left,), sentences) = left_behind(root)
        assert sentences == []
        assert left.entry.picture == b""
        left.journal.remove()

    def test_a_huge_picture_is_not_read_whole(self, crash, root):
        with (crash() / PICTURE).open("wb") as file:
            file.truncate(2**30)
        ((left,), _) = left_behind(root)
        assert len(left.entry.picture) == module.LARGEST_PICTURE
        left.journal.remove()

    @posix
    def test_links_and_files_among_the_folders(self, crash, root, tmp_path):
        crash()
        (tmp_path / "precious").mkdir()
        (tmp_path / "precious" / "thesis.txt").write_text("kept")
        (root / "window-link").symlink_to(tmp_path / "precious")
        (root / "window-dangling").symlink_to(tmp_path / "nothing")
        (root / "window-file").write_text("")
        (root / "other").mkdir()
        (found, _) = left_behind(root)
        assert len(found) == 1
        assert [each.name for each in (tmp_path / "precious").iterdir()] == ["thesis.txt"]
        found[0].journal.remove()
