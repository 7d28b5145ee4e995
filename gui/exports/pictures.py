"""Pictures of a subject as PNG, SVG and PDF. In the last two, lines are lines and words are words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QMarginsF, QRect, QSize, QSizeF
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPdfWriter,
)

from gui import theme
from gui.exports.subjects import Subject, subjects
from gui.exports.svg import portable

if TYPE_CHECKING:
    from gui.main_window import MainWindow

DOTS, POINTS = 96, 72  # pixels and points of an inch


class Picture(msgspec.Struct, frozen=True):
    """What is wanted: its size in pixels, and whether it is dark."""

    size: QSize
    dark: bool


class PictureFormat(msgspec.Struct, frozen=True):
    """A form in which pictures are taken away. ``make`` gives what the file holds."""

    name: str
    title: str
    about: str
    make: Callable[[Subject, Picture], bytes]

    @property
    def suffix(self) -> str:
        """The end of the file's name."""
        return f".{self.name}"


def image(subject: Subject, wanted: Picture) -> QImage:
    """A picture in memory, a pixel for a pixel."""
    made = QImage(wanted.size, QImage.Format.Format_RGB32)
    _paint(made, subject, wanted)
    return made


def copy(window: MainWindow, of: str) -> None:
    """Puts a picture onto the clipboard, in the window's colours."""
    subject = subjects(window)[of]
    made = image(subject, Picture(subject.own_size(), theme.current().dark))
    QGuiApplication.clipboard().setImage(made)


def png(subject: Subject, wanted: Picture) -> bytes:
    """The same as a file."""
    return _written(lambda buffer: image(subject, wanted).save(buffer, "PNG"))


def svg(subject: Subject, wanted: Picture) -> bytes:
    """A drawing of lines and words, for the web and for drawing programs."""
    from PySide6.QtSvg import QSvgGenerator  # a library that the window needs for nothing else

    def write(buffer: QBuffer) -> None:
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setResolution(DOTS)
        generator.setSize(wanted.size)
        generator.setViewBox(QRect(0, 0, wanted.size.width(), wanted.size.height()))
        generator.setTitle(subject.title)
        generator.setDescription(QCoreApplication.translate("Exports", "Made with Cascade"))
        _paint(generator, subject, wanted)

    return portable(_written(write))


def pdf(subject: Subject, wanted: Picture) -> bytes:
    """One page as large as the picture at 96 dots an inch."""

    def write(buffer: QBuffer) -> None:
        writer = QPdfWriter(buffer)
        inches = QSizeF(wanted.size) / DOTS
        page = QPageSize(inches * POINTS, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
        writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
        writer.setResolution(DOTS)
        writer.setTitle(subject.title)
        writer.setCreator("Cascade")
        _paint(writer, subject, wanted)

    return _written(write)


def _paint(device: QPaintDevice, subject: Subject, wanted: Picture) -> None:
    scale = subject.scale(wanted.size)
    room = QSize(round(wanted.size.width() / scale), round(wanted.size.height() / scale))
    painter = QPainter(device)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(wanted.size.width() / room.width(), wanted.size.height() / room.height())
    subject.paint(painter, room, wanted.dark)
    painter.end()


def _written(write: Callable[[QBuffer], object]) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(buffer)
    buffer.close()
    return bytes(data.data())


FORMATS: dict[str, PictureFormat] = {
    each.name: each
    for each in (
        PictureFormat("png", "PNG picture", "a picture made of pixels, for slides and chats", png),
        PictureFormat("svg", "SVG drawing", "lines and words, sharp at every size, for the web", svg),
        PictureFormat("pdf", "PDF page", "one page of lines and words, for papers and printing", pdf),
    )
}
