"""One sight, shown: its picture, with a line of facts under it."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from engine.lazy import Array
from engine.probe import INPUT
from gui import numbers, theme
from gui.labels import ElidedLabel
from gui.layer.cells import CellsPicture
from gui.layer.histogram import HistogramPicture
from gui.layer.moment import Moment, Need
from gui.layer.picture import Picture, Scene
from gui.layer.plane import Index
from gui.layer.scale import Scale
from gui.layer.sight import BLOCK, FROZEN, HISTOGRAM, UNIT, Sight
from gui.layer.value import Value
from gui.layer.values import VALUES
from gui.panels.panel import tr

LOW = 110  # pixels of height below which there are no facts under the picture


class SightView(QWidget):
    """``said`` reads out what lies under the pointer; ``asked`` says which number was clicked: the parameter as
    ``"dense_1.weight"``, or ``"input"``, and the index.
    """

    said = Signal(str)
    asked = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.sight, self.moment = Sight(), Moment()
        self.facts = ElidedLabel("caption")
        self._pictures: dict[str, Picture] = {}
        self._frozen: tuple[str, Scale] | None = None
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._stack, 1)
        column.addWidget(self.facts)

    @property
    def value(self) -> Value:
        """The kind of number that is shown."""
        return VALUES[self.sight.value]

    @property
    def need(self) -> Need | None:
        """What has to be computed beside the window for what is shown; None where nothing has."""
        wanted = self.value.passes or self.sight.picture == UNIT
        return (self.sight.block, self.sight.sample) if wanted and self.sight.block else None

    @property
    def picture(self) -> Picture:
        """The picture that is shown; made when it is first wanted."""
        log = self.sight.picture == HISTOGRAM and self.value.log
        name = f"{'log ' * log}{self.sight.picture}"
        if name not in self._pictures:
            made = HistogramPicture(log) if self.sight.picture == HISTOGRAM else CellsPicture()
            made.said.connect(self.said)
            made.pressed.connect(self._press)
            self._pictures[name] = made
            self._stack.addWidget(made)
        return self._pictures[name]

    def look_at(self, sight: Sight) -> None:
        """Another sight. A frozen scale stays what it was; chosen anew it takes the present one."""
        if sight.scale != FROZEN or sight.value != self.sight.value or self.sight.scale != FROZEN:
            self._frozen = None
        self.sight = sight

    def show_moment(self, moment: Moment, mark: tuple[str, Index] | None = None) -> None:
        """Draws the sight at a moment, with a frame around the entry of a parameter."""
        self.moment = moment
        picture = self.picture
        self._stack.setCurrentWidget(picture)
        picture.show_scene(self._scene(mark))
        self.facts.setText(self._unit_facts() if self.sight.picture == UNIT else picture.facts())
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def sub(self) -> str:
        """What is drawn, in words."""
        said = self.value.sub(self.moment, self.sight)
        scales = {BLOCK: "", FROZEN: tr("frozen scale")}
        return " · ".join(filter(None, (said, scales.get(self.sight.scale, tr("scale of all blocks")))))

    def idle(self) -> str:
        """What is read out while nothing lies under the pointer."""
        return self.value.idle(self.moment, self.sight) if self.sight.block else ""

    def units(self) -> int:
        """How many units the block has, as far as it is known."""
        if not self.sight.block:
            return 0
        weights = self.moment.tensors(self.sight.block, "weight").values()
        shape = self.value.shape(self.moment, self.sight) or next((array.shape for array in weights), ())
        return shape[0] if shape else 0

    def data(self) -> dict[str, Array]:
        """The numbers that are shown."""
        return self.picture.data()

    def table(self) -> list[list[Any]]:
        """The same as rows."""
        return self.picture.table()

    def reset_zoom(self) -> None:
        """Shows everything again."""
        self.picture.reset_zoom()

    def restyle(self) -> None:
        """The colours are others."""
        for picture in self._pictures.values():
            picture.restyle()

    def _scene(self, mark: tuple[str, Index] | None) -> Scene:
        sight, value, there = self.sight, self.value, bool(self.sight.block)
        arrays = value.arrays(self.moment, sight) if there else {}
        places = value.places(self.moment, sight) if there else {}
        axes = value.axes(sight, next((array.shape for array in places.values()), ()))
        shown = self._shown_mark(mark, places)
        return Scene(sight, value.text, arrays, places, self._scale(), axes, self._words, shown)

    def _make_room(self) -> None:
        """Where there is little height, the picture has all of it."""
        self.facts.setVisible(bool(self.facts.words) and self.height() >= theme.px(LOW))

    def _scale(self) -> Scale:
        if self._frozen is not None and self._frozen[0] == self.sight.value:
            return self._frozen[1]
        plain = msgspec.structs.replace(self.sight, scale=BLOCK) if self.sight.scale == FROZEN else self.sight
        scale = self.value.scale(self.moment, plain)
        if self.sight.scale == FROZEN and self.value.arrays(self.moment, self.sight):
            self._frozen = (self.sight.value, scale)
        return scale

    def _words(self, name: str, index: Index) -> str:
        return self.value.words(self.moment, self.sight, name, index)

    def _press(self, name: str, index: Index) -> None:
        whole = self.value.whole_index(self.moment, self.sight, name, index)
        if self.value.passes:
            if self.sight.block == INPUT:
                self.asked.emit(INPUT, whole)
        else:
            self.asked.emit(f"{self.sight.block}.{name}", whole)

    def _shown_mark(self, mark: tuple[str, Index] | None, places: dict[str, Array]) -> tuple[str, Index] | None:
        block, _, name = mark[0].rpartition(".") if mark else ("", "", "")
        if mark is None or block != self.sight.block or name not in places:
            return None
        index = self.value.shown_index(self.moment, self.sight, name, mark[1])
        return None if index is None else (name, index)

    def _unit_facts(self) -> str:
        """Bias, activation and delta of the unit that is shown."""
        sight, parts = self.sight, []
        bias = self.moment.tensors(sight.block, "weight").get("bias")
        if bias is not None and bias.ndim == 1:
            parts.append(tr("bias {}").format(numbers.short(float(bias[sight.unit]))))
        reading = self.moment.reading(sight)
        if reading is not None:
            values = (tr("activation {}"), reading.activation), (tr("delta {}"), reading.delta)
            parts += [text.format(numbers.short(float(array[sight.unit].mean()))) for text, array in values]
            one = len(reading.samples) == 1
            of = tr("sample {}").format(reading.samples[0]) if one else tr("mean over {}").format(len(reading.samples))
            parts.append(of)
        return " · ".join(parts)
