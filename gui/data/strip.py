"""The first pictures of a file, as many as there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme

if TYPE_CHECKING:
    from engine.lazy import Array

SIDE, GAP = 64, 6


class Strip(QWidget):
    """Shows images (N, C, H, W) from 0 to 1 in rows, by their brightness."""

    def __init__(self) -> None:
        super().__init__()
        self._images: Array | None = None
        self.setAccessibleName(self.tr("First pictures"))
        self.setToolTip(self.tr("The first pictures of the file"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(theme.px(SIDE))

    def show_images(self, images: Array | None) -> None:
        """Other pictures; None hides them."""
        self._images = images
        self.setVisible(images is not None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        from gui import pictures  # works on arrays

        if self._images is None:
            return
        painter, colours, step = QPainter(self), theme.current(), theme.px(SIDE) + GAP
        columns, rows = max(1, (self.width() + GAP) // step), max(1, (self.height() + GAP) // step)
        for place, image in enumerate(self._images[: columns * rows]):
            row, column = divmod(place, columns)
            area = QRectF(column * step, row * step, step - GAP, step - GAP)
            pictures.draw_nearest(painter, area, pictures.grey(image.mean(axis=0), colours))
