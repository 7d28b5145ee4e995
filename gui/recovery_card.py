"""Offers what windows have left that ended without closing: a picture, a name, a time, and what can be done."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QDateTime,
    QEvent,
    QIODevice,
    QLocale,
    QObject,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QImageReader, QPixmap, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from engine.journal import Entry, Left
from gui import theme
from gui.glimpse import SIZE
from gui.labels import ElidedLabel
from gui.numbers import count

LARGEST_SIDE = 2000  # of a picture that is shown at all
WIDTH, EDGE = 760, 12  # of the card, and its distance from the edge
IN_SIGHT = 3  # of what is offered; more scrolls


class RecoveryCard(QFrame):
    """Hidden while there is nothing to offer. It lies over the lower edge of a widget, where nothing is to be seen yet
    when a window begins. What is discarded goes only when the window does.
    """

    restored = Signal(object)
    copied = Signal(object)
    changed = Signal()  # what can be decided on

    def __init__(self) -> None:
        super().__init__(objectName="recovery")
        self._rows: dict[int, _Row] = {}
        self._place: QWidget | None = None
        title, sub = QLabel(self.tr("Cascade ended unexpectedly")), ElidedLabel("caption")
        title.setProperty("role", "title")
        sub.setText(self.tr("What was not saved is still here. Closing this asks again at the next start."))
        close = QToolButton(text="×")
        close.setProperty("role", "flat")
        close.setAccessibleName(self.tr("Decide later"))
        close.setToolTip(self.tr("Decide later: it is offered again at the next start"))
        close.clicked.connect(self.hide)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addWidget(sub, 1)
        head.addWidget(close)
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 4, 0)
        self._list.setSpacing(6)
        self._area = QScrollArea(widgetResizable=True, horizontalScrollBarPolicy=Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._area)
        self.hide()

    def lie_over(self, place: QWidget) -> None:
        """Where it is shown from now on."""
        self._place = place
        self.setParent(place)
        place.installEventFilter(self)

    def offer(self, found: list[Left]) -> None:
        """Adds what was found."""
        for left in found:
            row = self._rows[id(left)] = _Row(left)
            row.restore.clicked.connect(partial(self._restore, left))
            row.copy.clicked.connect(partial(self._copy, left))
            self._list.addWidget(row)
        self.setVisible(self.waiting)
        self._fit()
        self.changed.emit()

    def drop(self, left: Left) -> None:
        """Takes one off: it was decided on."""
        row = self._rows.pop(id(left))
        self._list.removeWidget(row)
        row.deleteLater()
        self._fit()
        if not self.waiting:
            self.hide()
        self.changed.emit()

    def settle(self) -> None:
        """The window closes: what was discarded is gone, the rest waits for the next start."""
        for row in self._rows.values():
            if row.discarded:
                row.left.journal.remove()
            else:
                row.left.journal.release()
        self._rows.clear()

    @property
    def waiting(self) -> bool:
        """Whether something can still be decided on."""
        return bool(self._rows)

    def _restore(self, left: Left, *_: object) -> None:
        self.restored.emit(left)

    def _copy(self, left: Left, *_: object) -> None:
        self.copied.emit(left)

    def _fit(self) -> None:
        """As high as what is offered, up to a few."""
        rows = list(self._rows.values())[:IN_SIGHT]
        high = sum(row.sizeHint().height() for row in rows) + self._list.spacing() * max(0, len(rows) - 1)
        self._area.setFixedHeight(high + 2)
        room = self._place.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE) if self._place else QRect()
        size = QSize(min(theme.px(WIDTH), room.width()), self.sizeHint().height())
        self.setGeometry(QRect(QPoint(room.center().x() - size.width() // 2, room.bottom() - size.height()), size))
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()


class _Row(QWidget):
    """One of them."""

    def __init__(self, left: Left) -> None:
        super().__init__()
        self.left = left
        name, about = ElidedLabel("title"), ElidedLabel("caption")
        name.setText(left.entry.project.name)
        about.setText(_about(left.entry))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(name)
        words.addWidget(about)
        self.restore = self._button(self.tr("Restore"), self.tr("Opens it as it was, not saved yet"))
        self.restore.setProperty("role", "primary")
        self.copy = self._button(self.tr("Save a copy…"), self.tr("Writes it into a file and leaves this window alone"))
        self._discard = self._button(self.tr("Discard"), self.tr("Throws it away when this window is closed"))
        self._discard.setCheckable(True)
        self._discard.toggled.connect(self._show_discarded)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(_picture(left.entry.picture))
        row.addLayout(words, 1)
        for button in (self.restore, self.copy, self._discard):
            row.addWidget(button)

    @property
    def discarded(self) -> bool:
        """Whether it is not wanted."""
        return self._discard.isChecked()

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleName(f"{text} {self.left.entry.project.name}")
        return button

    def _show_discarded(self, discarded: bool) -> None:
        self._discard.setText(self.tr("Keep it after all") if discarded else self.tr("Discard"))
        self.restore.setVisible(not discarded)
        self.copy.setVisible(not discarded)


def _picture(data: bytes) -> QLabel:
    """The picture as it was taken; an empty place where there is none, or none that can be trusted."""
    label = QLabel()
    label.setFixedSize(theme.px(SIZE.width()), theme.px(SIZE.height()))
    if not data:
        return label
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"png"))
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) <= LARGEST_SIDE:
        image = reader.read()
        if not image.isNull():
            label.setPixmap(QPixmap.fromImage(image))
            label.setScaledContents(True)
    return label


def _about(entry: Entry) -> str:
    """When it was last kept, and where it is saved."""
    origin = entry.origin
    where = Path(origin.path).name if origin.path else "never saved"
    trained = [f"step {count(entry.steps)}"] if entry.steps else []
    return "  ·  ".join([when(entry.written), where, *trained])


def when(written: float, now: float | None = None) -> str:
    """A moment in words: ``today 15:42``, ``yesterday 9:05``, ``12 Nov 15:42``."""
    moment, today = (_moment(seconds) for seconds in (written, time.time() if now is None else now))
    days = moment.date().daysTo(today.date())
    form = {0: "'today' H:mm", 1: "'yesterday' H:mm"}.get(days, "d MMM H:mm" if 0 < days < 300 else "d MMM yyyy H:mm")
    return QLocale.c().toString(moment, form)


def _moment(seconds: float) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(seconds))
