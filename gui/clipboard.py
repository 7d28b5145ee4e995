"""Blocks on the clipboard and in drags: JSON, read by the same strict loader as files."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QMimeData
from PySide6.QtGui import QGuiApplication

from engine.layers import AnyLayer
from engine.project import ProjectError, decode_blocks, encode_blocks

MIME = "application/x-cascade-block+json"


def mime_of(blocks: Iterable[AnyLayer]) -> QMimeData:
    """Blocks as they are dragged or copied; other programs see the JSON as text."""
    text = encode_blocks(blocks)
    mime = QMimeData()
    mime.setData(MIME, text.encode())
    mime.setText(text)
    return mime


def blocks_in(mime: QMimeData) -> tuple[AnyLayer, ...]:
    """The blocks that were dragged; empty where it is something else. Raises ProjectError where they are broken."""
    return decode_blocks(bytes(mime.data(MIME).data())) if mime.hasFormat(MIME) else ()


def put(blocks: Iterable[AnyLayer]) -> None:
    """Copies blocks."""
    QGuiApplication.clipboard().setMimeData(mime_of(blocks))


def blocks() -> tuple[AnyLayer, ...]:
    """The blocks on the clipboard, ours or as text. Raises ProjectError with one sentence where there are none."""
    mime = QGuiApplication.clipboard().mimeData()
    if mime is None or not (mime.hasFormat(MIME) or mime.hasText()):
        raise ProjectError(QCoreApplication.translate("Clipboard", "there are no blocks on the clipboard."))
    return blocks_in(mime) or decode_blocks(mime.text().encode())
