"""What every test runs under: no screen, no settings of the person who runs it, and nothing left behind.

Qt messages of level warning, exceptions inside Qt's virtual methods and Python warnings fail a test; ``pyproject.toml``
says so.
"""

from __future__ import annotations

import gc
import os
import sys

# Before Qt and numpy are imported. Without a screen Qt would abort the whole run; on one, windows would flicker by.
# The tests that need a real screen are started with QT_QPA_PLATFORM=xcb.
if sys.platform.startswith("linux"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.leaks import Census, leftovers

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


def pytest_collection_finish() -> None:
    """What has been imported by now stays: the leak check need not look through it after every test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every test that uses Qt finds empty settings in a folder of its own, and nothing that a crash has left."""
    if "qapp" not in request.fixturenames:
        return
    from PySide6.QtCore import QSettings, QStandardPaths

    folder = tmp_path_factory.mktemp("settings")
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
    if sys.platform.startswith("linux"):
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    else:  # one folder for all tests, but not that of the person who runs them
        QStandardPaths.setTestModeEnabled(True)


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that leaves a process, thread, timer, window or shared-memory block behind fails and says which."""
    before = Census.take("qapp" in request.fixturenames)
    yield
    left = leftovers(before)
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


@pytest.fixture
def project_file(tmp_path: Path) -> Path:
    """A path for a project file that does not exist yet."""
    return tmp_path / "project.json"
