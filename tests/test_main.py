"""Which words open the window and which stay on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import main

ROOT = Path(__file__).resolve().parent.parent


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "main.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture
def asked(monkeypatch):
    """Who was asked to do the work: the command line or the window, with its words."""
    import engine.cli
    import gui.app

    calls = []
    monkeypatch.setattr(engine.cli, "main", lambda words: calls.append(("command line", words)) or 0)
    monkeypatch.setattr(gui.app, "main", lambda words: calls.append(("window", words)) or 0)
    return calls


@pytest.mark.parametrize(
    "words", [["train", "x.json"], ["validate"], ["examples"], ["--version"], ["-h"], ["--nonsense"]]
)
def test_words_and_options_need_no_window(asked, words):
    assert main.main(words) == 0
    assert asked == [("command line", words)]


@pytest.mark.parametrize("words", [[], ["chain.json"], ["example:xor"]])
def test_a_file_or_nothing_opens_the_window(asked, words):
    assert main.main(words) == 0
    assert asked == [("window", words)]


def test_examples_are_listed_one_a_line():
    ended = run("examples")
    names = [line.partition("  ")[0] for line in ended.stdout.splitlines()]
    assert ended.returncode == 0
    assert {"domino", "xor", "spirals", "digits", "iris", "vanishing"} <= set(names)


def test_a_missing_file_is_one_sentence_and_exit_code_2(tmp_path):
    ended = run("validate", str(tmp_path / "nothing.json"))
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert "Traceback" not in ended.stderr


def test_training_prints_json_lines():
    ended = run("train", "example:xor", "--steps", "3", "--json")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0
    assert lines[-1]["step"] == 3
    assert lines[-1]["done"] is True


def test_the_version_is_printed():
    ended = run("--version")
    assert ended.returncode == 0
    assert ended.stdout.split()[-1][0].isdigit()
