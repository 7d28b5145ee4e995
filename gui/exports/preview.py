"""Shows what would be taken away: the lines of a file, or a picture."""

from __future__ import annotations

import re
from collections.abc import Collection

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from engine.exports.contents import Content
from gui import theme
from gui.listing import Listing


class Preview(QWidget):
    """Files one at a time, chosen above; a picture in their place."""

    def __init__(self) -> None:
        super().__init__()
        self._contents: tuple[Content, ...] = ()
        self._chosen_blocks: tuple[str, ...] = ()
        self._which = QComboBox()
        self._which.setAccessibleName(self.tr("File"))
        self._which.setToolTip(self.tr("Which of the files is shown"))
        self._which.currentIndexChanged.connect(self._show)
        self._about = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._about.setProperty("role", "caption")
        tip = self.tr("What the file holds; the lines of the selected block are marked")
        self.listing = Listing(self.tr("Preview"), tip)
        self.picture = _Picture()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.listing)
        self._pages.addWidget(self.picture)
        head = QHBoxLayout()
        head.addWidget(self._which)
        head.addWidget(self._about, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self._pages, 1)

    @property
    def content(self) -> Content | None:
        """The file that is shown."""
        at = self._which.currentIndex()
        return self._contents[at] if 0 <= at < len(self._contents) else None

    @property
    def about(self) -> str:
        """How much there is, in words."""
        return self._about.text()

    def show_files(self, contents: tuple[Content, ...]) -> None:
        """The files of a format; the one that is looked at stays in sight."""
        names = [each.name for each in contents]
        if names != [each.name for each in self._contents]:
            self._which.blockSignals(True)
            self._which.clear()
            self._which.addItems(names)
            self._which.blockSignals(False)
        self._contents = contents
        self._which.setVisible(len(names) > 1)
        self._pages.setCurrentWidget(self.listing)
        self._show()

    def show_image(self, image: QImage) -> None:
        """A picture."""
        self.clear()
        self.picture.show_image(image)
        self._about.setText(self.tr("{:,} × {:,} pixels").format(image.width(), image.height()))
        self._pages.setCurrentWidget(self.picture)

    def clear(self) -> None:
        """Nothing can be shown, or not yet."""
        self.show_files(())

    def mark(self, blocks: Collection[str]) -> None:
        """Marks the lines that name one of some blocks."""
        self._chosen_blocks = tuple(blocks)
        self._mark(reveal=True)

    def _show(self) -> None:
        shown = self.content
        self._about.setText(shown.about if shown else "")
        self.listing.show_lines(shown.lines if shown else ())
        self._mark(reveal=False)

    def _mark(self, reveal: bool) -> None:
        found: list[int] = []
        if self._chosen_blocks and self.content is not None:
            names = re.compile(rf"\b({'|'.join(map(re.escape, self._chosen_blocks))})\b")
            found = [number for number, line in enumerate(self.content.lines) if names.search(line)]
        self.listing.mark(found, reveal)


class _Picture(QWidget):
    """A picture as large as there is room for, at most in its own size."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self._scaled = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Preview of the picture"))
        self.setToolTip(self.tr("The picture as it will be, made smaller where it is larger than this place"))

    def show_image(self, image: QImage) -> None:
        """Another picture."""
        self.image, self._scaled = image, QImage()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(560, 320)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.image.isNull():
            return
        ratio = self.devicePixelRatioF()
        room = self.image.size().scaled((self.size() - QSize(2, 2)) * ratio, Qt.AspectRatioMode.KeepAspectRatio)
        if room.width() > self.image.width():
            room = self.image.size()
        if self._scaled.size() != room:
            smooth = Qt.TransformationMode.SmoothTransformation
            self._scaled = self.image.scaled(room, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        painter = QPainter(self)
        target = QRect(0, 0, round(room.width() / ratio), round(room.height() / ratio))
        target.moveCenter(self.rect().center())
        painter.drawImage(target, self._scaled)
        painter.setPen(theme.current().line)
        painter.drawRect(target.adjusted(-1, -1, 0, 0))
