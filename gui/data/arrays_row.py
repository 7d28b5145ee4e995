"""Which arrays of a file are inputs and which targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from gui import numbers
from gui.data.grid import tr

if TYPE_CHECKING:
    from engine.data.files.preview import Preview


class ArraysRow(QWidget):
    """``chosen`` gives the names of both."""

    chosen = Signal(dict)

    def __init__(self) -> None:
        super().__init__()
        tips = {"inputs": tr("The array that enters the chain"), "targets": tr("The array of the answers")}
        titles = {"inputs": tr("Inputs"), "targets": tr("Targets")}
        self.boxes = {use: QComboBox() for use in titles}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for use, box in self.boxes.items():
            caption = QLabel(titles[use])
            caption.setProperty("role", "caption")
            box.setAccessibleName(titles[use])
            box.setToolTip(tips[use])
            box.activated.connect(self._choose)
            row.addWidget(caption)
            row.addWidget(box)
        row.addStretch(1)

    def show_preview(self, preview: Preview) -> None:
        """Offers the arrays of a file; hidden where there are not several."""
        form: Any = preview.format
        self.setVisible(len(preview.arrays) > 1)
        for use, box in self.boxes.items():
            box.clear()
            for name, shape in preview.arrays.items():
                box.addItem(f"{name}  ({numbers.shape(shape)})", name)
            if preview.arrays:
                box.setCurrentIndex(box.findData(getattr(form, use)))

    def _choose(self, *_: object) -> None:
        self.chosen.emit({use: box.currentData() for use, box in self.boxes.items()})
