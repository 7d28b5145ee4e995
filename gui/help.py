"""Windows that explain: all keys, and what this program is. They stand beside the window and block nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui import theme
from gui.actions import TABLE, tr

if TYPE_CHECKING:
    from gui.main_window import MainWindow

CANVAS_KEYS = (
    ("← →", "Selects the block to the left or right (on the canvas)"),
    ("Home End", "Selects the data or the error"),
    ("Enter", "To the settings of the selected block"),
    ("Esc", "Cancels a drag; selects nothing"),
    ("Ctrl + click", "Adds a block to the selection"),
    ("Wheel", "Zooms; drag the ground to move the view"),
)


class Keys(QDialog):
    """Every key, from the same table that makes the menus."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Keyboard"))
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setHorizontalSpacing(24)
        known = [(_keys(entry.keys), f"{tr(entry.text).rstrip('…')}: {tr(entry.tip)}") for entry in TABLE if entry.keys]
        for row, (keys, text) in enumerate([*known, *((keys, self.tr(text)) for keys, text in CANVAS_KEYS)]):
            label = QLabel(keys)
            label.setProperty("role", "title")
            grid.addWidget(label, row, 0)
            grid.addWidget(QLabel(text), row, 1)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(inside)
        QVBoxLayout(self).addWidget(area)
        self.resize(theme.px(620), theme.px(640))


class About(QDialog):
    """What Cascade is, and under which terms."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("About Cascade"))
        title = QLabel(self.tr("Cascade"))
        title.setProperty("role", "heading")
        text = QLabel(
            self.tr(
                "See the chain rule at work: nudge the first domino and the last one falls. How much it moves is the "
                "product of how much each one moves the next. A network is such a chain, and backpropagation is that "
                "product, taken from the error backwards.\n\n"
                "MIT licence. The font is Inter (SIL Open Font License); the data sets are described in assets/data. "
                "Made with Qt for Python, numpy, pyqtgraph, msgspec, safetensors and threadpoolctl."
            ),
            wordWrap=True,
        )
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.addWidget(title)
        column.addWidget(text)
        self.setMinimumWidth(theme.px(460))


def _keys(keys: tuple[str, ...]) -> str:
    return ", ".join(QKeySequence(each).toString(QKeySequence.SequenceFormat.NativeText) for each in keys)
