"""The card that shows a file before it is taken over: its first rows, and everything that is to be decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from engine.project import ProjectError
from gui import numbers
from gui.data.arrays_row import ArraysRow
from gui.data.grid import Grid
from gui.data.strip import Strip
from gui.labels import ElidedLabel
from gui.project_store import ProjectStore

if TYPE_CHECKING:  # what reads files needs numpy, which is loaded after the window has been painted
    from engine.data.files.load import Choice
    from engine.data.files.preview import Preview
    from engine.data.kinds import AnyData
    from engine.start import Way

SEPARATORS = (",", ";", "tab", "|", "blank")
DECIMALS = (".", ",")
SCALINGS = ("none", "standard", "min_max")
SIZES = (8, 12, 16, 20, 24, 28, 32, 48, 64, 96, 128)
SHARES = (0.0, 0.1, 0.2, 0.3, 0.5)


class PreviewCard(QFrame):
    """Emits what a person wants: another layout, these data with this chain, or nothing."""

    laid_out = Signal(dict)
    accepted = Signal(object, bool)  # the choice, and whether with a new chain
    rejected = Signal()

    def __init__(self, store: ProjectStore) -> None:
        super().__init__(objectName="card")
        self._store = store
        self._preview: Preview | None = None
        self.grid, self.strip, self._arrays = Grid(), Strip(), ArraysRow()
        self._title, self._about = QLabel(textFormat=Qt.TextFormat.PlainText), ElidedLabel("caption")
        self._title.setProperty("role", "title")
        self._make_choices()
        self._make_ends()
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(8)
        column.addLayout(_row(self._title, self._about))
        self._layout_row = QWidget()
        self._layout_row.setLayout(_row(*self._layout_widgets))
        column.addWidget(self._layout_row)
        self._picture_row = QWidget()
        self._picture_row.setLayout(_row(_caption(self.tr("Pixels a side")), self._size, self._colour))
        column.addWidget(self._picture_row)
        column.addWidget(self._arrays)
        column.addWidget(self.grid, 1)
        column.addWidget(self.strip, 1)
        column.addLayout(_row(*self._use_widgets))
        for widget in (self._gaps, self._why, self._kept, self._fresh, self._stored, self._wrong):
            column.addWidget(widget)
        column.addLayout(_row(self._take, self._cancel, self._progress))
        store.changed.connect(self._follow)
        self.hide()

    def show_preview(self, preview: Preview) -> None:
        """Shows a file with what is proposed for it."""
        self._preview = preview
        form: Any = preview.format
        self._title.setText(preview.path.name)
        self._about.setText(self._described(preview))
        self._layout_row.setVisible(hasattr(form, "separator"))
        self._picture_row.setVisible(hasattr(form, "colour"))
        if hasattr(form, "colour"):
            self._size.setCurrentText(str(form.size))
            self._colour.setChecked(form.colour)
        if hasattr(form, "separator"):
            self._separator.setCurrentIndex(SEPARATORS.index(form.separator))
            self._decimal.setCurrentIndex(DECIMALS.index(form.decimal))
            self._header.setChecked(form.header)
        self.grid.setVisible(bool(preview.columns))
        self.grid.show_preview(preview)
        self.strip.show_images(preview.pictures)
        self._arrays.show_preview(preview)
        self._task.setCurrentIndex(0 if preview.classes else 1)
        self._task.setEnabled(bool(preview.columns))
        self._scaling.setCurrentIndex(SCALINGS.index(preview.scaling))
        self._offer_shares(preview.validation)
        self.show_progress(None)
        self._judge(propose=True)
        self.show()
        self._take.setFocus()

    def show_progress(self, share: float | None) -> None:
        """How far reading is; None: nothing is being read."""
        self._progress.setVisible(share is not None)
        self._progress.setValue(round((share or 0) * 100))
        self._take.setEnabled(share is None)

    def refuse(self, text: str, usable: bool = True) -> None:
        """Says why the file cannot be taken over; where it is not ``usable`` as chosen, not even tried."""
        self.show_progress(None)
        self._take.setEnabled(usable)
        self._wrong.setText(text)
        self._wrong.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.rejected.emit()
        else:
            super().keyPressEvent(event)

    @property
    def choice(self) -> Choice:
        """What is decided as it stands."""
        from engine.data.files import load

        assert self._preview is not None
        form = load.with_roles(self._preview.format, self.grid.chosen("input"), self.grid.chosen("target"))
        return msgspec.structs.replace(
            load.choice(self._preview),
            format=form,
            classes=self._task.currentIndex() == 0,
            scaling=SCALINGS[self._scaling.currentIndex()],
            validation=self._share.currentData(),
        )

    # Putting together

    def _make_choices(self) -> None:
        self._separator = _box(
            self.tr("Separator"),
            self.tr("The sign between two values"),
            [self.tr("comma  ,"), self.tr("semicolon  ;"), self.tr("tab"), self.tr("bar  |"), self.tr("blanks")],
        )
        self._decimal = _box(
            self.tr("Decimal sign"), self.tr("The sign before the decimals"), [self.tr("point"), self.tr("comma")]
        )
        self._header = QCheckBox(self.tr("Names in the first line"))
        self._header.setAccessibleName(self._header.text())
        self._header.setToolTip(self.tr("Whether the first line holds the names of the columns"))
        for box in (self._separator, self._decimal):
            box.activated.connect(self._lay_out)
        self._header.clicked.connect(self._lay_out)
        self._size = _box(
            self.tr("Pixels a side"), self.tr("All pictures are brought to this size"), [str(each) for each in SIZES]
        )
        self._colour = QCheckBox(self.tr("In colour"))
        self._colour.setAccessibleName(self._colour.text())
        self._colour.setToolTip(self.tr("Three channels, red, green and blue, in place of one of brightness"))
        self._size.activated.connect(self._lay_out)
        self._colour.clicked.connect(self._lay_out)
        self._task = _box(
            self.tr("What is learned"),
            self.tr("Whether the target tells classes apart or is a number to be predicted"),
            [self.tr("classes"), self.tr("real values")],
        )
        self._scaling = _box(
            self.tr("Scaling"),
            self.tr("Standard: each input minus its mean, by its standard deviation. Fitted on the training part"),
            [self.tr("none"), self.tr("standard"), self.tr("0 to 1")],
        )
        self._share = _box(
            self.tr("Held out"),
            self.tr("The part that is not trained on, to judge the network by"),
            [],
        )
        self._layout_widgets = (
            _caption(self.tr("Separator")), self._separator, _caption(self.tr("Decimal sign")), self._decimal,
            self._header,
        )  # fmt: skip
        self._use_widgets = (
            _caption(self.tr("Learn")), self._task, _caption(self.tr("Scaling")), self._scaling,
            _caption(self.tr("Held out for validation")), self._share,
        )  # fmt: skip
        for box in (self._task, self._scaling, self._share):
            box.activated.connect(lambda *_: self._judge())
        self._task.activated.connect(lambda *_: self._judge(propose=True))
        self.grid.changed.connect(self._follow_role)
        self._arrays.chosen.connect(self.laid_out)

    def _make_ends(self) -> None:
        self._gaps, self._why, self._stored = (_caption("", wrap=True) for _ in range(3))
        self._kept, self._fresh = QRadioButton(), QRadioButton()
        self._kept.setToolTip(self.tr("The blocks stay; what their ends need for these data is changed"))
        self._fresh.setToolTip(self.tr("Puts a small chain in place of the one that is there; undo brings it back"))
        self._wrong = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._wrong.setProperty("role", "wrong")
        self._take = QPushButton(self.tr("Use these data"))
        self._take.setProperty("role", "primary")
        self._take.setToolTip(self.tr("Puts these data in place of the project's; one step to undo"))
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setToolTip(self.tr("Leaves the project as it is (Esc)"))
        for button in (self._take, self._cancel):
            button.setAccessibleName(button.text())
        self._progress = QProgressBar(textVisible=False)
        self._progress.setAccessibleName(self.tr("Reading"))
        self._take.clicked.connect(lambda: self.accepted.emit(self.choice, self._fresh.isChecked()))
        self._cancel.clicked.connect(self.rejected)

    # Saying what follows

    def _follow(self, *_: object) -> None:
        """The project was edited meanwhile: what becomes of its chain is said anew."""
        if self.isVisible():
            self._judge()

    def _lay_out(self) -> None:
        if self._picture_row.isVisible():
            self.laid_out.emit({"size": int(self._size.currentText()), "colour": self._colour.isChecked()})
            return
        wanted = {
            "separator": SEPARATORS[self._separator.currentIndex()],
            "decimal": DECIMALS[self._decimal.currentIndex()],
            "header": self._header.isChecked(),
        }
        self.laid_out.emit(wanted)

    def _follow_role(self, place: int) -> None:
        """What is learned follows the target; where it is classes, which stand in one column, the target before becomes
        an input.
        """
        from engine.data.files.preview import are_classes

        assert self._preview is not None
        if self.grid.roles[place] == "target":
            columns = self._preview.columns
            others = [other for other in self.grid.chosen("target") if other != place]
            classes = are_classes(columns[place])
            if classes or any(are_classes(columns[other]) for other in others):
                for other in others:
                    self.grid.give(other, "input")
            self._task.setCurrentIndex(0 if classes else 1)
        self._judge(propose=True)

    def _judge(self, propose: bool = False) -> None:
        """Says what will become of the project; ``propose`` also chooses the chain."""
        from engine import start
        from engine.data.files import load

        self._wrong.hide()
        assert self._preview is not None
        try:
            noted = load.foreseen(self._preview, self.choice)
            kept, fresh = start.ways(self._store.project, noted)
        except ProjectError as error:
            self.refuse(str(error), usable=False)
            return
        self._take.setEnabled(not self._progress.isVisible())
        self._offer(kept, fresh, propose)
        self._gaps.setText(self._what_is_left_out(self._preview))
        self._gaps.setVisible(bool(self._gaps.text()))
        self._why.setText(self._why_scaling())
        self._stored.setText(self._where_stored(noted))

    def _offer(self, kept: Way, fresh: Way, propose: bool) -> None:
        text = self.tr("Keep the chain: {}").format(kept.text)
        if not kept.works:
            text = self.tr("Keep the chain; it will not fit these data yet")
        elif kept.narrow:
            text += self.tr(". It is narrow for these data")
        self._kept.setText(text)
        self._fresh.setText(self.tr("A new chain: {}").format(fresh.text))
        for button in (self._kept, self._fresh):
            button.setAccessibleName(button.text())
        if propose:
            fits = kept.works and (self._again or not kept.narrow)
            (self._kept if fits else self._fresh).setChecked(True)

    @property
    def _again(self) -> bool:
        """Whether the project has been using this file."""
        return self._preview is not None and self._store.project.data.place == self._preview.path

    def _offer_shares(self, wanted: float) -> None:
        """The shares that can be held out, and the one that is."""
        shares = sorted({*SHARES, wanted})
        self._share.clear()
        for share in shares:
            self._share.addItem(self.tr("nothing") if not share else f"{100 * share:.4g}%", share)
        self._share.setCurrentIndex(shares.index(wanted))

    def _what_is_left_out(self, preview: Preview) -> str:
        """Rows with gaps are not used; empty where there are none."""
        from engine.data.files import load

        count = load.left_out(preview, self.choice)
        if not count:
            return ""
        rows = numbers.plural(count, self.tr("row"), self.tr("rows"))
        if preview.seen == preview.samples and preview.whole:
            text = self.tr("{} of {} will be left out: something is missing in a column that is used.")
        else:
            text = self.tr("{} of the first {} will be left out: something is missing in a column that is used.")
        return text.format(rows, numbers.count(preview.seen))

    def _why_scaling(self) -> str:
        assert self._preview is not None
        if self._preview.scaling == "none" or self._scaling.currentIndex():
            return self.tr("The scaling is fitted on the part to train on; its numbers stay visible.")
        return self.tr("The inputs are of different size: without scaling the largest rule the gradient.")

    def _where_stored(self, noted: AnyData) -> str:
        from engine.data.files import load

        assert self._preview is not None
        if load.stored_in_project(self._preview, noted):
            text = self.tr("The project will store the rows themselves: {}.")
            return text.format(numbers.plural(noted.count, self.tr("row"), self.tr("rows")))
        return self.tr("The project will store where the file lies, and a fingerprint that tells when it has changed.")

    def _described(self, preview: Preview) -> str:
        many = numbers.count(preview.samples)
        if not preview.columns:
            size = numbers.shape(preview.shape)
            return self.tr("{} samples of {}, {} classes").format(many, size, numbers.count(preview.class_count))
        rows = self.tr("{} rows") if preview.whole else self.tr("more than {} rows")
        columns = numbers.plural(len(preview.columns), self.tr("column"), self.tr("columns"))
        return f"{rows.format(many)}, {columns}"


def _box(name: str, tip: str, choices: list[str]) -> QComboBox:
    box = QComboBox()
    box.addItems(choices)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return box


def _caption(text: str, wrap: bool = False) -> QLabel:
    made = QLabel(text, wordWrap=wrap, textFormat=Qt.TextFormat.PlainText)
    made.setProperty("role", "caption")
    return made


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, int(isinstance(widget, ElidedLabel)))
    row.addStretch(1)
    return row
