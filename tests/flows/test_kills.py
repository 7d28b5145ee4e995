"""The window is killed again and again while it edits and trains: each time it loses next to nothing, and offers the
rest. Every life begins with what the one before has left.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.journal import left_behind
from tests.flows.edit_and_train import PACE, number_of

ROOT = Path(__file__).resolve().parent.parent.parent
FEWEST = 30  # edits in a life
WRITING, ASKING = 1.0, 2.0  # seconds that a busy machine may take; they do not shrink with the intervals
AWAKE = 0.1  # seconds between two signs of life of a window that is not kept from running

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")


@pytest.fixture
def live(tmp_path):
    """Lets a window live for so many seconds after it is ready, kills it, and tells what it did and what it left."""
    places = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    environment = {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    alive = []

    def live_once(seconds, seed):
        log = tmp_path / f"log {seed}"
        command = [sys.executable, "-m", "tests.flows.edit_and_train", str(log), str(seed)]
        with (tmp_path / "said").open("w") as said:
            process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=said, stderr=said)
        alive.append(process)
        ready = wait_for(lambda: told(log, "ready"), process)
        time.sleep(seconds)
        wait_for(lambda: len(told(log, "edit")) > FEWEST, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        found, sentences = left_behind(tmp_path / "cascade" / "windows")
        for left in found:
            left.journal.release()
        edits, steps = told(log, "edit"), told(log, "step")
        return SimpleNamespace(
            offered=bool(told(log, "offered")), ready=ready[0], edits=edits, steps=steps, found=found, said=sentences
        )

    yield live_once
    for process in alive:
        process.kill()
        process.wait()


def told(log, word):
    """The lines of a log that begin with a word, as numbers; the last one may be cut off."""
    lines = log.read_text().split("\n")[:-1] if log.exists() else []
    return [[float(each) for each in line.split()[1:]] for line in lines if line.startswith(word + " ")]


def wait_for(answer, process):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "it ended by itself"
        if found := answer():
            return found
        time.sleep(0.02)
    raise AssertionError("the window was not ready within a minute")


def lost(events, kept):
    """Seconds from the first of the numbered events that was lost to the last one there was. Where a busy machine let
    the window sleep, nothing was done and nothing could be lost.
    """
    moments = [moment for number, moment in events if number > kept]
    return sum(min(later - earlier, AWAKE) for earlier, later in pairwise(moments))


def lives(live, count, seed):
    """Kills so many lives one after the other and judges each."""
    moments = random.Random(seed)
    kept_edits = kept_steps = 0
    for life in range(count):
        was = live(moments.uniform(2.5, 4.5), seed * 1000 + life)
        assert was.said == []
        assert was.offered == (life > 0)
        assert was.ready[:2] == [kept_edits, kept_steps], "it goes on where the last one was kept"
        (left,) = was.found
        kept_edits, kept_steps = number_of(left.entry.project), left.entry.steps
        assert left.entry.trouble == ""
        assert kept_edits > was.ready[0]
        assert lost(was.edits, kept_edits) <= PACE.edits + WRITING
        assert lost(was.steps, kept_steps) <= PACE.training + ASKING


def test_a_few_kills(live):
    lives(live, 2, 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 35))
def test_a_hundred_kills(live, seed):
    lives(live, 3, seed)
