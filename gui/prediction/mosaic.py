"""What all units of a block give out over the plane: a small picture each, on one scale."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.lazy import np
from engine.predictions.outcomes import Field
from gui import numbers, pictures, theme
from gui.prediction.view import tr

GAP, LABEL = 6, 13  # pixels between two pictures, and of the line below each


class Mosaic(QWidget):
    """``said`` reads out the unit under the pointer, ``chosen`` says which was clicked."""

    said = Signal(str)
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._field: Field | None = None
        self._images: list[QImage] = []
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Units over the plane"))
        self.setToolTip(tr("What each unit of the block gives out over the plane; click one to look at it alone"))

    def show_field(self, field: Field) -> None:
        """Shows what the units of a block give out."""
        colours = theme.current()
        self._field = field
        upright = field.outputs[::-1]  # rows of a picture run downwards
        self._images = [
            pictures.signed(np.ascontiguousarray(upright[..., unit]), field.limit, colours)
            for unit in range(upright.shape[2])
        ]
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(240), theme.px(160))

    def area_of(self, unit: int) -> QRectF:
        """Where the picture of a unit stands."""
        columns, side = self._arrangement()
        row, column = divmod(unit, columns)
        wide, tall = side + theme.px(GAP), side + theme.px(GAP) + theme.px(LABEL)
        left = (self.width() - columns * wide + theme.px(GAP)) / 2
        return QRectF(max(0.0, left) + column * wide, 2 + row * tall, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.current()
        painter.setFont(theme.font(10))
        for unit, image in enumerate(self._images):
            area = self.area_of(unit)
            pictures.draw_nearest(painter, area, image)
            painter.setPen(colours.line)
            painter.drawRect(area)
            painter.setPen(colours.secondary)
            below = QRectF(
                area.left() - theme.px(GAP), area.bottom(), area.width() + 2 * theme.px(GAP), theme.px(LABEL)
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(unit))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.said.emit(self._words(self._unit_at(event)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        unit = self._unit_at(event)
        if unit is not None:
            self.chosen.emit(unit)

    def leaveEvent(self, event: object) -> None:
        self.said.emit("")

    def _unit_at(self, event: QMouseEvent) -> int | None:
        found = (unit for unit in range(len(self._images)) if self.area_of(unit).contains(event.position()))
        return next(found, None)

    def _words(self, unit: int | None) -> str:
        if unit is None or self._field is None or self._field.unit is None:
            return ""
        own = self._field.outputs[..., unit]
        low, high = (numbers.short(float(end)) for end in (own.min(), own.max()))
        return tr("unit {} of {}: from {} to {} over the plane").format(unit, self._field.unit[0], low, high)

    def _arrangement(self) -> tuple[int, float]:
        """The number of columns with which the pictures are largest, and how large they are then."""
        count = max(1, len(self._images))

        def side(columns: int) -> float:
            rows = -(-count // columns)
            wide = (self.width() + theme.px(GAP)) / columns - theme.px(GAP)
            return min(wide, (self.height() - 2) / rows - theme.px(GAP) - theme.px(LABEL))

        columns = max(range(1, count + 1), key=side)
        return columns, max(4.0, side(columns))
