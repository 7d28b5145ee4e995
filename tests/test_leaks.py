"""The leak check itself: each sort of thing, left behind, is named; tidied away, it is not."""

from __future__ import annotations

import subprocess
import sys
import threading
from multiprocessing import get_context
from multiprocessing.shared_memory import SharedMemory

import pytest

from tests import leaks
from tests.leaks import Census, leftovers


@pytest.fixture(autouse=True)
def no_grace(monkeypatch):
    monkeypatch.setattr(leaks, "GRACE", 0.0)


def found(before, word):
    return any(each.startswith(word) for each in leftovers(before))


def test_a_process_is_noticed():
    before = Census.take(False)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert found(before, "process")
    child.communicate(b"\n")
    assert not leftovers(before)


def test_a_spawned_worker_is_noticed_by_name():
    before = Census.take(False)
    worker = get_context("spawn").Process(target=threading.Event().wait, args=(0.0,), name="the worker")
    with pytest.raises(TypeError):  # an Event cannot be sent: nothing was started
        worker.start()
    assert not leftovers(before)


def test_a_thread_is_noticed():
    before, stop = Census.take(False), threading.Event()
    thread = threading.Thread(target=stop.wait, name="lingering", daemon=True)
    thread.start()
    assert found(before, "thread lingering")
    stop.set()
    thread.join()
    assert not leftovers(before)


def test_shared_memory_is_noticed_even_when_closed():
    before = Census.take(False)
    block = SharedMemory(create=True, size=16)
    block.close()
    assert found(before, "shared memory")
    block.unlink()
    assert not leftovers(before)


def test_a_timer_and_a_window_are_noticed(qapp):
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QWidget

    before = Census.take(True)
    timer, window = QTimer(objectName="ticking"), QWidget()
    timer.start(1000)
    window.show()
    assert found(before, "timer ticking")
    assert found(before, "window QWidget")
    timer.stop()
    window.close()
    assert not leftovers(before)
