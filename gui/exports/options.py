"""What a picture is to be of, how large, and light or dark."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from gui import theme
from gui.exports import sizes
from gui.exports.pictures import Picture
from gui.exports.subjects import Subject


class PictureOptions(QWidget):
    """``changed`` says that another picture is wanted. While no size is typed, it is the subject's own."""

    changed = Signal()

    def __init__(self, subjects: dict[str, Subject]) -> None:
        super().__init__()
        self._subjects = subjects
        self._typed = False  # whether somebody has asked for a size
        self.what = QComboBox()
        for name, subject in subjects.items():
            self.what.addItem(subject.title, name)
        self.width_box, self.height_box = self._side(self.tr("Width")), self._side(self.tr("Height"))
        self._own = QToolButton(text=self.tr("own size"))
        self.look = QComboBox()
        self.look.addItems([self.tr("Light"), self.tr("Dark")])
        self.look.setCurrentIndex(int(theme.current().dark))
        self._name(self.what, self.tr("Of what"), self.tr("The chain, or one of the panels as it stands now"))
        self._name(self._own, self.tr("Own size"), self.tr("The size that suits the picture best"))
        self._name(self.look, self.tr("Colours"), self.tr("Light or dark, whatever the window is"))
        self._own.setProperty("role", "link")
        self._own.clicked.connect(self.take_own_size)
        self.what.currentIndexChanged.connect(self._chosen)
        self.look.currentIndexChanged.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.what, self.width_box, QLabel("×"), self.height_box, self._own, self.look):
            row.addWidget(widget)
        row.addStretch(1)
        self.take_own_size()

    @property
    def subject(self) -> Subject:
        """What the picture is of."""
        return self._subjects[self.what.currentData()]

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """All that is offered."""
        return tuple(self._subjects.values())

    @property
    def wanted(self) -> Picture:
        """The picture."""
        return Picture(QSize(self.width_box.value(), self.height_box.value()), self.look.currentIndex() == 1)

    @property
    def objection(self) -> str:
        """Why there is no such picture, in a sentence; empty where there can be one."""
        wrong = sizes.objection(self.width_box.value(), self.height_box.value())
        return f"{wrong[:1].upper()}{wrong[1:]}." if wrong else ""

    def choose(self, name: str) -> None:
        """A picture of another subject."""
        self.what.setCurrentIndex(self.what.findData(name))

    def take_own_size(self) -> None:
        """The size that suits the picture."""
        self._typed = False
        self._set_size(self.subject.own_size())

    def follow(self) -> None:
        """The subject may have grown."""
        if not self._typed and self.wanted.size != self.subject.own_size():
            self._set_size(self.subject.own_size())

    def _chosen(self) -> None:
        self.follow()
        self.changed.emit()

    def _set_size(self, size: QSize) -> None:
        for box, side in ((self.width_box, size.width()), (self.height_box, size.height())):
            box.blockSignals(True)
            box.setValue(side)
            box.blockSignals(False)
        self.changed.emit()

    def _type(self) -> None:
        self._typed = True
        self.changed.emit()

    def _side(self, spoken: str) -> QSpinBox:
        box = QSpinBox(minimum=sizes.SMALLEST, maximum=sizes.LARGEST, singleStep=100, suffix=" px")
        self._name(box, spoken, self.tr("{} in pixels; a larger picture of the chain says more").format(spoken))
        box.setKeyboardTracking(False)
        box.valueChanged.connect(self._type)
        return box

    @staticmethod
    def _name(widget: QWidget, spoken: str, tip: str) -> None:
        widget.setAccessibleName(spoken)
        widget.setToolTip(tip)
