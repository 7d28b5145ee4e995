"""What the tests of pictures and of the export window need: a complete window, and ways to look at pictures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
import zlib

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

import engine
from engine.project import Project
from gui.app import create_window
from gui.main_window import MainWindow

SVG = "{http://www.w3.org/2000/svg}"


def opened(qtbot: QtBot, project: Project | dict, steps: int = 0) -> MainWindow:
    """A window with all its panels, trained a little."""
    window = create_window(engine.load(project) if isinstance(project, dict) else project)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(lambda: window.complete, timeout=20_000)
    window.controller.set_speed(None)
    if steps:
        train(qtbot, window, steps)
    return window


def train(qtbot: QtBot, window: MainWindow, steps: int) -> None:
    wanted = window.controller.snapshot.steps + steps
    window.controller.step(steps)
    qtbot.waitUntil(lambda: window.controller.snapshot.steps == wanted, timeout=20_000)
    for panel in window.panels.values():  # what lies behind other cards is not computed by itself
        panel.watch(True)
    qtbot.waitUntil(
        lambda: all(panel.data() for panel in map(window.panels.get, ("prediction", "data"))), timeout=20_000
    )
    for panel in window.panels.values():
        panel.watch(False)
    qtbot.wait(50)


def shut(window: MainWindow) -> None:
    window.setWindowModified(False)
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # before anything styles all widgets anew


def pixels(image: QImage) -> np.ndarray:
    """The red, green and blue of a picture, (height, width, 3)."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine() // 4, 4)
    return raw[:, : plain.width(), 2::-1].astype(float)


def palette(image: QImage) -> np.ndarray:
    """The different colours of a picture, (colours, 3)."""
    packed = np.unique(pixels(image).astype(int) @ np.array([65536, 256, 1]))
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1)


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance as WCAG 2 defines it."""
    share = np.asarray(rgb, float) / 255
    linear = np.where(share <= 0.03928, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrast(one: QColor | np.ndarray, other: QColor | np.ndarray) -> float:
    """From 1 to 21; of an array, that of its pixel that stands out most."""
    a, b = (luminance(np.array(each.getRgb()[:3]) if isinstance(each, QColor) else each) for each in (one, other))
    return float(np.max((np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05)))


def words(svg: bytes) -> list[tuple[str, str]]:
    """Every text of a drawing with its colour."""
    found = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        for text in group.findall(f"{SVG}text"):
            found.append((text.text or "", text.get("fill") or group.get("fill")))
    return found


def streams(pdf: bytes, word: bytes) -> list[bytes]:
    """The streams of a PDF that hold a word, as they were before they were compressed."""
    found = []
    for raw in re.findall(rb"(?<!end)stream\r?\n(.*?)endstream", pdf, re.S):
        packed = raw[:1] == b"x"  # so begins what zlib has compressed
        found.append(zlib.decompressobj().decompress(raw) if packed else raw)
    return [stream for stream in found if word in stream]


def letters(pdf: bytes) -> set[int]:
    """The characters that can be copied out of a PDF, as its fonts name them."""
    maps = [stream.decode("latin-1") for stream in streams(pdf, b"begincmap")]
    named = [
        word for text in maps for line in re.findall(r"\[(.*?)\]", text, re.S) for word in re.findall(r"\w+", line)
    ]
    return {int(word, 16) for word in named}
