"""How the samples are divided and scaled: with which numbers, and by which seed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout

from engine.data.summary import Preparation
from gui import numbers
from gui.data.sheet import Sheet
from gui.data.view import DataView, tr

Index = QModelIndex | QPersistentModelIndex
KINDS = {"none": "no scaling", "standard": "standard scaling", "min_max": "scaled to 0 to 1"}
NUMBERS = {"standard": ("mean", "std"), "min_max": ("min", "max")}


class FittedModel(QAbstractTableModel):
    """A row for each input: its name, the two numbers that its scaling was fitted with, and what is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Preparation | None = None

    def show_preparation(self, shown: Preparation) -> None:
        """Another scaling."""
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if self._shown is None or parent.isValid() else len(self._shown.first)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._shown is None or role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return (tr("input"), *NUMBERS.get(self._shown.kind, ("", "")), tr("the network gets"))[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._shown is None or role != Qt.ItemDataRole.DisplayRole:
            return None
        row, column = index.row(), index.column()
        if column == 0:
            return self._shown.names[row]
        if column == 3:
            return formula(self._shown, row)
        return numbers.short(float((self._shown.first, self._shown.second)[column - 1][row]))

    def words(self, row: int) -> str:
        """A row with all digits."""
        assert self._shown is not None
        first, second = NUMBERS[self._shown.kind]
        two = numbers.full(float(self._shown.first[row])), numbers.full(float(self._shown.second[row]))
        return tr("{}: {} {}, {} {} over the training part").format(
            self._shown.names[row], first, two[0], second, two[1]
        )


class PreparationView(DataView):
    """Sentences, and the numbers below them where something is scaled."""

    title = "scaling"
    tip = "How the samples are divided and scaled, with which numbers and by which seed"

    def __init__(self) -> None:
        super().__init__()
        self._shown: Preparation | None = None
        self.words = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText, alignment=Qt.AlignmentFlag.AlignTop)
        self._model = FittedModel()
        self.sheet = Sheet(tr("Fitted numbers"), tr("The numbers of each input that its scaling was fitted with"))
        self.sheet.setModel(self._model)
        self.sheet.verticalHeader().hide()
        self.sheet.setMinimumHeight(1)  # where there is little room, the words come first
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self.sheet, 1)
        self.sheet.hovered.connect(self._hover)

    def show_answer(self, outcome: Preparation) -> None:
        self._shown = outcome
        self.words.setText("\n".join((split_words(outcome), scaling_words(outcome))))
        self._model.show_preparation(outcome)
        self.sheet.setVisible(len(outcome.first) > 0)
        self.restyle()
        self.titled.emit()

    def restyle(self) -> None:
        self.sheet.fit()

    def reset_zoom(self) -> None:
        self.sheet.scrollToTop()

    def sub(self) -> str:
        return "" if self._shown is None else tr(KINDS[self._shown.kind])

    def data(self) -> dict[str, Any]:
        shown = self._shown
        if shown is None:
            return {}
        fitted = zip(NUMBERS.get(shown.kind, ()), (shown.first, shown.second), strict=False)
        return {
            "scaling": shown.kind, "names": shown.names, **dict(fitted), "train": shown.train,
            "validation": shown.validation, "seed": shown.seed,
        }  # fmt: skip

    def table(self) -> list[list[Any]]:
        shown = self._shown
        if shown is None:
            return []
        titles = NUMBERS.get(shown.kind)
        if titles is None:
            return [["training", "validation", "seed"], [shown.train, shown.validation, shown.seed]]
        fitted = zip(shown.names, shown.first, shown.second, strict=True)
        return [["input", *titles], *([name, float(first), float(second)] for name, first, second in fitted)]

    def _hover(self, index: QModelIndex) -> None:
        self.said.emit(self._model.words(index.row()) if index.isValid() else "")


def split_words(shown: Preparation) -> str:
    """How the samples are divided."""
    seed = tr("the data's own") if shown.pinned else tr("the training's")
    if not shown.validation:
        count = numbers.plural(shown.train, tr("sample"), tr("samples"))
        return tr("{} to train on, none held out; seed {} ({}).").format(count, shown.seed, seed)
    said = tr("{} samples to train on, {} held out; seed {} ({}).")
    return said.format(numbers.count(shown.train), numbers.count(shown.validation), shown.seed, seed)


def scaling_words(shown: Preparation) -> str:
    """What is done to the inputs."""
    if shown.kind == "none":
        return tr("The network gets the inputs as they are: no scaling.")
    what = {
        "standard": tr("mean and standard deviation"),
        "min_max": tr("smallest and largest value"),
    }[shown.kind]
    return tr("Each input is scaled by its {} in the training part.").format(what)


def formula(shown: Preparation, place: int) -> str:
    """What is done to one input, with its numbers."""
    assert shown.scaling is not None
    offset, spread = (float(each.reshape(-1)[place]) for each in (shown.scaling.offset, shown.scaling.spread))
    sign = "+" if offset < 0 else numbers.MINUS
    return f"(x {sign} {numbers.short(abs(offset))}) / {numbers.short(spread)}"
