"""``export --format png|svg|pdf`` as a process of its own, on a machine without a screen."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from gui.theme import DARK
from tests.gui.exporting import SVG, words

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def run(tmp_path):
    """Runs the command in a folder of its own, with settings of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    kept.pop("QT_QPA_PLATFORM", None)
    kept["XDG_CONFIG_HOME"] = str(tmp_path / "settings")

    def start(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "main.py"), "export", *words]
        return subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, timeout=90)

    return start


def test_a_picture_of_a_trained_panel(run, tmp_path):
    ended = run(
        "example:xor",
        "--format",
        "png",
        "-o",
        "loss.png",
        "--of",
        "loss",
        "--size",
        "640x360",
        "--dark",
        "--steps",
        "20",
    )
    assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", "")
    image = QImage(str(tmp_path / "loss.png"))
    assert (image.width(), image.height()) == (640, 360)
    assert image.pixelColor(1, 1) == DARK.panel
    shades = {image.pixel(x, y) for x in range(0, 640, 2) for y in range(0, 360, 2)}
    assert len(shades) > 30
    assert not (tmp_path / "settings" / "Cascade").exists(), "what a person has arranged is neither read nor written"


def test_a_drawing_of_the_chain_in_a_folder(run, tmp_path):
    ended = run("example:domino", "--format=svg", "--out", "new")
    assert (ended.returncode, ended.stderr) == (0, "")
    drawing = (tmp_path / "new" / "canvas.svg").read_bytes()
    assert ElementTree.fromstring(drawing).tag == f"{SVG}svg"
    assert {"dense_1", "tanh_1", "Error E"} <= {text for text, _ in words(drawing)}


def test_a_page_of_the_chain_rule(run, tmp_path):
    ended = run("example:domino", "--format", "pdf", "-o", "rule.pdf", "--of", "chain_rule")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "rule.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["nothing.json", "--format", "png", "-o", "x.png"], "nothing.json"),
        (["example:xor", "--format", "png", "-o", "x.svg"], "ends in .png"),
        (["example:xor", "--format", "png", "-o", "no/where/x.png"], "does not exist"),
        (["example:xor", "--format", "png", "-o", "x.png", "--size", "9x9"], "100 to 16,000 pixels"),
        (["example:xor", "--format", "png", "-o", "x.png", "--size", "big"], "1600x900"),
        (["example:xor", "--format", "png", "-o", "x.png", "--of", "moon"], "canvas, chain_rule, loss"),
        (["example:xor", "--format", "png", "-o", "x.png", "--steps", "-1"], "whole number"),
        (["example:xor", "--format", "gif", "-o", "x.gif"], "png, svg, pdf"),
        (["example:xor", "--format", "png"], "-o/--out"),
        (["broken.json", "--format", "png", "-o", "x.png", "--steps", "3"], "needs 1 output"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_exit_code_2(run, tmp_path, given, said):
    chain = '[{"kind": "dense", "units": 3}]'
    (tmp_path / "broken.json").write_text(f'{{"data": {{"kind": "xor"}}, "chain": {chain}}}')
    ended = run(*given)
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert said in ended.stderr
    assert not list(tmp_path.glob("x.*"))


def test_a_broken_chain_has_a_picture_with_what_is_wrong(run, tmp_path):
    chain = '[{"kind": "dense", "name": "only", "units": 3}]'
    (tmp_path / "broken.json").write_text(f'{{"data": {{"kind": "xor"}}, "chain": {chain}}}')
    assert run("broken.json", "--format", "svg", "-o", "x.svg").returncode == 0
    said = " ".join(text for text, _ in words((tmp_path / "x.svg").read_bytes()))
    assert "needs 1 output" in said
