"""The program from outside: real processes with a window that nobody sees, and what they leave behind."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from engine.journal import PROJECT, Journal, Origin, left_behind
from tests.gui.conftest import PLAIN

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and signals of another sort")
ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = {"theme": "dark", "text_scale": 1.5, "recent": ["/somewhere/lesson.json"]}
CHILD = """
import json, os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from gui import app, theme
from gui.main_window import MainWindow
from gui.recents import recent

def look():
    (window,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
    if window.controller.state.name == "starting" or len(window.panels) < 6 or window.recovery.keeper.busy:
        QTimer.singleShot(50, look)
        return
    print(json.dumps({
        "name": window.project.name, "dirty": window.isWindowModified(), "theme": theme.mode(), "scale": theme.scale(),
        "recent": [str(path) for path in recent()], "card": window.recovery.card.isVisible(),
        "loss": not window.cards["loss"].isHidden(), "pid": os.getpid(),
    }), flush=True)
    if "stay" not in sys.argv[1]:
        window.setWindowModified(False)
        window.close()

def create_and_look(*given, **more):
    QTimer.singleShot(500, look)
    return create(*given, **more)

create, app.create_window = app.create_window, create_and_look
if __name__ == "__main__":
    sys.exit(app.main(sys.argv[2:]))
"""


@pytest.fixture
def home(tmp_path):
    """A home folder of its own, with settings."""
    (tmp_path / "config" / "Cascade").mkdir(parents=True)
    (tmp_path / "config" / "Cascade" / "Cascade.json").write_text(json.dumps(SETTINGS))
    return tmp_path


@pytest.fixture
def begin(home):
    """Starts a process in that home, with the words of a command line; ended at the end whatever a test does."""
    started = []
    (home / "child.py").write_text(CHILD)
    places = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state")}
    environment = {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}

    def start(*command):
        process = subprocess.Popen(
            [sys.executable, *command], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def window(begin, home):
    """What a window shows that was started with those words; None where it ended before it showed anything."""

    def look(*words, then="close"):
        process = begin(str(home / "child.py"), then, *words)
        line = line_of(process)
        if then == "close":
            assert process.wait(timeout=30) == 0, process.stderr.read()
            assert "Traceback" not in process.stderr.read()
        return json.loads(line), process

    return look


def line_of(process):
    """What it prints next, within half a minute."""
    assert select.select([process.stdout], [], [], 30)[0], "nothing was printed"
    return process.stdout.readline()


def run(begin, *words):
    process = begin(str(ROOT / "main.py"), *words)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def crash(home, name="Lost"):
    journal = Journal.begin(home / "state" / "cascade" / "windows")
    journal.write(engine.load({**PLAIN, "name": name}), Origin())
    journal.release()
    return journal.folder


def stored(home):
    path = home / "config" / "Cascade" / "Cascade.json"
    return json.loads(path.read_text()) if path.exists() else None


def test_a_window_starts_as_it_was_left_and_offers_what_a_crash_has_left(window, home):
    folder = crash(home)
    shown, _ = window()
    assert (shown["theme"], shown["scale"], shown["recent"]) == ("dark", 1.5, ["/somewhere/lesson.json"])
    assert shown["card"]
    assert folder.exists(), "nobody has decided"
    assert stored(home).keys() > SETTINGS.keys(), "and its layout is remembered"


def test_safe_mode_takes_nothing_over_restores_nothing_and_remembers_nothing(window, home):
    folder = crash(home)
    before = stored(home)
    shown, _ = window("--safe-mode", "example:xor")
    assert (shown["theme"], shown["scale"], shown["recent"]) == ("system", 1.0, [])
    assert shown["name"] == engine.load("example:xor").name
    assert not shown["card"]
    assert shown["loss"]
    assert stored(home) == before
    assert folder.exists()


def test_safe_mode_after_the_file_is_the_same(window, home):
    shown, _ = window("example:xor", "--safe-mode")
    assert (shown["theme"], shown["name"]) == ("system", engine.load("example:xor").name)


def test_reset_settings_forgets_and_says_so(begin, home):
    folder = crash(home)
    code, out, err = run(begin, "--reset-settings")
    assert (code, err) == (0, "")
    assert out.startswith("The settings were reset")
    assert len(out.splitlines()) == 1
    assert stored(home) is None
    assert folder.exists(), "what is not saved is no setting"
    assert run(begin, "--reset-settings")[0] == 0, "also where there are none"


def test_settings_that_cannot_be_removed_are_said(begin, home):
    path = home / "config" / "Cascade" / "Cascade.json"
    path.unlink()
    path.mkdir()
    code, out, err = run(begin, "--reset-settings")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "could not be removed" in err


@pytest.mark.parametrize("words", [["--safe-mode", "--nonsense"], ["example:xor", "-x"]])
def test_an_option_that_nobody_knows_is_said(begin, words):
    code, out, err = run(begin, *words)
    assert (code, out) == (2, "")
    assert err == f"cascade: The window knows no option {words[1]!r}; see cascade --help.\n"


def test_both_stand_in_the_usage(begin):
    code, out, _ = run(begin, "--help")
    assert code == 0
    assert "--safe-mode" in out
    assert "--reset-settings" in out


def test_a_window_takes_over_what_another_one_hands_it(window, home):
    folder = crash(home)
    shown, _ = window("--recover", folder.name)
    assert (shown["name"], shown["dirty"], shown["card"]) == ("Lost", True, False)


def test_one_that_is_killed_after_restoring_loses_nothing(window, home):
    folder = crash(home)
    _, process = window("--recover", folder.name, then="stay")
    others, _ = window()
    assert not others["card"], "the first one lives"
    process.kill()
    process.wait()
    ((left,), sentences) = left_behind(folder.parent)
    assert (left.entry.project.name, sentences) == ("Lost", [])
    left.journal.release()
    again, _ = window()
    assert again["card"]


def test_a_new_window_lives_on_when_the_first_is_killed(begin, home, tmp_path):
    """Started as File > New window does it, from a program that is then killed."""
    (home / "parent.py").write_text(
        "import sys, time\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "from gui import new_window\n"
        f"new_window.command = lambda: [sys.executable, {str(home / 'child.py')!r}]\n"
        "app = QCoreApplication([])\n"
        "assert new_window.open_window('stay', 'example:xor')\n"
        "print('started', flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = begin(str(home / "parent.py"))
    assert line_of(parent) == "started\n"
    parent.kill()
    shown = json.loads(line_of(parent))  # the child has inherited where to print
    assert shown["name"] == engine.load("example:xor").name
    os.kill(shown["pid"], 0)  # it is there
    os.kill(shown["pid"], signal.SIGKILL)


def test_an_empty_journal_is_no_alarm(window, home):
    (home / "state" / "cascade" / "windows" / "window-empty").mkdir(parents=True)
    shown, _ = window()
    assert not shown["card"]
    assert not (home / "state" / "cascade" / "windows" / "window-empty").exists()
    assert not (home / "state" / "cascade" / "windows" / PROJECT).exists()
