"""One sentence, as large as its two lines allow, so that it can be read from the back of a room and nothing jumps."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from gui import theme

SIZES = (17, 15, 13, 12)  # pixels
HEIGHT = 44


class Telling(QLabel):
    """Its height never changes; longer text is written smaller."""

    def __init__(self) -> None:
        super().__init__(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._size = 0
        self.fit()

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setAccessibleName(text)
        self.fit()

    def sizeHint(self) -> QSize:
        return QSize(200, theme.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, theme.px(HEIGHT))

    def hasHeightForWidth(self) -> bool:
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Takes the largest size at which all of the text has room."""
        room = QRect(0, 0, self.width() - 4, theme.px(HEIGHT))
        size = next((theme.px(each) for each in SIZES if self._needs(each, room) <= room.height()), theme.px(SIZES[-1]))
        self.setFixedHeight(theme.px(HEIGHT))
        if size != self._size:
            self._size = size
            self.setStyleSheet(f"font-size: {size}px;")

    def _needs(self, size: float, room: QRect) -> int:
        metrics = QFontMetrics(theme.font(size))
        return metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self.text()).height()
